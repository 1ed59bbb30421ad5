import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { exportedPaths } from "../../tools/docs/code";
import { parsePage } from "../../tools/docs/page";
import { Registry } from "../../tools/docs/registry";
import { replacementsIn } from "../../tools/docs/run";
import { Shell } from "../../tools/docs/scripts";
import { commandsIn } from "../../tools/docs/shell";
import { Slugger } from "../../tools/docs/slugger";

const repository = path.join(__dirname, "..", "..");

describe("the parts of docs:check", () => {
    it("give headings the anchors that GitHub gives them", () => {
        const slugger = new Slugger();
        const headings = [
            "What happens when …",
            "`a.b` & c",
            "Größe",
            "`a.b` & c",
            "Ctrl-C, once?",
            "snake_case",
        ];
        expect(headings.map((heading) => slugger.slug(heading))).toEqual([
            "what-happens-when-",
            "ab--c",
            "größe",
            "ab--c-1",
            "ctrl-c-once",
            "snake_case",
        ]);
    });

    it("find the line of a link in a paragraph, and anchors of HTML", () => {
        const { links, anchors } = parsePage("a.md", 'one\ntwo [x](b.md)\n\n<a id="here"></a>\n');
        expect(links).toEqual([{ line: 2, target: "b.md" }]);
        expect([...anchors]).toEqual(["here"]);
    });

    it("take the commands out of a script, with quotes, pipes, substitutions, redirections and loops", () => {
        const script = [
            "set -e",
            'A=1 B="x y" cmd --one "two three" \'four #\' five\\ six # seven',
            "long \\",
            "    --flag < in > out 2>&1",
            'for f in *.ts; do echo "$(inner "$f" | other)"; done',
            "if ! first && second || third; then",
            "    cat <<EOF",
            "not a command",
            "EOF",
            "fi",
            "(cd dir && last) &",
        ].join("\n");
        expect(commandsIn(script).map(({ line, words }) => [line, ...words])).toEqual([
            [1, "set", "-e"],
            [2, "cmd", "--one", "two three", "four #", "five six"],
            [3, "long", "--flag"],
            [5, "echo", '$(inner "$f" | other)'],
            [5, "inner", "$f"],
            [5, "other"],
            [6, "first"],
            [6, "second"],
            [6, "third"],
            [7, "cat"],
            [11, "cd", "dir"],
            [11, "last"],
        ]);
    });

    it("resolve imports as the exports of package.json do", () => {
        const paths = exportedPaths(repository);
        expect(paths["pulumi-alicloud-hbr"]).toEqual([path.join(repository, "provider", "index.ts")]);
        expect(Object.keys(paths)).not.toContain("pulumi-alicloud-hbr/package.json");
        for (const [source = ""] of Object.values(paths)) expect(fs.existsSync(source)).toBe(true);
    });

    it("put what the page says in the place of its examples", () => {
        const text = "<!-- sh run: `LTAI…` as `key-id` -->";
        const replace = replacementsIn({ text }, 1234);
        expect(replace("set LTAI… and LTAI… --port 8765")).toBe("set key-id and key-id --port 1234");
    });
});

describe("the shell for the commands of a page", () => {
    const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "docs-shell-"));
    let shell: Shell;

    afterAll(() => {
        fs.rmSync(scratch, { recursive: true });
    });

    beforeEach(() => {
        const folder = fs.mkdtempSync(path.join(scratch, "shell-"));
        shell = new Shell(path.join(folder, "own"), path.join(folder, "project"), process.env);
    });

    afterEach(() => {
        shell.stop();
    });

    it("goes on where the last script was, with what it exported", async () => {
        expect(await shell.run("mkdir deep && cd deep\nexport WORD='a b'")).toMatchObject({
            succeeded: true,
        });
        const { output } = await shell.run('echo "$WORD"\nbasename "$PWD"');
        expect(output).toBe("a b\ndeep");
    });

    it("stops at the command that fails, and names its line", async () => {
        const ended = await shell.run("echo one\n\nls no-such-file\necho two");
        expect(ended).toMatchObject({ succeeded: false, line: 3 });
        expect(ended.output).toContain("no-such-file");
        expect(ended.output).not.toContain("two");
    });

    it("waits for the first line of a script in the background, and ends it", async () => {
        const started = await shell.background("echo $$; sleep 600");
        expect(started).toMatchObject({ succeeded: true });
        const pid = /^\d+$/m.exec(started.output)?.[0] ?? "";
        shell.stop();
        // Its parent hears of the end a moment later.
        while (isRunning(pid)) await setTimeout(20);
    });

    it("reports a script in the background that ends at once", async () => {
        expect(await shell.background("exit 3")).toMatchObject({
            succeeded: false,
            output: expect.stringContaining("it ended with 3") as string,
        });
    });
});

function isRunning(pid: string): boolean {
    return execFileSync("sh", ["-c", `kill -0 ${pid} 2>/dev/null && echo yes || echo no`], {
        encoding: "utf8",
    }).includes("yes");
}

describe("the registry for the commands of a page", () => {
    it("has the package as if it were published, and sends every other request on", async () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "docs-registry-"));
        const tarball = path.join(folder, "package.tgz");
        fs.writeFileSync(tarball, "content");
        const registry = await Registry.serve(tarball, { name: "sample", version: "1.2.3" });
        try {
            const document = (await (await fetch(`${registry.url}sample`)).json()) as {
                "dist-tags": { latest: string };
                versions: Record<string, { dist: { tarball: string } }>;
            };
            const { latest } = document["dist-tags"];
            const { tarball: url = "" } = document.versions[latest]?.dist ?? {};
            expect([latest, await (await fetch(url)).text()]).toEqual(["1.2.3", "content"]);

            const { status, headers } = await fetch(`${registry.url}@scope%2fother`, { redirect: "manual" });
            expect(status).toBe(302);
            expect(headers.get("location")).toMatch(/\/@scope%2fother$/);
            expect(headers.get("location")).not.toContain(registry.url);
        } finally {
            await registry.close();
            fs.rmSync(folder, { recursive: true });
        }
    });
});
