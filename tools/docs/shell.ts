/** A simple command of a script, its quotes taken away. */
export interface Command {
    /** In the script, from 1. */
    readonly line: number;
    readonly words: readonly string[];
}

type Token =
    | { readonly kind: "word"; readonly line: number; readonly value: string; readonly raw: string }
    | { readonly kind: "redirection"; readonly line: number }
    | { readonly kind: "end"; readonly line: number };

const KEYWORDS = new Set([
    "if",
    "then",
    "elif",
    "else",
    "fi",
    "while",
    "until",
    "do",
    "done",
    "!",
    "{",
    "}",
    "time",
]);
/** After these words stands no command, but a name or a word. */
const HEADS = new Set(["for", "case", "select", "function"]);

/**
 * The commands of a script for `sh`, those of `$(…)` included. Not a parser of the whole language: `sh -n` checks the
 * syntax.
 */
export function commandsIn(script: string, firstLine = 1): readonly Command[] {
    const lexer = new Lexer(script, firstLine);
    const tokens = lexer.tokens();
    const commands: Command[] = [];
    let words: (Token & { kind: "word" })[] = [];
    let skipsNext = false;
    const finish = (): void => {
        const command = commandOf(words);
        if (command) commands.push(command);
        words = [];
    };
    for (const token of tokens) {
        if (token.kind === "end") finish();
        else if (token.kind === "redirection") skipsNext = true;
        else if (skipsNext) skipsNext = false;
        else words.push(token);
    }
    finish();
    return [...commands, ...lexer.nested].sort((a, b) => a.line - b.line);
}

function commandOf(tokens: readonly (Token & { kind: "word" })[]): Command | undefined {
    let start = 0;
    while (start < tokens.length && isBefore(tokens[start]?.raw ?? "")) start += 1;
    const [first, ...rest] = tokens.slice(start);
    if (first === undefined || HEADS.has(first.raw)) return undefined;
    return { line: first.line, words: [first, ...rest].map(({ value }) => value) };
}

/** A keyword, or the assignment of a variable. */
function isBefore(raw: string): boolean {
    return KEYWORDS.has(raw) || /^[A-Za-z_]\w*=/.test(raw);
}

class Lexer {
    /** The commands of substitutions. */
    readonly nested: Command[] = [];
    #at = 0;
    #line: number;
    #heredocs: string[] = [];

    constructor(
        private readonly text: string,
        firstLine: number,
    ) {
        this.#line = firstLine;
    }

    tokens(): readonly Token[] {
        const tokens: Token[] = [];
        while (this.#at < this.text.length) {
            const token = this.#next();
            if (token) tokens.push(token);
        }
        return tokens;
    }

    #next(): Token | undefined {
        const rest = this.text.slice(this.#at);
        const line = this.#line;
        const take = (pattern: RegExp): string | undefined => {
            const [found] = pattern.exec(rest) ?? [];
            if (found !== undefined) this.#advance(found.length);
            return found;
        };
        if (take(/^(?:[ \t]+|\\\n|#.*)/) !== undefined) return undefined;
        const heredoc = /^<<-?\s*(['"]?)(\w+)\1/.exec(rest);
        if (heredoc) {
            this.#heredocs.push(heredoc[2] ?? "");
            this.#advance(heredoc[0].length);
            return undefined;
        }
        // `2>&1` is complete, every other redirection is followed by a file.
        if (take(/^\d*[<>]&[\d-]/) !== undefined) return undefined;
        if (take(/^(?:\d*(?:>>|>\||[<>])|&>>?)/) !== undefined) return { kind: "redirection", line };
        if (take(/^\n/) !== undefined) {
            this.#skipHeredocs();
            return { kind: "end", line };
        }
        if (take(/^(?:&&|\|\||\|&|;;|[;&|()])/) !== undefined) return { kind: "end", line };
        return this.#word();
    }

    #skipHeredocs(): void {
        for (const end of this.#heredocs) {
            const [body] = new RegExp(`^(?:.*\\n)*?\\s*${end}(?:\\n|$)`).exec(this.text.slice(this.#at)) ?? [
                "",
            ];
            this.#advance(body.length);
        }
        this.#heredocs = [];
    }

    #word(): Token {
        const [line, start] = [this.#line, this.#at];
        let value = "";
        for (let char = this.#char; char !== "" && !/[\s;&|()<>]/.test(char); char = this.#char) {
            if (char === "'") value += this.#until("'");
            else if (char === '"') value += this.#doubleQuoted();
            else if (char === "$" && this.text[this.#at + 1] === "(") value += this.#substitution();
            else if (char === "\\") {
                if (this.text[this.#at + 1] !== "\n") value += this.text[this.#at + 1] ?? "";
                this.#advance(2);
            } else {
                value += char;
                this.#advance(1);
            }
        }
        return { kind: "word", line, value, raw: this.text.slice(start, this.#at) };
    }

    get #char(): string {
        return this.text[this.#at] ?? "";
    }

    #advance(count: number): void {
        this.#line += this.text.slice(this.#at, this.#at + count).split("\n").length - 1;
        this.#at += count;
    }

    /** The text up to a quote, without it. */
    #until(quote: string): string {
        const end = this.text.indexOf(quote, this.#at + 1);
        const inner = this.text.slice(this.#at + 1, end < 0 ? undefined : end);
        this.#advance(inner.length + 2);
        return inner;
    }

    #doubleQuoted(): string {
        this.#advance(1);
        let value = "";
        while (this.#char !== "" && this.#char !== '"') {
            if (this.#char === "$" && this.text[this.#at + 1] === "(") value += this.#substitution();
            else {
                const length = this.#char === "\\" ? 2 : 1;
                value += this.text.slice(this.#at + length - 1, this.#at + length);
                this.#advance(length);
            }
        }
        this.#advance(1);
        return value;
    }

    /** Takes `$(…)`, whose commands are commands of the script too. */
    #substitution(): string {
        const [start, line] = [this.#at, this.#line];
        let depth = 0;
        do {
            if (this.#char === "(") depth += 1;
            else if (this.#char === ")") depth -= 1;
            this.#advance(1);
        } while (this.#char !== "" && (depth > 0 || this.#at === start + 1));
        const raw = this.text.slice(start, this.#at);
        if (!raw.startsWith("$((")) this.nested.push(...commandsIn(raw.slice(2, -1), line));
        return raw;
    }
}
