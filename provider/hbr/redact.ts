import { line, visible } from "./foreignText";
import { KnownSecrets } from "./knownSecrets";

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
