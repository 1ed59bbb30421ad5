/** Longest message that is shown (characters); the service's own are far shorter. */
const MAX_LENGTH = 600;
/** Longest text that is searched for secrets; a URL with 20 instances in it has some 10,000 characters. */
const MAX_INPUT = 20_000;
/** Dropped at the end of a text that was cut there, because half a secret is not recognized. */
const CUT_MARGIN = 1_000;
const MASK = "[redacted]";

/** Names of values that no message may show, in any spelling. */
const SECRET_NAMES =
    "client_?info|access_?key_?(?:id|secret)?|secret_?(?:key|access_?key)|signature|authorization|credential|(?:security_?|bearer_?|session_?|id_?)?token|x-acs-(?:security-token|accesskey-id|signature-nonce)|password";

const PATTERNS: readonly (readonly [RegExp, string])[] = [
    // The query of a request's URL holds every parameter, ClientInfo too.
    [/(\bhttps?:\/\/[^\s?#"'<>]*)\?\S*/gi, `$1?${MASK}`],
    // The API gateway answers a wrong signature with the text that it signed.
    [/(string to sign is)\s*:?[\s\S]*/gi, `$1 ${MASK}`],
    // URL-encoded, once or several times.
    [new RegExp(`\\b(${SECRET_NAMES})(?:%[0-9a-f]{2,4})+\\S*`, "gi"), `$1=${MASK}`],
    // ClientInfo holds JSON: everything up to the end of the list, or of the text.
    [
        /\b(client_?info)\b\\*["']?\s*[:=]\s*\\*["']?\s*\[[\s\S]*?(?:\]\s*\}?\s*\]|\}\s*\]|\]\\*["']|$)/gi,
        `$1=${MASK}`,
    ],
    [/\b(authorization)\b\\*["']?\s*[:=][^\n]*/gi, `$1=${MASK}`],
    [
        // What a rule before this one has hidden stays as it is, and what it has left behind a mask is hidden.
        new RegExp(
            `\\b(${SECRET_NAMES})\\b(\\\\*["']?\\s*[:=]\\s*)(?!\\[redacted\\](?:[\\s,;&}"'\\])\\\\]|$))(?:\\[redacted\\])?(\\\\*"(?:[^"\\\\]|\\\\.)*?\\\\*"|'[^']*'|[^\\s,;&}"'\\])]+)`,
            "gi",
        ),
        `$1$2${MASK}`,
    ],
];

/** {@link redact} with the secrets that its maker knows. */
export type Redactor = (text: string) => string;

/**
 * Makes a text from outside fit to be shown, as one line of bounded length. Removes the query of every URL, ClientInfo,
 * the values of access keys, signatures and tokens, each of `secrets` in every spelling, and terminal commands.
 */
export function redact(text: string, secrets = new KnownSecrets()): string {
    // First, so that no invisible character hides a secret.
    const seen = visible(text.length > MAX_INPUT ? text.slice(0, MAX_INPUT - CUT_MARGIN) : text);
    let result = secrets.masked(seen);
    for (const [pattern, replacement] of PATTERNS) result = result.replace(pattern, replacement);
    return line(result, MAX_LENGTH);
}

/**
 * The stack of anything that was thrown, and of its causes, each line fit to be shown. The message is on the first line.
 */
export function stackOf(thrown: unknown, redacted: Redactor): string {
    if (!(thrown instanceof Error)) return redacted(String(thrown));
    const { name, message, stack = "", cause } = thrown;
    // The message may have lines that look like those of the stack.
    const calls = stack.slice(stack.indexOf(message) + message.length).split("\n");
    const lines = calls.filter((call) => /^\s+at /.test(call)).map((call) => `    ${redacted(call.trim())}`);
    const before = cause === undefined ? [] : [`caused by ${stackOf(cause, redacted)}`];
    return [redacted(`${name}: ${message}`), ...lines, ...before].join("\n");
}

/** Shorter "secrets" would only garble the text. */
const MIN_SECRET = 4;

/**
 * Secrets that no text may show: as they are, URL-encoded, JSON-escaped or in base64. One pass over a text finds them
 * all, however many they are: each of 10,000 instances may have a key of its own.
 */
export class KnownSecrets {
    readonly #secrets = new Set<string>();
    /** Secrets without forms yet; those are made for the first text, which most processes never see. */
    #pending: string[] = [];
    readonly #forms = new Set<string>();
    /** Lengths of the forms by their first characters, longest first. Keys begin alike, but have few lengths. */
    readonly #lengths = new Map<string, number[]>();

    constructor(secrets: Iterable<string> = []) {
        this.add(secrets);
    }

    add(secrets: Iterable<string>): void {
        for (const secret of secrets) {
            if (this.#secrets.has(secret)) continue;
            this.#secrets.add(secret);
            this.#pending.push(secret);
        }
    }

    /** The text with a mask in place of each secret, and of several that overlap, so that no part of one is left. */
    masked(text: string): string {
        for (const form of this.#pending.splice(0).flatMap(formsOf)) this.#addForm(form);
        let result = "";
        let end = 0;
        for (let start = 0; start <= text.length - MIN_SECRET; start += 1) {
            const length = this.#longestAt(text, start);
            if (length === undefined) continue;
            if (start >= end) result += text.slice(end, start) + MASK;
            end = Math.max(end, start + length);
        }
        return result + text.slice(end);
    }

    #longestAt(text: string, start: number): number | undefined {
        const lengths = this.#lengths.get(text.slice(start, start + MIN_SECRET));
        return lengths?.find((length) => this.#forms.has(text.slice(start, start + length)));
    }

    #addForm(form: string): void {
        this.#forms.add(form);
        const beginning = form.slice(0, MIN_SECRET);
        const lengths = this.#lengths.get(beginning) ?? [];
        if (lengths.includes(form.length)) return;
        lengths.push(form.length);
        lengths.sort((a, b) => b - a);
        this.#lengths.set(beginning, lengths);
    }
}

/** Every form in which a text may hold a secret. */
function formsOf(secret: string): string[] {
    // As given, and as `visible` leaves it. Half a surrogate pair cannot be encoded.
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
 * What a secret looks like inside a longer text in base64, for each of its three alignments. The characters at its ends,
 * which also depend on its neighbours, are left out.
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
 * Texts from outside end up in a terminal, in the state and in logs. The rest of this file removes what a terminal takes
 * for a command, and what makes a text look like another one.
 */

const [BEL, ESC, CSI, ST] = ["\u0007", "\u001b", "\u009b", "\u009c"];
/** The control characters C1, each of which is a command. */
const C1 = "\u0080-\u009f";
/** DCS, SOS, OSC, PM and APC, which begin a text that is not shown, as two characters or as one. */
const STRING_START = `(?:${ESC}[\\]PX^_]|[\u0090\u0098\u009d-\u009f])`;

const COMMANDS = new RegExp(
    [
        `(?:${ESC}\\[|${CSI})[0-?]*[ -/]*[@-~]`,
        `${STRING_START}[^${BEL}${ESC}${C1}]*(?:${BEL}|${ESC}\\\\|${ST})`,
        `${ESC}[ -/]*[0-~]`,
    ].join("|"),
    "g",
);
/** Control characters but white space, format characters (overrides of the text direction), half surrogate pairs. */
const INVISIBLE = /(?![\t-\r])[\p{Cc}\p{Cf}\p{Cs}]/gu;
const LINE_ENDS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;

/** The text without terminal commands and invisible characters; it may still have several lines. */
export function visible(text: string): string {
    return text.replace(COMMANDS, "").replace(INVISIBLE, "");
}

/** The text on one line, cut after `longest` characters. */
export function line(text: string, longest: number): string {
    const flat = text.replace(LINE_ENDS, " ");
    // Never between the halves of a surrogate pair.
    return flat.length > longest ? `${flat.slice(0, longest).replace(/[\uD800-\uDBFF]$/, "")}…` : flat;
}

/** Longest name, code or version that is shown (characters). */
const LONGEST_WORD = 200;

/** Makes a name, a code or a version from outside fit to be shown. */
export function shownWord(text: string): string {
    return line(visible(text), LONGEST_WORD).trim();
}

/** The request ID in `value`; `undefined` if it does not look like one. The SDKs write a missing one as "undefined". */
export function requestIdOf(value: unknown): string | undefined {
    const isId = typeof value === "string" && /^(?!(?:undefined|null)$)[\w-]{1,64}$/.test(value);
    return isId ? value : undefined;
}
