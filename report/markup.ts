import { isClientStatus, isInProgress, isInstalled } from "../provider/fleet/status";

/** HTML that is safe to be written: foreign texts in it are escaped. */
export interface Html {
    readonly text: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
};

function escaped(text: string): string {
    return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}

/**
 * A template for HTML. What is put into it is escaped, unless it is {@link Html} itself. It is not called `html`, because
 * Prettier would then set the markup anew, and the spaces with it.
 */
export function markup(literals: TemplateStringsArray, ...values: readonly (string | number | Html)[]): Html {
    return {
        text: literals.reduce((text, literal, index) => text + written(values[index - 1]) + literal),
    };
}

function written(value: string | number | Html | undefined): string {
    if (typeof value === "object") return value.text;
    return escaped(String(value ?? ""));
}

/** HTML from this package, as it is. */
export function raw(text: string): Html {
    return { text };
}

export function joined(parts: readonly Html[], between = ""): Html {
    return { text: parts.map(({ text }) => text).join(between) };
}

/** A status, in the colour of what it means. */
export function badge(status: string): Html {
    return markup`<span class="badge ${toneOf(status)}">${status}</span>`;
}

function toneOf(status: string): string {
    if (status === "ACTIVATED") return "good";
    return isClientStatus(status) && !isInstalled(status) && !isInProgress(status) ? "bad" : "warn";
}

/** A text of this package, with its `code` in back ticks. */
export function withCode(text: string): Html {
    return joined(
        text
            .split("`")
            .map((part, index) => (index % 2 === 1 ? markup`<code>${part}</code>` : markup`${part}`)),
    );
}

/** A second line in a cell. The space keeps words apart for the search, and where the page is copied as text. */
export function under(text: string | undefined): Html {
    return text === undefined ? raw("") : markup` <small>${text}</small>`;
}
