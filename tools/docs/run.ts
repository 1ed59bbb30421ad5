import fs from "node:fs";
import path from "node:path";
import { Simulator } from "../../simulator";
import { packed } from "../../tests/packages/support/tarball";
import { Workspace } from "../../tests/packages/support/workspace";
import { Authority } from "../../tests/support/certificates";
import { freePort } from "../../tests/support/freePort";
import { pagesIn } from "./files";
import { Counts, type Finding } from "./findings";
import { readPage, type Block, type Page } from "./page";
import { Registry } from "./registry";
import { Shell, type Ended } from "./scripts";

/** A run of a page stands or falls with what it prints, so its output comes with a finding. */
export interface RunFinding extends Finding {
    readonly output: string;
}

export interface RunResult {
    readonly findings: readonly RunFinding[];
    readonly counts: Counts;
}

/** Runs the `sh run` blocks of every page, each page in a fresh folder. `say` tells which one. */
export async function runPages(root: string, say: (text: string) => void): Promise<RunResult> {
    const counts = new Counts();
    const findings: RunFinding[] = [];
    const pages = pagesIn(root).map((file) => readPage(root, file));
    const toRun = pages.filter(({ blocks }) => blocks.some(isRun));
    if (toRun.length === 0) return { findings, counts };
    const manifest = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")) as {
        name: string;
        version: string;
    };
    const registry = await Registry.serve(await packed(), manifest);
    try {
        for (const page of toRun) {
            say(`Running the commands of ${page.file} ...`);
            findings.push(...(await runPage(page, registry.url, counts)));
        }
    } finally {
        await registry.close();
    }
    return { findings, counts };
}

function isRun({ language, words }: Block): boolean {
    return language === "sh" && words.includes("run");
}

async function runPage(page: Page, registry: string, counts: Counts): Promise<readonly RunFinding[]> {
    const authority = new Authority("docs:check");
    const simulator = new Simulator({
        installTime: 500,
        world: { vaults: vaultsIn(page) },
        tls: authority.issue(),
    });
    const workspace = await Workspace.create();
    workspace.write(".docs/authorities.pem", `${authority.cert}${machinesAuthorities()}`);
    const folder = path.join(workspace.folder, "fleet");
    const { endpoint } = await simulator.listen();
    const shell = new Shell(path.join(workspace.folder, ".docs"), folder, {
        ...workspace.env,
        ...environment(registry),
        // The page configures region and keys, and all that is different here is where the service is.
        HBR_ENDPOINT: endpoint,
        NODE_EXTRA_CA_CERTS: path.join(workspace.folder, ".docs", "authorities.pem"),
    });
    try {
        return await runBlocks(page, shell, folder, counts);
    } finally {
        shell.stop();
        await simulator.close();
        workspace.remove();
    }
}

/** What this machine trusts beyond Node's own list, perhaps for its way to the registry. */
function machinesAuthorities(): string {
    const { NODE_EXTRA_CA_CERTS: file } = process.env;
    return file !== undefined && fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
}

function environment(registry: string): NodeJS.ProcessEnv {
    return {
        npm_config_registry: registry,
        npm_config_fetch_retries: "1",
        npm_config_audit: "false",
        npm_config_fund: "false",
        npm_config_update_notifier: "false",
        // Nobody answers its questions.
        PULUMI_SKIP_CONFIRMATIONS: "true",
    };
}

async function runBlocks(
    page: Page,
    shell: Shell,
    folder: string,
    counts: Counts,
): Promise<readonly RunFinding[]> {
    const replace = replacementsIn(page, await freePort());
    const toDo = page.blocks.filter((block) => isRun(block) || fileOf(block) !== undefined);
    for (const [index, block] of toDo.entries()) {
        const file = fileOf(block);
        if (file !== undefined) {
            write(path.join(folder, file), block.text);
            continue;
        }
        const script = replace(block.text);
        const ended = block.words.includes("background")
            ? await shell.background(script)
            : await shell.run(script);
        if (!ended.succeeded) {
            const left = toDo.slice(index + 1).filter(isRun).length;
            if (left > 0) counts.add("sh blocks not run", left);
            return [findingOf(page, block, ended)];
        }
        counts.add("sh blocks run");
    }
    return [];
}

function findingOf(page: Page, block: Block, { line, output }: Ended): RunFinding {
    const command = block.text.split("\n")[line - 1]?.trim() ?? "";
    return { file: page.file, line: block.line + line, text: `this command failed: ${command}`, output };
}

/** The name of the file that a block is written to, for the commands after it. */
function fileOf({ words }: Block): string | undefined {
    return words.map((word) => /^write=(.+)$/.exec(word)?.[1]).find((name) => name !== undefined);
}

function write(file: string, text: string): void {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
}

/** The vaults that the page is about. */
function vaultsIn({ text }: Page): string[] {
    return [...new Set(["v-simulator", ...(text.match(/\bv-[0-9a-z]{3,}\b/g) ?? [])])];
}

/** The port of the simulator in the pages. Another one may have it. */
const PORT = "8765";

/**
 * What the reader puts in the place of an example, from comments: `<!-- sh run: ‘A’ as ‘B’ -->` with backticks. And another
 * port for the simulator that a page starts.
 */
export function replacementsIn({ text }: Pick<Page, "text">, port: number): (script: string) => string {
    const pairs = [...text.matchAll(/<!-- sh run: `([^`]+)` as `([^`]+)` -->/g)];
    return (script) =>
        pairs
            .reduce((sofar, [, from = "", to = ""]) => sofar.replaceAll(from, to), script)
            .replaceAll(PORT, String(port));
}
