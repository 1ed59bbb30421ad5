/** Something wrong in a page, with what would be right. */
export interface Finding {
    /** From the root of the repository, with slashes. */
    readonly file: string;
    /** From 1. */
    readonly line: number;
    readonly text: string;
}

/** `docs/report.md:12: no file docs/reprot.md` */
export function lineOf({ file, line, text }: Finding): string {
    return `${file}:${line}: ${text}`;
}

/** By place, each once. */
export function inOrder(findings: readonly Finding[]): readonly Finding[] {
    const unique = new Map(findings.map((finding) => [lineOf(finding), finding]));
    return [...unique.values()].sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
}

/** How many of each kind were checked, and how many were not. */
export class Counts {
    readonly #counts = new Map<string, number>();

    add(what: string, count = 1): void {
        this.#counts.set(what, (this.#counts.get(what) ?? 0) + count);
    }

    of(what: string): number {
        return this.#counts.get(what) ?? 0;
    }

    /** `4 json blocks, 2 sh blocks`, in alphabetical order. */
    toString(): string {
        return [...this.#counts]
            .sort(([a], [b]) => a.localeCompare(b))
            .map(([what, count]) => `${count} ${what}`)
            .join(", ");
    }
}

export function messageOf(error: unknown): string {
    // Not `instanceof`: in a test, Node's own errors have another class.
    const text =
        typeof error === "object" && error !== null && "message" in error
            ? String(error.message)
            : String(error);
    return text.split("\n")[0] ?? "";
}
