/** Longest message that we pass on; the service's own messages are far shorter. */
const MAX_LENGTH = 600;
/** Longest text that is looked at; a URL with 20 instances in it has some 10,000 characters. */
const MAX_INPUT = 20_000;
/** What a cut at MAX_INPUT may have halved: dropped, because half a secret is not recognized. */
const CUT_MARGIN = 1_000;
const MASK = "[redacted]";

/** Names whose value never belongs in a message, however it is written. */
const SECRET_NAMES =
    "client_?info|access_?key_?(?:id|secret)?|secret_?(?:key|access_?key)|signature|authorization|credential|(?:security_?|bearer_?|session_?|id_?)?token|x-acs-(?:security-token|accesskey-id|signature-nonce)|password";

const PATTERNS: readonly (readonly [RegExp, string])[] = [
    // The HTTP libraries put the whole URL into their messages, and the query holds every parameter, ClientInfo too.
    [/(\bhttps?:\/\/[^\s?#"'<>]*)\?\S*/gi, "$1?[redacted]"],
    [/(^|[\s"'(])(\/[^\s?"']*)\?\S*=\S*/g, "$1$2?[redacted]"],
    // The gateway answers a wrong signature with the text it signed.
    [/(string to sign is)\s*:?[\s\S]*/gi, `$1 ${MASK}`],
    // Url-encoded, once or several times.
    [new RegExp(`\\b(${SECRET_NAMES})(?:%[0-9a-f]{2,4})+\\S*`, "gi"), `$1=${MASK}`],
    // ClientInfo holds JSON: up to the end of the list, or of the line.
    [
        /\b(client_?info)\b\\*["']?\s*[:=]\s*\\*["']?\s*\[[\s\S]*?(?:\]\s*\}?\s*\]|\}\s*\]|\]\\*["']|$)/gi,
        `$1=${MASK}`,
    ],
    [/\b(authorization)\b\\*["']?\s*[:=][^\n]*/gi, `$1=${MASK}`],
    [
        new RegExp(
            `\\b(${SECRET_NAMES})\\b(\\\\*["']?\\s*[:=]\\s*)(\\\\*"(?:[^"\\\\]|\\\\.)*?\\\\*"|'[^']*'|[^\\s,;&}"'\\])]+)`,
            "gi",
        ),
        `$1$2${MASK}`,
    ],
];

/** {@link redact}, with the secrets of those who hand it on. */
export type Redactor = (text: string) => string;

/**
 * Makes a text from outside fit to be shown. Removes the query of every URL, ClientInfo, the values of access keys,
 * signatures and tokens, each of `secrets` in whatever form, and what a terminal would take for a command. The text is then
 * one line, and not long.
 */
export function redact(text: string, secrets = new KnownSecrets()): string {
    // First of all, so that nothing invisible hides a secret.
    const seen = visible(text.length > MAX_INPUT ? text.slice(0, MAX_INPUT - CUT_MARGIN) : text);
    let result = secrets.masked(seen, MASK);
    for (const [pattern, replacement] of PATTERNS) result = result.replace(pattern, replacement);
    return line(result, MAX_LENGTH);
}

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

/*
 * Texts from outside end up in a terminal, in a state and in a log. What a terminal would take for a command is taken out
 * here, and what would let one line look like another.
 */

const [BEL, ESC, CSI, ST] = [0x07, 0x1b, 0x9b, 0x9c].map((code) => String.fromCharCode(code)) as [
    string,
    string,
    string,
    string,
];
/** The control characters C1, which are commands in one character. */
const C1 = `${String.fromCharCode(0x80)}-${String.fromCharCode(0x9f)}`;
/** DCS, SOS, OSC, PM and APC, which begin a text that is not shown, in one character and in two. */
const STRING_START = `(?:${ESC}[\\]PX^_]|[${[0x90, 0x98, 0x9d, 0x9e, 0x9f].map((code) => String.fromCharCode(code)).join("")}])`;

const COMMANDS = new RegExp(
    [
        `(?:${ESC}\\[|${CSI})[0-?]*[ -/]*[@-~]`,
        `${STRING_START}[^${BEL}${ESC}${C1}]*(?:${BEL}|${ESC}\\\\|${ST})`,
        `${ESC}[ -/]*[0-~]`,
    ].join("|"),
    "g",
);
/** Controls but for white space; what has no form of its own, such as the overrides of the direction; halves of characters. */
const INVISIBLE = /(?![\t\n\v\f\r])[\p{Cc}\p{Cf}\p{Cs}]/gu;
const LINE_ENDS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;

/** The text without anything that is not shown; it may still have several lines. */
export function visible(text: string): string {
    return text.replace(COMMANDS, "").replace(INVISIBLE, "");
}

/** The text on one line, at most so long. */
export function line(text: string, longest: number): string {
    const flat = text.replace(LINE_ENDS, " ");
    // A character beyond the basic ones is never halved.
    return flat.length > longest ? `${flat.slice(0, longest).replace(/[\uD800-\uDBFF]$/, "")}…` : flat;
}

/** Longest name, code or version that is passed on. */
const LONGEST_WORD = 200;

/** A name, a code, a version: what the service wrote, fit to be shown. */
export function shownWord(text: string): string {
    return line(visible(text), LONGEST_WORD).trim();
}

/** A request id; anything that does not look like one is none. */
export function requestIdOf(value: unknown): string | undefined {
    return typeof value === "string" && /^[\w-]{1,64}$/.test(value) ? value : undefined;
}
