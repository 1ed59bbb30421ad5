import { createHash } from "node:crypto";
import fc from "fast-check";
import { MOST_BYTES } from "../../report/markdown";
import { client, exportOf, FAILED, outputsOf, previewOf, reportOn } from "./fixtures";

const HOSTILE = [
    "<script>alert(1)</script>",
    "</script></style><img src=x onerror=alert(1)>",
    `" onmouseover="alert(1)" x='`,
    "`|``| @everyone #1 [x](https://example.org) **b** <!-- -->",
    "\\|a\\`b\\",
    "&lt;b&gt;",
    "line\nfeed\r\n| x |",
];

/** All texts from outside, each the same. */
function documentsWith(text: string): readonly object[] {
    const entry = {
        clusterId: text,
        clientId: text,
        clientVersion: text,
        instanceName: text,
        status: text,
        statusMessage: text,
        pendingAction: text,
        errorCode: text,
        errorMessage: text,
        latestVersion: text,
        drift: { [text]: text },
        settingsNotTaken: { [text]: text },
    };
    const outputs = outputsOf([client("i-a", entry), client("i-b", entry)], { vaultId: text });
    const step = { op: text, name: text, old: outputs, plan: `plan: ${text}` };
    return [exportOf({ [text]: outputs, other: outputsOf([]) }), previewOf([step])];
}

/** What of a page is markup, in its order, without the values of attributes. */
function tagsOf(page: string): readonly string[] {
    const [, body = ""] = page.split("<body>");
    const [shown = ""] = body.split("<script>");
    return [...shown.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replaceAll(/"[^"]*"/g, '""'));
}

/** Markdown without the code in it, where nothing means anything. */
function outsideCode(text: string): string {
    return text.replaceAll(/(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, "");
}

describe("the page", () => {
    const harmless = reportOn(documentsWith("harmless"), { format: "html" }).content;

    it("escapes every text from outside", () => {
        const texts = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ minLength: 1, unit: "grapheme" }));
        fc.assert(
            fc.property(texts, (text) => {
                fc.pre(/[^\s\p{C}]/u.test(text));
                const page = reportOn(documentsWith(`x${text}x`), { format: "html" }).content;
                expect(tagsOf(page)).toEqual(tagsOf(harmless));
            }),
            { examples: HOSTILE.map((text) => [text]) },
        );
    });

    it("loads nothing, and allows no other style and script than its own", () => {
        const [, policy = ""] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(harmless) ?? [];
        for (const part of ["style", "script"]) {
            const [, content = ""] = new RegExp(`<${part}>([\\s\\S]*?)</${part}>`).exec(harmless) ?? [];
            const hash = createHash("sha256").update(content).digest("base64");
            expect(content.length).toBeGreaterThan(500);
            expect(policy).toContain(`${part}-src &#39;sha256-${hash}&#39;`);
        }
        expect(policy).toContain("default-src &#39;none&#39;");
        expect(harmless).not.toMatch(/\b(src|href|srcset|action)=|@import|url\(|<link|<img|<iframe/);
    });

    it("has everything in it, also without its script", () => {
        const documents = [
            exportOf({ hana: outputsOf([client("i-a"), client("i-b", FAILED)]) }),
            previewOf([{ op: "update", name: "hana", old: outputsOf([]), plan: "plan: uninstall 1: i-c" }]),
        ];
        const { content } = reportOn(documents, { format: "html" });
        for (const text of [
            "<title>Cloud Backup clients: fleet/dev</title>",
            "state of 2026-11-28 14:49 UTC",
            '<li class="bad"><b>1</b> failed</li>',
            "resource loses clients",
            "plan: uninstall 1: i-c",
            "there is no such instance",
            "<b>What to do:</b> check the id",
            '<b class="id">i-b</b>',
            "install pending",
        ])
            expect(content).toContain(text);
    });
});

describe("the Markdown", () => {
    it("has every text from outside in code, on its line and in its cell", () => {
        const shapeOf = (text: string): readonly number[] =>
            text.split("\n").map((line) => [...line.matchAll(/\|/g)].length);
        const harmless = reportOn(documentsWith("harmless"), { format: "markdown" }).content;
        const texts = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ minLength: 1 }));
        fc.assert(
            fc.property(texts, (text) => {
                const bare = text.replaceAll("|", "");
                const document = reportOn(documentsWith(`x${bare}x`), { format: "markdown" }).content;
                expect(shapeOf(document)).toEqual(shapeOf(harmless));
                expect(outsideCode(document)).toBe(outsideCode(harmless));
            }),
            { examples: HOSTILE.map((text) => [text]) },
        );
    });

    it("keeps its tables whole where a text has bars", () => {
        const { content } = reportOn(
            [exportOf({ "a|b": outputsOf([client("i-a", { clusterId: "c\\|d" })]) })],
            {
                format: "markdown",
            },
        );
        const row = content.split("\n").find((line) => line.startsWith("| `i-a`"));
        expect(row).toBe("| `i-a` | `c\\¦d` | `ACTIVATED` | `a¦b` | `c-i-a` |  |");
    });

    it("says the summary first, then the plan, and folds the table", () => {
        const documents = [
            exportOf({ hana: outputsOf([client("i-a"), client("i-b", FAILED)]) }),
            previewOf([
                { op: "update", name: "hana", old: outputsOf([]), plan: "plan: install 1: i-b; keep 1" },
            ]),
        ];
        expect(reportOn(documents, { format: "markdown" }).content)
            .toBe(`## Cloud Backup clients of \`fleet/dev\`

2 instances: 1 \`ACTIVATED\`, 1 \`NOT_INSTALLED\`. **1 failed**, **1 drifted**, **1 with work pending**

- state of \`2026-11-28 14:49 UTC\`

### Plan

- \`hana\` \`update\` \`plan: install 1: i-b; keep 1\`

### Errors

- **\`InstanceNotExists\`** (1): there is no such instance\\
  **What to do:** check the id, and that it lies in the region that the provider talks to\\
  \`i-b\`: \`CreateClients failed: InstanceNotExists: The instance does not exist. (HTTP 404)\`

<details>
<summary>2 instances, by what needs attention first</summary>

| Instance | Cluster | Status | Resource | Client | Remarks |
| --- | --- | --- | --- | --- | --- |
| \`i-b\` | \`cl-1\` | \`NOT_INSTALLED\` | \`hana\` | \`c-i-b\` | \`InstanceNotExists\` \`install pending\` \`not owned\` |
| \`i-a\` | \`cl-1\` | \`ACTIVATED\` | \`hana\` | \`c-i-a\` |  |

</details>
`);
    });

    it("fits into a comment, however many instances, clusters, errors and changes there are, and says what it leaves out", () => {
        const long = "ü".repeat(150);
        const many = Array.from({ length: 5_000 }, (_, index) =>
            client(`i-${index}`, {
                ...FAILED,
                clusterId: `cl-${index}-${long}`,
                instanceName: long,
                errorCode: `Code${index}`,
                errorMessage: long.repeat(10),
            }),
        );
        const steps = many.slice(0, 500).map(({ instanceId }) => ({
            op: "update",
            name: `${String(instanceId)}-${long}`,
            old: outputsOf([]),
            plan: `plan: uninstall 1: ${long.repeat(20)}`,
        }));
        const { content } = reportOn([exportOf({ one: outputsOf(many) }), previewOf(steps)], {
            format: "markdown",
        });
        expect(Buffer.byteLength(content)).toBeLessThan(MOST_BYTES);
        expect(Buffer.byteLength(content)).toBeGreaterThan(MOST_BYTES * 0.8);
        for (const left of [
            /^- and \d+ resources more$/m,
            /^- and \d+ other codes, in the table below$/m,
            /^\| and \d+ more \|$/m,
            /^and \d+ instances more, which have no room here$/m,
        ])
            expect(content).toMatch(left);
        expect(content.trimEnd().endsWith("</details>")).toBe(true);
    });

    it("fits where every instance has a status and settings of its own, too", () => {
        const long = "ü".repeat(180);
        const many = Array.from({ length: 5_000 }, (_, index) =>
            client(`i-${index}`, {
                status: `S${index}${long}`,
                drift: { [`\u001b[31m${long.repeat(100)}`]: 1 },
            }),
        );
        const { content } = reportOn([exportOf({ one: outputsOf(many) })], { format: "markdown" });
        expect(Buffer.byteLength(content)).toBeLessThan(MOST_BYTES);
        expect(content).toMatch(/^5000 instances: 1 `S.* \(\+4985\)\. \*\*5000 drifted\*\*$/m);
        expect(content).toContain("| `i-0` |");
        expect(content).not.toContain("\u001b");
    });
});
