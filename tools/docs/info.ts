import { isKnown } from "./commands";
import { INDENTED, type Block } from "./page";
import { commandsIn } from "./shell";

const IN_FILES = ["file=…", "part=…", "write=…", "no-check"];

/** What the words after the language of a block may be. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
    sh: ["run", "background", "no-check"],
    ts: ["fragment", ...IN_FILES],
    js: IN_FILES,
    json: IN_FILES,
    yaml: IN_FILES,
};

/** Languages whose blocks are only shown. */
const SHOWN = ["text", "diff", "mermaid", "python", "hcl"];

/** Other names of the languages, of which one is enough. */
const RENAMED: Readonly<Record<string, string>> = {
    ...{ bash: "sh", shell: "sh", console: "sh", zsh: "sh" },
    ...{ typescript: "ts", javascript: "js", yml: "yaml", jsonc: "json", json5: "json", txt: "text" },
};

/** The blocks of a page. One that is indented has no info string: it is a script if it begins with a command. */
export function withLanguage(block: Block): Block {
    if (block.language !== INDENTED) return block;
    const [first] = commandsIn(block.text);
    return { ...block, language: isKnown(first?.words[0] ?? "") ? "sh" : "text" };
}

/** Whether a block is left out of the check. */
export function isOnlyShown({ language, words }: Block): boolean {
    return SHOWN.includes(language) || words.includes("no-check");
}

/** What is wrong with the info string of a block. */
export function faultOfInfo({ language, words }: Block): string | undefined {
    if (language === "") return "a block of code without a language: use `text` for output";
    const right = RENAMED[language];
    if (right !== undefined) return `the language is \`${right}\` here, and not \`${language}\``;
    const allowed = WORDS[language] ?? (SHOWN.includes(language) ? [] : undefined);
    if (allowed === undefined)
        return `this check knows no \`${language}\`: ${[...Object.keys(WORDS), ...SHOWN].join(", ")} are known`;
    const stray = words.find((word) => !allowed.includes(word.replace(/=.+$/, "=…")));
    if (stray !== undefined)
        return `\`${language} ${stray}\` has no meaning; after \`${language}\` stands ${allowed.join(", ") || "nothing"}`;
    return words.includes("background") && !words.includes("run")
        ? "`sh background` is not run: write `sh run background`"
        : undefined;
}
