import { line, visible } from "./foreignText";

/** Longest message that we pass on; the service's own messages are far shorter. */
const MAX_LENGTH = 600;
/** Longest text that is looked at; a URL with 20 instances in it has some 10,000 characters. */
const MAX_INPUT = 20_000;
/** What a cut at MAX_INPUT may have halved: dropped, because half a secret is not recognized. */
const CUT_MARGIN = 1_000;
/** Shorter "secrets" would only mutilate the text. */
const MIN_SECRET = 4;
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

/**
 * Makes a text from outside fit to be shown. Removes the query of every URL, ClientInfo, the values of access keys,
 * signatures and tokens, each of `secrets` as it is, url-encoded, JSON-escaped or in base64, and what a terminal would take
 * for a command. The text is then one line, and not long.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
    return redactor(secrets)(text);
}

/** The same for many texts: the forms of the secrets are made once, when the first text comes. */
export function redactor(secrets: readonly string[]): (text: string) => string {
    let forms: readonly string[] | undefined;
    return (text) => {
        // First of all, so that nothing invisible hides a secret.
        let result = visible(text.length > MAX_INPUT ? text.slice(0, MAX_INPUT - CUT_MARGIN) : text);
        forms ??= formsOf(secrets);
        for (const form of forms) result = result.replaceAll(form, MASK);
        for (const [pattern, replacement] of PATTERNS) result = result.replace(pattern, replacement);
        return line(result, MAX_LENGTH);
    };
}

/** Every way in which one of the secrets may be written, longest first so that no part is left over. */
function formsOf(secrets: readonly string[]): string[] {
    const forms = new Set<string>();
    // As it was given, and as a text looks that is freed of what is invisible.
    for (const secret of new Set(secrets.flatMap((each) => [each, visible(each)]))) {
        if (secret.length < MIN_SECRET) continue;
        const encoded = encodeURIComponent(secret);
        const strict = encoded.replace(
            /[!'()*]/g,
            (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
        );
        for (const form of [
            secret,
            encoded,
            strict,
            encodeURIComponent(encoded),
            encodeURIComponent(strict),
        ]) {
            forms.add(form);
        }
        forms.add(encoded.replaceAll("%20", "+"));
        forms.add(JSON.stringify(secret).slice(1, -1));
        for (const form of base64Forms(secret)) forms.add(form);
    }
    return [...forms].sort((a, b) => b.length - a.length);
}

/**
 * The characters that a secret contributes to the base64 text of anything it is part of, for each of the three ways in
 * which it can lie in there; the characters at its ends, which it shares with its neighbours, are left out.
 */
function base64Forms(secret: string): string[] {
    const bytes = Buffer.from(secret);
    const forms: string[] = [];
    for (const offset of [0, 1, 2]) {
        const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
        const first = Math.ceil((offset * 8) / 6);
        const last = Math.floor(((offset + bytes.length) * 8) / 6);
        const inner = text.slice(first, last);
        if (inner.length < 8) continue;
        const urlSafe = inner.replaceAll("+", "-").replaceAll("/", "_");
        forms.push(inner, urlSafe, encodeURIComponent(inner));
    }
    return forms;
}
