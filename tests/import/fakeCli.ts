import fs from "node:fs";
import path from "node:path";

/** What the CLI does, a shell command each. */
export interface Commands {
    readonly stack?: string;
    readonly config?: string;
    readonly exported?: string;
    readonly version?: string;
}

export const fails = (error: string): string =>
    `echo half of it; echo "error: ${error}" >&2; echo "a hint" >&2; exit 255`;
export const prints = (text: string): string => `echo '${text}'`;

/** A folder with a Pulumi CLI of another version, of an empty stack, or one that fails. */
export function fakeCli(folder: string, commands: Commands): string {
    const {
        stack = prints("organization/fleet/dev"),
        config = prints("{}"),
        exported = prints('{"version":3,"deployment":{}}'),
        version = prints("v3.254.0"),
    } = commands;
    const bin = fs.mkdtempSync(path.join(folder, "bin-"));
    const script = [
        "#!/bin/sh",
        // It would wait for an answer.
        'case "$*" in *--non-interactive*) ;; *) exit 1;; esac',
        // Without the option, secrets have no values.
        'case "$*" in "stack export"*--show-secrets*|config*--show-secrets*|"stack --"*|version*) ;; *) exit 1;; esac',
        'case "$1 $2" in',
        `"stack export") ${exported};;`,
        `"stack "*) ${stack};;`,
        `"config "*) ${config};;`,
        `*) ${version};;`,
        "esac",
    ].join("\n");
    fs.writeFileSync(path.join(bin, "pulumi"), script, { mode: 0o755 });
    return bin;
}
