import { spawnSync } from "node:child_process";
import { checkCommand, isKnown, packagesOf, type Surroundings } from "./commands";
import { checkTypes, faultOfJavaScript, type Snippet } from "./code";
import { faultOfJson, readYaml, type Fault } from "./data";
import { manifestFor, packedFiles, pagesIn } from "./files";
import { Counts, inOrder, type Finding } from "./findings";
import { faultOfShown } from "./shown";
import { checkLinks } from "./links";
import { INDENTED, readPage, type Block, type Page } from "./page";
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

/** What the words after the language of a block may be. */
const WORDS: Readonly<Record<string, RegExp>> = {
    sh: /^(?:run|background|no-check)$/,
    ts: /^(?:fragment|no-check|(?:file|part|write)=\S+)$/,
    js: /^(?:no-check|(?:file|part|write)=\S+)$/,
    json: /^(?:no-check|(?:file|part|write)=\S+)$/,
    yaml: /^(?:no-check|(?:file|part|write)=\S+)$/,
};
/** Languages whose blocks are only shown. */
const SHOWN = ["text", "diff", "mermaid", "python", "hcl"];
const RENAMED: Readonly<Record<string, string>> = {
    ...{ bash: "sh", shell: "sh", console: "sh", zsh: "sh" },
    ...{ typescript: "ts", javascript: "js", yml: "yaml", jsonc: "json", json5: "json", txt: "text" },
};

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

/** An indented block has no info string: it is a script if it begins with a command. */
function guessed(block: Block): Block {
    const [first] = commandsIn(block.text);
    return { ...block, language: isKnown(first?.words[0] ?? "") ? "sh" : "text" };
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
        for (const block of this.page.blocks.map((each) =>
            each.language === INDENTED ? guessed(each) : each,
        ))
            for (const { line, text } of this.#faultOfInfo(block) ?? (await this.#faultsOf(block)))
                findings.push({ file: this.page.file, line: block.line + line, text });
        return findings;
    }

    #faultOfInfo({ language, words }: Block): readonly Fault[] | undefined {
        const at = (text: string): readonly Fault[] => [{ line: 0, text }];
        if (language === "") return at("a block of code without a language: use `text` for output");
        const right = RENAMED[language];
        if (right !== undefined) return at(`the language is \`${right}\` here, and not \`${language}\``);
        const allowed = WORDS[language];
        if (allowed === undefined && SHOWN.includes(language) && words.length === 0) return undefined;
        if (allowed === undefined && !SHOWN.includes(language))
            return at(
                `this check knows no \`${language}\`: ${[...Object.keys(WORDS), ...SHOWN].join(", ")} are known`,
            );
        const stray = words.find(
            (word) => allowed?.test(word) !== true || (word === "background" && !words.includes("run")),
        );
        return stray === undefined
            ? undefined
            : at(`\`${language} ${stray}\` has no meaning; see "Code in pages" in CONTRIBUTING.md`);
    }

    async #faultsOf(block: Block): Promise<readonly Fault[]> {
        const { language, words, text } = block;
        if (SHOWN.includes(language) || words.includes("no-check")) {
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
        const syntax = spawnSync("sh", ["-n"], { input: text, encoding: "utf8" });
        if (syntax.status !== 0)
            return [
                {
                    line: firstLine,
                    text: `this is no script for sh: ${syntax.stderr.trim().split("\n")[0] ?? ""}`,
                },
            ];
        const faults: Fault[] = [];
        for (const { line, words } of commandsIn(text, firstLine)) {
            const { by, fault } = await checkCommand(words, this.#around);
            this.counts.add(by === "none" ? `other commands not checked` : by);
            if (fault !== undefined) faults.push({ line, text: fault });
        }
        return faults;
    }
}
