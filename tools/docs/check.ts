import { spawnSync } from "node:child_process";
import { checkCommand, packagesOf, type Surroundings } from "./commands";
import { checkTypes, faultOfJavaScript, type Snippet } from "./code";
import { faultOfJson, readYaml, type Fault } from "./data";
import { manifestFor, packedFiles, pagesIn } from "./files";
import { Counts, inOrder, type Finding } from "./findings";
import { faultOfInfo, isOnlyShown, withLanguage } from "./info";
import { faultOfShown } from "./shown";
import { checkLinks } from "./links";
import { readPage, type Block, type Page } from "./page";
import type { PulumiHelp } from "./pulumiHelp";
import { commandsIn } from "./shell";

export interface CheckOptions {
    /** Where the pages are. */
    readonly root: string;
    /** Where the package is that programs import. */
    readonly repository: string;
    /** Without it, commands of Pulumi are counted as not checked. */
    readonly pulumi?: PulumiHelp | undefined;
}

export interface Result {
    readonly findings: readonly Finding[];
    readonly counts: Counts;
}

/** All that can be checked without running anything. */
export async function checkPages(options: CheckOptions): Promise<Result> {
    const { root, repository } = options;
    const packed = packedFiles(root);
    const counts = new Counts();
    const findings: Finding[] = [];
    const snippets: Snippet[] = [];
    for (const file of pagesIn(root)) {
        const page = readPage(root, file);
        counts.add("pages");
        counts.add("links", page.links.length);
        const pageCheck = new PageCheck(page, options, counts);
        findings.push(...checkLinks(page, { root, packed }), ...(await pageCheck.findings()));
        snippets.push(...pageCheck.snippets);
    }
    counts.add("ts blocks type-checked", snippets.length);
    findings.push(...checkTypes(repository, snippets));
    return { findings: inOrder(findings), counts };
}

/** The blocks of one page. */
class PageCheck {
    /** What is left to type-check, in one program with those of all pages. */
    readonly snippets: Snippet[] = [];
    readonly #around: Surroundings;

    constructor(
        private readonly page: Page,
        private readonly options: CheckOptions,
        private readonly counts: Counts,
    ) {
        const scripts = page.blocks.filter(({ language }) => language === "sh");
        this.#around = {
            manifest: manifestFor(options.root, page.file),
            installed: scripts.flatMap(({ text }) =>
                commandsIn(text).flatMap(({ words }) => packagesOf(words)),
            ),
            pulumi: options.pulumi,
        };
    }

    async findings(): Promise<readonly Finding[]> {
        const findings: Finding[] = [];
        for (const block of this.page.blocks.map(withLanguage))
            for (const { line, text } of await this.#faultsOf(block))
                findings.push({ file: this.page.file, line: block.line + line, text });
        return findings;
    }

    async #faultsOf(block: Block): Promise<readonly Fault[]> {
        const { language, text } = block;
        const info = faultOfInfo(block);
        if (info !== undefined) return [{ line: 0, text: info }];
        if (isOnlyShown(block)) {
            this.counts.add(`${language} blocks not checked`);
            return [];
        }
        const shown = faultOfShown(block, this.options.root);
        if (shown !== undefined) {
            this.counts.add(`${language} blocks compared with files`);
            return shown;
        }
        if (language === "ts") return this.#addSnippet(block);
        this.counts.add(`${language} blocks`);
        if (language === "json") return faultOfJson(text);
        if (language === "js") return [faultOfJavaScript(text) ?? []].flat();
        if (language === "sh") return this.#faultsOfScript(text, 1);
        const { faults, scripts } = readYaml(text);
        const inScripts = scripts.map((script) =>
            this.#faultsOfScript(script.text.replaceAll(/\$\{\{.*?\}\}/g, "$EXPRESSION"), script.line),
        );
        return [...faults, ...(await Promise.all(inScripts)).flat()];
    }

    #addSnippet({ line, words, text }: Block): readonly Fault[] {
        this.snippets.push({ file: this.page.file, line, text, isFragment: words.includes("fragment") });
        return [];
    }

    async #faultsOfScript(text: string, firstLine: number): Promise<readonly Fault[]> {
        const syntax = faultOfSyntax(text);
        if (syntax) return [{ line: firstLine + syntax.line - 1, text: syntax.text }];
        const faults: Fault[] = [];
        for (const { line, words } of commandsIn(text, firstLine)) {
            const { by, fault } = await checkCommand(words, this.#around);
            this.counts.add(by === "none" ? "other commands not checked" : by);
            if (fault !== undefined) faults.push({ line, text: fault });
        }
        return faults;
    }
}

/** What the shell itself says of a script. */
function faultOfSyntax(script: string): Fault | undefined {
    const { status, stderr } = spawnSync("sh", ["-n"], { input: script, encoding: "utf8" });
    if (status === 0) return undefined;
    const [message = ""] = stderr.trim().split("\n");
    const line = /:(?: line)? (\d+):/.exec(message)?.[1] ?? "1";
    return { line: Number(line), text: `this is no script for sh: ${message}` };
}
