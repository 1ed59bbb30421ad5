import { findInCache, findOnPath, thisMachine, type Machine } from "./pulumi/find";
import { build, download, obtain, type Source } from "./pulumi/obtain";
import type { Say } from "./pulumi/process";

interface Options {
    machine?: Machine;
    say?: Say;
    sources?: Source[];
}

/** Returns the folder with `pulumi` and its launcher for dynamic providers. Sets it up first if necessary. */
export async function pulumiBin(options: Options = {}): Promise<string> {
    const { machine = thisMachine(), say = toStderr, sources = [download, build] } = options;
    return (await findOnPath(machine, say)) ?? findInCache(machine) ?? obtain(machine, say, sources);
}

function toStderr(line: string): void {
    process.stderr.write(`${line}\n`);
}

if (require.main === module) {
    pulumiBin().then(
        (folder) => process.stdout.write(`${folder}\n`),
        (error: unknown) => {
            toStderr(error instanceof Error ? error.message : String(error));
            process.exitCode = 1;
        },
    );
}
