import fc from "fast-check";

import { line, redact, requestIdOf, shownWord, visible } from "../../provider/hbr/secrets";
/** Whatever a terminal does not print as a character of its own. */
const UNSHOWN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

test.each<[string, string, string]>([
    ["a colour", "\u001b[1;31mred\u001b[0m text", "red text"],
    ["a colour in one character", "\u009b31mred", "red"],
    ["a cleared screen", "a\u001b[2J\u001b[Hb", "ab"],
    ["a title, ended by a bell", "\u001b]0;owned\u0007text", "text"],
    ["a link, ended by ST", "\u001b]8;;http://x\u001b\\text\u001b]8;;\u001b\\", "text"],
    ["a title in one character", "\u009d0;owned\u009ctext", "text"],
    ["a title without an end", "\u001b]0;text", "0;text"],
    ["a device control string", "a\u001bPq#0\u001b\\b", "ab"],
    ["a reset", "a\u001bcb", "ab"],
    ["a character set", "a\u001b(0b", "ab"],
    ["a command inside a command", "\u001b\u001b[31m[31mx", "[31mx"],
    ["an escape at the end", "x\u001b", "x"],
    ["backspace, bell, null, delete", "a\b\u0007\u0000\u007fb", "ab"],
    ["controls C1", "a\u0080\u0085\u009fb", "ab"],
    ["overrides of the direction", "a\u202e\u2066b\u2069\u200fc", "abc"],
    ["a space without width, a byte order mark", "a\u200b\ufeffb", "ab"],
    ["half a character", "a\ud83db", "ab"],
    ["line ends and tabs", "a\r\nb\tc\u2028d", "a b c d"],
    ["other scripts, and whole characters", "备份 \u{1f600} é", "备份 \u{1f600} é"],
])("%s", (_, text, shown) => {
    expect(shownWord(text)).toBe(shown);
    expect(redact(text)).toBe(shown);
});

test("property: what is shown is one line of bounded length, without anything that is not shown", () => {
    const piece = fc.oneof(
        fc.string({ unit: "binary" }),
        fc.constantFrom("\u001b", "[", "]", "31m", "\u009b", "\u0007", "\u001b\\", "\n", "\u202e", "\ud83d"),
    );
    fc.assert(
        fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
            const text = pieces.join("");
            for (const shown of [shownWord(text), redact(text)]) {
                expect(shown).not.toMatch(UNSHOWN);
                expect(shown.length).toBeLessThanOrEqual(601);
            }
            expect(shownWord(text).length).toBeLessThanOrEqual(201);
        }),
        { numRuns: 1_000 },
    );
});

test("a cut halves no character", () => {
    expect(line("ab\u{1f600}", 3)).toBe("ab…");
    expect(line("ab\u{1f600}", 4)).toBe("ab\u{1f600}");
});

test("hostile texts take no long time", () => {
    const start = performance.now();
    for (const piece of [
        "\u001b]",
        "\u009d",
        "\u001b[",
        "\u001b[0",
        "\u001b   ",
        "\u001b[ ",
        "\u001bP\n",
        "\u009b;",
    ])
        visible(piece.repeat(50_000));
    expect(performance.now() - start).toBeLessThan(2_000);
});

test.each<[unknown, string | undefined]>([
    ["B7A1-42", "B7A1-42"],
    ["\u001b[31mR", undefined],
    ["x".repeat(65), undefined],
    [{ toString: () => "R" }, undefined],
])("a request id of %j is read as %j", (value, requestId) => {
    expect(requestIdOf(value)).toBe(requestId);
});
