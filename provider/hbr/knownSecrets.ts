import { visible } from "./foreignText";

/** Shorter "secrets" would only mutilate the text. */
const MIN_SECRET = 4;

/**
 * Secrets that no text may show, as they are, url-encoded, JSON-escaped or in base64. They are found in one walk over the
 * text, however many they are: an instance may have a key of its own, and a fleet 10,000 instances.
 */
export class KnownSecrets {
    readonly #secrets = new Set<string>();
    /** Those whose forms are still to be made: when a text comes, because most processes never see one. */
    #waiting: string[] = [];
    readonly #forms = new Set<string>();
    /** By the first characters of forms their lengths, longest first: all keys begin alike, but few lengths are in use. */
    readonly #lengths = new Map<string, readonly number[]>();

    constructor(secrets: Iterable<string> = []) {
        this.add(secrets);
    }

    add(secrets: Iterable<string>): void {
        for (const secret of secrets) {
            if (this.#secrets.has(secret)) continue;
            this.#secrets.add(secret);
            this.#waiting.push(secret);
        }
    }

    /** The text with a mask for each secret; one for several that overlap, so that no part of one is left over. */
    masked(text: string, mask: string): string {
        this.#makeForms();
        let result = "";
        let end = 0;
        for (let start = 0; start <= text.length - MIN_SECRET; start += 1) {
            const length = this.#longestAt(text, start);
            if (length === undefined) continue;
            if (start >= end) result += text.slice(end, start) + mask;
            end = Math.max(end, start + length);
        }
        return result + text.slice(end);
    }

    #longestAt(text: string, start: number): number | undefined {
        const lengths = this.#lengths.get(text.slice(start, start + MIN_SECRET));
        return lengths?.find((length) => this.#forms.has(text.slice(start, start + length)));
    }

    #makeForms(): void {
        for (const secret of this.#waiting) {
            for (const form of formsOf(secret)) this.#addForm(form);
        }
        this.#waiting = [];
    }

    #addForm(form: string): void {
        this.#forms.add(form);
        const beginning = form.slice(0, MIN_SECRET);
        const lengths = this.#lengths.get(beginning) ?? [];
        if (lengths.includes(form.length)) return;
        this.#lengths.set(
            beginning,
            [...lengths, form.length].sort((a, b) => b - a),
        );
    }
}

/** Every way in which a secret may be written. */
function formsOf(secret: string): string[] {
    // As it was given, and as a text looks that is freed of what is invisible. Halves of characters cannot be encoded.
    const spellings = new Set([secret.toWellFormed(), visible(secret)]);
    return [...spellings].filter(({ length }) => length >= MIN_SECRET).flatMap(spellingForms);
}

function spellingForms(secret: string): string[] {
    const encoded = encodeURIComponent(secret);
    const strict = encoded.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
    return [
        secret,
        encoded,
        strict,
        encodeURIComponent(encoded),
        encodeURIComponent(strict),
        encoded.replaceAll("%20", "+"),
        JSON.stringify(secret).slice(1, -1),
        ...base64Forms(secret),
    ];
}

/**
 * The characters that a secret contributes to the base64 text of anything it is part of, for each of the three ways in
 * which it can lie in there; the characters at its ends, which it shares with its neighbours, are left out.
 */
function base64Forms(secret: string): string[] {
    const size = Buffer.byteLength(secret);
    const forms: string[] = [];
    for (const offset of [0, 1, 2]) {
        const text = Buffer.from(" ".repeat(offset) + secret).toString("base64");
        const first = Math.ceil((offset * 8) / 6);
        const last = Math.floor(((offset + size) * 8) / 6);
        const inner = text.slice(first, last);
        if (inner.length < 8) continue;
        const urlSafe = inner.replaceAll("+", "-").replaceAll("/", "_");
        forms.push(inner, urlSafe, encodeURIComponent(inner));
    }
    return forms;
}
