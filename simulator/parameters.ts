import { invalidParameter, missingParameter } from "./errors";

/** The requested part of a list. */
export interface Page {
    readonly number: number;
    readonly size: number;
}

const LARGEST_PAGE = 99;
const DEFAULT_PAGE = 10;

/** The parameters of one request, from query and body. An empty value counts as absent, as in the service. */
export class Parameters {
    readonly #values: ReadonlyMap<string, string>;

    constructor(values: ReadonlyMap<string, string>) {
        this.#values = values;
    }

    text(name: string): string | undefined {
        const value = this.#values.get(name);
        return value === "" ? undefined : value;
    }

    required(name: string): string {
        const value = this.text(name);
        if (value === undefined) throw missingParameter(name);
        return value;
    }

    /** Accepts `True` and `False` too, because the Python SDK sends them. */
    flag(name: string): boolean | undefined {
        const value = this.text(name);
        if (value === undefined) return undefined;
        if (/^true$/i.test(value)) return true;
        if (/^false$/i.test(value)) return false;
        throw invalidParameter(name, "it must be true or false");
    }

    oneOf<const T extends string>(name: string, allowed: readonly T[]): T | undefined {
        const value = this.text(name);
        if (value === undefined) return undefined;
        const match = allowed.find((candidate) => candidate === value);
        if (match === undefined) throw invalidParameter(name, `it must be one of ${allowed.join(", ")}`);
        return match;
    }

    /** A list of IDs, sent as one JSON string: `["i-1","i-2"]`. */
    idList(name: string): readonly string[] | undefined {
        const value = this.text(name);
        if (value === undefined) return undefined;
        const list = parseJson(name, value);
        if (!Array.isArray(list) || !list.every((id) => typeof id === "string" && id !== "")) {
            throw invalidParameter(name, "it must be a JSON array of ids");
        }
        return list as string[];
    }

    page(): Page {
        return {
            number: this.wholeNumber("PageNumber", 1, Number.MAX_SAFE_INTEGER) ?? 1,
            size: this.wholeNumber("PageSize", 1, LARGEST_PAGE) ?? DEFAULT_PAGE,
        };
    }

    wholeNumber(name: string, lowest: number, highest: number): number | undefined {
        const value = this.text(name);
        if (value === undefined) return undefined;
        const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
        if (!(number >= lowest && number <= highest)) {
            throw invalidParameter(name, `it must be a whole number from ${lowest} to ${highest}`);
        }
        return number;
    }
}

export function parseJson(name: string, text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        throw invalidParameter(name, "it is not JSON");
    }
}

/** The common fields of a paged answer, and the records of the requested page. */
export function pageOf<T>(
    all: readonly T[],
    page: Page,
): { head: Record<string, number>; records: readonly T[] } {
    const start = (page.number - 1) * page.size;
    return {
        head: { PageNumber: page.number, PageSize: page.size, TotalCount: all.length },
        records: all.slice(start, start + page.size),
    };
}
