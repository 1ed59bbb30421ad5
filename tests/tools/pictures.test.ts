import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Simulator } from "../../simulator";
import { PICTURES } from "../../tools/capturePictures";
import { draw } from "../../tools/pictures/svg";
import { inTerminal, noTerminal, screenOf, textOf } from "../../tools/pictures/terminal";

const GREEN = "\u001b[38;5;2m";
const BOLD = "\u001b[1m";
const RESET = "\u001b[0m";
const UP = "\u001b[1A";
const CLEAR = "\u001b[K";

/** The attributes and the text of every `<text>`. */
function textsOf(svg: string): { attributes: string; text: string }[] {
    return [...svg.matchAll(/<text ([^>]*)>([^<]*)<\/text>/g)].map(([, attributes = "", text = ""]) => ({
        attributes,
        text,
    }));
}

/** What is not well-formed in an XML document of elements and texts; undefined if nothing is. */
function faultOf(xml: string): string | undefined {
    const open: string[] = [];
    const roots: string[] = [];
    for (const [token] of xml.trim().matchAll(/<[^>]*>|[^<]+/g)) {
        if (!token.startsWith("<")) {
            if (/&(?!(?:amp|lt|gt|quot|#39);)|[^\t\n\u0020-\ufffd]/.test(token)) return token;
            continue;
        }
        const tag = /^<(\/?)([a-z]+)((?: [\w:-]+="[^"<&]*")*)(\/?)>$/i.exec(token);
        if (!tag) return token;
        const [, isEnd, name = "", , isEmpty] = tag;
        if (isEnd && open.pop() !== name) return token;
        if (!isEnd && open.length === 0) roots.push(name);
        if (!isEnd && !isEmpty) open.push(name);
    }
    return open.length === 0 && roots.length === 1
        ? undefined
        : `open: ${open.join()}; roots: ${roots.join()}`;
}

describe("the screen of a terminal", () => {
    it("is what is left of a stream, with the place and the style of each part", async () => {
        const screen = await screenOf(`one\r\n${UP}${CLEAR}${GREEN}two${RESET}  three ${BOLD}four\r\n\r\n`);
        expect(screen).toEqual([
            [
                { column: 0, text: "two", style: { colour: 2 } },
                { column: 5, text: "three", style: {} },
                { column: 11, text: "four", style: { bold: true } },
            ],
        ]);
        expect(textOf(screen)).toBe("two  three four");
    });

    it("may be that of a moment, and there has to be one", async () => {
        const stream = ["0/2\r\n", `${UP}${CLEAR}1/2\r\n`, `${UP}${CLEAR}2/2\r\n`].join("");
        expect(textOf(await screenOf(stream, /1\/2/))).toBe("1/2");
        await expect(screenOf(stream, /3\/2/)).rejects.toThrow("the terminal never shows /3\\/2/");
    });

    it("refuses colours that a picture has no style for", async () => {
        await expect(screenOf("\u001b[48;5;1mred\r\n")).rejects.toThrow("no style for the colours of r");
    });

    const problem = noTerminal();
    if (problem !== undefined) console.warn(`Not tested: ${problem}`);
    (problem === undefined ? it : it.skip)(
        "is that of a terminal with 128 columns, whatever the arguments are",
        () => {
            const { command, args } = inTerminal("sh", [
                "-c",
                "test -t 0 && test -t 1 && stty size; echo $0",
                "it's",
            ]);
            const output = execFileSync(command, args, {
                encoding: "utf8",
                env: { ...process.env, SHELL: "/bin/sh" },
            });
            expect(output.split("\r\n")).toEqual(["100 128", "it's", ""]);
        },
    );
});

describe("a picture", () => {
    const hostile = `<script>alert("1")</script> & 'it' <!-- ]]>`;

    it("escapes every text, its title too", async () => {
        const svg = draw(await screenOf(hostile), hostile);
        expect(faultOf(svg)).toBeUndefined();
        expect(svg).not.toContain("<script");
        expect(textsOf(svg)[0]?.text).toBe(
            "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;it&#39; &lt;!-- ]]&gt;",
        );
    });

    it("has each part in its column, fitted to it, in its style", async () => {
        const [first, second] = textsOf(draw(await screenOf(`${GREEN}${BOLD}ab${RESET}  cd`), "title"));
        expect(first).toMatchObject({
            text: "ab",
            attributes: expect.stringContaining('class="c2 b"') as unknown,
        });
        expect(first?.attributes).toContain('x="16" y="29" textLength="16.8"');
        expect(second).toMatchObject({
            text: "cd",
            attributes: expect.not.stringContaining("class") as unknown,
        });
        expect(second?.attributes).toContain('x="49.6" y="29"');
    });

    it("has colours for light and for dark pages, of all that it uses and of nothing else", async () => {
        const svg = draw(await screenOf(`${GREEN}ab`), "title");
        const schemes = [...svg.matchAll(/svg\{([^}]*)\}/g)].map(([, variables = ""]) =>
            variables.split(";"),
        );
        expect(schemes).toEqual([
            ["--page:#fbfcfd", "--edge:#d0d7de", "--text:#1f2328", "--c2:#1a7034"],
            ["--page:#0d1117", "--edge:#3d444d", "--text:#e6edf3", "--c2:#56d364"],
        ]);
        expect(svg).toMatch(/@media \(prefers-color-scheme:dark\)\{svg/);
        expect(svg).toContain(".c2{fill:var(--c2)}");
    });
});

describe("the pictures of the docs (`npm run docs:pictures` takes them)", () => {
    const names = ["failure.svg", "preview.svg", "up.svg", "waves.svg"];
    const read = (name: string): string => fs.readFileSync(path.join(PICTURES, name), "utf8");

    it("are these", () => {
        expect(fs.readdirSync(PICTURES).sort()).toEqual(names);
    });

    it.each(names)("%s is well-formed, small, and needs neither a script nor the network", (name) => {
        const svg = read(name);
        expect(faultOf(svg)).toBeUndefined();
        expect(svg.length).toBeLessThan(30_000);
        expect(svg).not.toMatch(/<script|<foreignObject|<image|href|@import|url\(|\bon[a-z]+=/i);
    });

    it.each(names)("%s tells nothing of the machine, nor a secret", (name) => {
        const { accessKeyId, accessKeySecret } = new Simulator();
        const shown = read(name).replace('xmlns="http://www.w3.org/2000/svg"', "");
        for (const word of [accessKeyId, accessKeySecret, "correct horse", os.homedir(), os.tmpdir()])
            expect(shown).not.toContain(word);
        expect(shown).not.toMatch(
            /:\/\/|localhost|127\.0\.0\.1|\]?:\d{4,5}\b|\/(?:home|root|tmp|Users|work|var)\b|passphrase/i,
        );
    });

    it.each([
        ["up.svg", /plan: install 6: .*6 installed.*ACTIVATED/s],
        ["preview.svg", /plan: install 1: .*; reinstall 1: .*clusterId .*; uninstall 1: .*; keep 4/],
        ["waves.svg", /\d+\/24 · \d+ % · wave 2\/3 · installing/],
        [
            "failure.svg",
            /4 installed, 2 failed.*CloudAssistNotRunningOnInstance.*failedInstanceIds.*INSTALL_FAILED/s,
        ],
    ])("%s shows what the docs say of it", (name, expected) => {
        expect(
            textsOf(read(name))
                .map(({ text }) => text)
                .join("\n"),
        ).toMatch(expected);
    });
});
