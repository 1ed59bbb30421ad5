import fs from "node:fs";
import path from "node:path";
import MarkdownIt from "markdown-it";
import type { Token } from "markdown-it/index.js";
import { Slugger } from "./slugger";

/** A link or an image, also one in HTML. */
export interface Link {
    readonly line: number;
    readonly target: string;
}

/** A block of code. */
export interface Block {
    /** The line of its fence; the code begins in the next one. */
    readonly line: number;
    /** The first word of the info string; empty without one. */
    readonly language: string;
    /** The other words of the info string. */
    readonly words: readonly string[];
    readonly text: string;
}

/** The language of a block that is indented, and not fenced. */
export const INDENTED = "indented";

export interface Page {
    /** From the root, with slashes. */
    readonly file: string;
    readonly links: readonly Link[];
    /** What `#…` can name. */
    readonly anchors: ReadonlySet<string>;
    readonly blocks: readonly Block[];
    /** References without a definition, which Markdown shows as text. */
    readonly undefinedReferences: readonly Link[];
    readonly text: string;
}

const markdown = new MarkdownIt({ html: true });

export function readPage(root: string, file: string): Page {
    return parsePage(file, fs.readFileSync(path.join(root, file), "utf8"));
}

export function parsePage(file: string, text: string): Page {
    const collected = new Collector();
    let line = 1;
    const tokens = markdown.parse(text, {});
    for (const [index, token] of tokens.entries()) {
        // The cells of a table have no place of their own, only its rows have.
        if (token.map) line = token.map[0] + 1;
        if (token.type === "heading_open") collected.heading(tokens[index + 1]);
        else if (token.type === "fence" || token.type === "code_block") collected.block(token, line);
        else if (token.type === "html_block") collected.html(token.content, line);
        else if (token.type === "inline") collected.inline(token, line);
    }
    const { links, anchors, blocks, undefinedReferences } = collected;
    return { file, text, links, anchors, blocks, undefinedReferences };
}

class Collector {
    readonly links: Link[] = [];
    readonly anchors = new Set<string>();
    readonly blocks: Block[] = [];
    readonly undefinedReferences: Link[] = [];
    readonly #slugger = new Slugger();

    heading(inline: Token | undefined): void {
        const text = (inline?.children ?? [])
            .filter(({ type }) => type === "text" || type === "code_inline")
            .map(({ content }) => content)
            .join("");
        this.anchors.add(this.#slugger.slug(text));
    }

    block({ type, info, content }: Token, line: number): void {
        if (type === "code_block") {
            // It has no fence above it.
            this.blocks.push({ line: line - 1, language: INDENTED, words: [], text: content });
            return;
        }
        const [language = "", ...words] = info.trim().split(/\s+/);
        this.blocks.push({ line, language, words, text: content });
    }

    inline({ children }: Token, first: number): void {
        let line = first;
        for (const child of children ?? []) {
            if (child.type === "softbreak" || child.type === "hardbreak") line += 1;
            const target = child.attrGet(child.type === "image" ? "src" : "href");
            if (target !== null) this.links.push({ line, target: decoded(target) });
            if (child.type === "html_inline") this.html(child.content, line);
            if (child.type === "text") {
                const [reference] = /\[[^[\]]+\]\[[^[\]]*\]/.exec(child.content) ?? [];
                if (reference !== undefined) this.undefinedReferences.push({ line, target: reference });
            }
        }
    }

    html(html: string, first: number): void {
        for (const { index, groups } of html.matchAll(
            /\b(?<name>src|srcset|href|id|name)=(?<quote>["'])(?<value>.*?)\k<quote>/g,
        )) {
            const line = first + html.slice(0, index).split("\n").length - 1;
            const { name = "", value = "" } = groups ?? {};
            if (name === "id" || name === "name") this.anchors.add(value);
            else this.links.push({ line, target: value });
        }
    }
}

/** Markdown encodes what a URL may not hold. */
function decoded(target: string): string {
    try {
        return decodeURI(target);
    } catch {
        return target;
    }
}
