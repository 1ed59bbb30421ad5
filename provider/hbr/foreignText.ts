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
