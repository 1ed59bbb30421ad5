import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import * as importing from "../../provider/import/options";
import * as reporting from "../../report/options";
import * as simulating from "../../simulator/options";
import { messageOf } from "./findings";
import { nearest } from "../../provider/check/names";
import type { PulumiHelp } from "./pulumiHelp";

/** The package that a page is about. */
export interface Manifest {
    readonly scripts: readonly string[];
    readonly bin: readonly string[];
    /** The packages that it names in any kind of dependency. */
    readonly dependencies: readonly string[];
}

/** What commands of a page are checked against. */
export interface Surroundings {
    readonly manifest: Manifest;
    /** Packages that the page itself installs. */
    readonly installed: readonly string[];
    /** Missing if there is no Pulumi CLI on this machine. */
    readonly pulumi: PulumiHelp | undefined;
}

/** How a command was checked; `none` if only its name was. */
export interface Verdict {
    readonly by: "hbr commands" | "npm commands" | "pulumi commands" | "none";
    readonly fault?: string | undefined;
}

interface OwnCommand {
    readonly options: ParseArgsOptionsConfig;
    readonly takesArguments: boolean;
    /** Throws for values that are wrong. */
    readonly parse?: (args: readonly string[]) => unknown;
}

/** The commands of this package, with the tables that they parse their own options with. */
const OWN: Readonly<Record<string, OwnCommand>> = {
    "hbr-import": { options: importing.OPTIONS, takesArguments: true, parse: importing.parseOptions },
    "hbr-report": { options: reporting.OPTIONS, takesArguments: true, parse: reporting.parseOptions },
    // Its values name files, which are the reader's.
    "hbr-simulator": { options: simulating.OPTIONS, takesArguments: false },
};

/** npm's own, beside the scripts. */
const NPM = [
    "install",
    "i",
    "add",
    "ci",
    "pack",
    "publish",
    "exec",
    "audit",
    "init",
    "ls",
    "view",
    "version",
    "config",
];
const NPM_RUN = ["run", "run-script"];
const NPM_SCRIPTS = ["test", "t", "start"];

/** What a reader's machine has; of these only the name is checked. */
const KNOWN = new Set(
    (
        ". : [ alias basename break cat cd chmod continue cp cut date dirname echo eval exit export false grep head jobs kill " +
        "ls mkdir mktemp mv printf pwd read return rm sed set shift sleep sort source tail tar tee test touch tr trap true umask " +
        "uniq unset wait wc which xargs " +
        "aliyun bun curl docker gh git jq node openssl pnpm terraform tofu yarn"
    ).split(" "),
);

/** Words that stand before the command that they run. */
const WRAPPERS = new Set(["command", "env", "exec", "nohup"]);

/** Whether a word is the name of a command that this check knows. */
export function isKnown(word: string): boolean {
    return KNOWN.has(word) || ["npm", "npx", "pulumi", ...Object.keys(OWN)].includes(word);
}

export async function checkCommand(words: readonly string[], around: Surroundings): Promise<Verdict> {
    const [first = "", ...args] = words;
    if (WRAPPERS.has(first)) {
        const rest = args.slice(args.findIndex((word) => !/^-|^\w+=/.test(word)));
        return checkCommand(rest, around);
    }
    const name = first.replace(/^(?:\.\/)?node_modules\/\.bin\//, "");
    if (name === "npx") return checkNpx(args, around);
    if (around.manifest.bin.includes(name)) return { by: "hbr commands", fault: faultOfOwn(name, args) };
    if (name === "npm") return { by: "npm commands", fault: faultOfNpm(args, around.manifest) };
    if (name === "pulumi") {
        if (around.pulumi === undefined) return { by: "none" };
        return { by: "pulumi commands", fault: await around.pulumi.faultOf(args) };
    }
    if (KNOWN.has(name)) return { by: "none" };
    // Every short word is near to `.`.
    const known = [...around.manifest.bin, "npm", "npx", "pulumi", ...KNOWN].filter(
        (each) => each.length > 2,
    );
    const near = nearest(name, known);
    const right =
        near === undefined ? "mark the block `sh no-check` if it is right" : `did you mean ${near}?`;
    return { by: "none", fault: `${name} is no command that this check knows; ${right}` };
}

function checkNpx(words: readonly string[], { manifest, installed }: Surroundings): Verdict {
    const [name = "", ...args] = words.slice(words.findIndex((word) => !word.startsWith("-")));
    if (manifest.bin.includes(name)) return { by: "hbr commands", fault: faultOfOwn(name, args) };
    if ([...manifest.dependencies, ...installed].includes(name)) return { by: "none" };
    const near = nearest(name, manifest.bin);
    const right = near === undefined ? `install ${name} in the page first` : `did you mean ${near}?`;
    return {
        by: "npm commands",
        fault: `npx ${name}: neither this package nor one that the page installs has this command; ${right}`,
    };
}

function faultOfOwn(name: string, args: readonly string[]): string | undefined {
    const own = OWN[name];
    if (own === undefined)
        return `${name} is in package.json, but tools/docs/commands.ts does not know its options`;
    try {
        const { options, takesArguments } = own;
        parseArgs({ args: [...args], options, allowPositionals: takesArguments });
        // The shell, or the reader, puts another value there.
        if (!args.some((word) => /[$…*]/.test(word))) own.parse?.(args);
        return undefined;
    } catch (error) {
        const known = Object.keys(own.options).map((each) => `--${each}`);
        const unknown = args.find(
            (word) => word.startsWith("--") && !known.includes(word.split("=")[0] ?? ""),
        );
        const near = unknown === undefined ? undefined : nearest(unknown, known);
        return `${name}: ${messageOf(error)}${near === undefined ? "" : `; did you mean ${near}?`}`;
    }
}

function faultOfNpm(words: readonly string[], { scripts }: Manifest): string | undefined {
    const [verb = "", ...rest] = words.filter((word) => !/^--?(?:silent|s|prefix=.*)$/.test(word));
    if (NPM.includes(verb) || verb.startsWith("-")) return undefined;
    const script = NPM_RUN.includes(verb) ? rest[0] : NPM_SCRIPTS.includes(verb) ? verb : undefined;
    if (script === undefined)
        return `npm ${verb} is no command of npm that this check knows${suggest(verb, [...NPM, ...NPM_RUN])}`;
    const name = script === "t" ? "test" : script;
    if (!scripts.includes(name)) return `package.json has no script ${name}${suggest(name, scripts)}`;
    const args = words.includes("--") ? words.slice(words.indexOf("--") + 1) : [];
    return name === "simulator" ? faultOfOwn("hbr-simulator", args) : undefined;
}

function suggest(word: string, known: readonly string[]): string {
    const near = nearest(word, known);
    return near === undefined ? "" : `; did you mean ${near}?`;
}

/** The packages that a command installs, without their versions. */
export function packagesOf(words: readonly string[]): readonly string[] {
    const [tool = "", verb = "", ...rest] = words;
    if (!["npm", "pnpm", "yarn", "bun"].includes(tool) || !["install", "i", "add"].includes(verb)) return [];
    return rest.filter((word) => !word.startsWith("-")).map((word) => word.replace(/(?<=.)@.*$/, ""));
}
