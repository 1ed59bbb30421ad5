import fs from "node:fs";
import path from "node:path";

/** Writes what starts `languageHost.mts` under the name that the CLI looks for, into a folder that is to be on PATH. */
export function writeLanguageHost(folder: string): void {
    const flags = "--disable-warning=ExperimentalWarning --experimental-strip-types";
    const script = path.join(__dirname, "languageHost.mts");
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(
        path.join(folder, "pulumi-language-nodejs"),
        `#!/bin/sh\nexec "${process.execPath}" ${flags} "${script}" "$@"\n`,
        { mode: 0o755 },
    );
}
