import path from "node:path";
import { nearest } from "../../provider/check/names";
import { run } from "../pulumi/process";

/** What the help of a command says. */
interface Help {
    /** The words of the command itself, such as `config set`. */
    readonly usage: string;
    readonly aliases: readonly string[];
    readonly commands: readonly string[];
    readonly takesArguments: boolean;
    /** Whether a flag is followed by its value; `-s` and `--stack` are two flags here. */
    readonly flags: ReadonlyMap<string, boolean>;
}

/** Runs the CLI with arguments, and gives what it prints. */
export type Ask = (args: readonly string[]) => Promise<string>;

export function askCli(folder: string): Ask {
    return async (args) => {
        const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "1" };
        const { output } = await run(path.join(folder, "pulumi"), [...args], { env, timeoutMs: 30_000 });
        return output;
    };
}

/** Checks command lines against `pulumi … --help`, which is asked for once for each command. */
export class PulumiHelp {
    readonly #helps = new Map<string, Promise<Help>>();

    constructor(private readonly ask: Ask) {}

    /** What is wrong with the words after `pulumi`. */
    async faultOf(words: readonly string[]): Promise<string | undefined> {
        const root = await this.#helpOf([]);
        const { path: command, rest, fault } = await this.#resolve(words, root);
        if (fault !== undefined) return fault;
        const help = await this.#helpOf(command);
        for (const flag of flagsIn(rest, help.flags)) {
            if (help.flags.has(flag) || (await this.#isHidden(command, flag))) continue;
            return `\`pulumi ${command.join(" ")}\` has no option ${flag}${suggestion(flag, [...help.flags.keys()])}`;
        }
        return undefined;
    }

    /** Splits the words into those of the command, and its flags and arguments. */
    async #resolve(
        words: readonly string[],
        root: Help,
    ): Promise<{ path: readonly string[]; rest: readonly string[]; fault?: string }> {
        let [help, found] = [root, [] as readonly string[]];
        const rest: string[] = [];
        for (let index = 0; index < words.length; index++) {
            const word = words[index] ?? "";
            if (word === "--" || help.commands.length === 0)
                return { path: found, rest: [...rest, ...words.slice(index)] };
            if (word.startsWith("-")) {
                rest.push(word);
                if (help.flags.get(word) === true) rest.push(words[++index] ?? "");
                continue;
            }
            const next = await this.#below(help, found, word);
            if (next === undefined) {
                if (help.takesArguments) return { path: found, rest: [...rest, ...words.slice(index)] };
                const fault = `\`${["pulumi", ...found].join(" ")}\` has no command ${word}${suggestion(word, help.commands)}`;
                return { path: found, rest, fault };
            }
            [help, found] = [next, [...found, word]];
        }
        return { path: found, rest };
    }

    /** The help of a command below another, also by an alias. */
    async #below(help: Help, found: readonly string[], word: string): Promise<Help | undefined> {
        const below = await this.#helpOf([...found, word]);
        return help.commands.includes(word) || below.aliases.includes(word) ? below : undefined;
    }

    /** A flag that the help leaves out is known if the CLI takes it. */
    async #isHidden(command: readonly string[], flag: string): Promise<boolean> {
        return !/unknown (?:shorthand )?flag/.test(await this.ask([...command, `${flag}=1`, "--help"]));
    }

    #helpOf(command: readonly string[]): Promise<Help> {
        const key = command.join(" ");
        const known = this.#helps.get(key) ?? this.ask([...command, "--help"]).then(parseHelp);
        this.#helps.set(key, known);
        return known;
    }
}

export function parseHelp(text: string): Help {
    const section = (title: RegExp): string =>
        [...text.matchAll(/^(\S.*):\n((?:[ \t]+.*\n|\n(?=[ \t]))*)/gm)]
            .filter(([, name = ""]) => title.test(name))
            .map(([, , body = ""]) => body)
            .join("\n");
    const usage = section(/^Usage$/).trim();
    const flags = new Map<string, boolean>();
    for (const [, short, long = "", value] of section(/Flags$/).matchAll(
        /^\s+(?:-(\w), )?--([\w-]+)(?: (\S+))?(?= {2,}|$)/gm,
    )) {
        // `--refresh string[="true"]` may stand alone.
        const hasValue = value !== undefined && !value.includes("[=");
        flags.set(`--${long}`, hasValue);
        if (short !== undefined) flags.set(`-${short}`, hasValue);
    }
    return {
        usage,
        aliases: section(/^Aliases$/)
            .trim()
            .split(/,\s*/),
        commands: [...section(/Commands$/).matchAll(/^\s+([a-z][\w-]*)\s/gm)].map(([, name = ""]) => name),
        takesArguments: /[<[](?!flags\]|command\]|command>)/.test(usage),
        flags,
    };
}

/** The flags among words, without their values. */
function flagsIn(words: readonly string[], known: ReadonlyMap<string, boolean>): readonly string[] {
    const flags: string[] = [];
    for (let index = 0; index < words.length; index++) {
        const word = words[index] ?? "";
        if (word === "--") break;
        if (!/^-./.test(word)) continue;
        const [, name = word, value] = /^(--?[\w-]+?)(=.*)?$/s.exec(word) ?? [];
        // `-v9` is `-v 9`.
        const flag = /^-\w./.test(name) ? name.slice(0, 2) : name;
        flags.push(flag);
        if (known.get(flag) === true && value === undefined && flag === name) index += 1;
    }
    return flags;
}

/** `; did you mean --stack?` if one is near. */
function suggestion(word: string, known: readonly string[]): string {
    const near = nearest(word, known);
    return near === undefined ? "" : `; did you mean ${near}?`;
}
