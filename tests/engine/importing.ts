import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { writeLanguageHost } from "../packages/support/languageHost";
import type { Stack } from "./harness";

/** What a command left behind. */
type Ended = Awaited<ReturnType<Stack["execute"]>>;

/** Runs the command of the installed package on the stack, as a user does in the folder of a program. */
export async function hbrImport(
    stack: Stack,
    args: readonly string[],
    env?: NodeJS.ProcessEnv,
): Promise<Ended> {
    const manifest = createRequire(path.join(stack.folder, "program.js")).resolve(
        "pulumi-alicloud-hbr/package.json",
    );
    const { bin } = JSON.parse(fs.readFileSync(manifest, "utf8")) as { bin: Record<string, string> };
    const command = path.join(path.dirname(manifest), bin["hbr-import"] ?? "");
    return stack.execute(process.execPath, [command, "--stack", "dev", ...args], {
        // As for the programs: the SDK looks for a package's manifest from its own folder.
        NODE_PATH: path.join(path.dirname(manifest), ".."),
        ...env,
    });
}

/** `pulumi import`, which asks for a language host although it runs no program. */
export async function pulumiImport(stack: Stack, args: readonly string[]): Promise<Ended> {
    const bin = path.join(stack.folder, "bin");
    writeLanguageHost(bin);
    const options = ["--yes", "--skip-preview", "--stack", "dev", "--non-interactive", "--color=never"];
    return stack.execute("pulumi", ["import", ...args, ...options], {
        PATH: [bin, stack.path].join(path.delimiter),
    });
}

/** Imports what `hbr-import` has written; what the CLI printed. */
export async function importFile(stack: Stack, content: string): Promise<string> {
    fs.writeFileSync(path.join(stack.folder, "import.json"), content);
    const args = ["--file", "import.json", "--generate-code=false"];
    const { code, stdout, stderr } = await pulumiImport(stack, args);
    if (code !== 0) throw new Error(`\`pulumi import\` failed:\n${stdout}${stderr}`);
    return stdout;
}
