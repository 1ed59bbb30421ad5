import fs from "node:fs";
import path from "node:path";

const repository = path.join(__dirname, "..", "..");

function read(...file: readonly string[]): string {
    return fs.readFileSync(path.join(repository, ...file), "utf8");
}

/** The options that docs/options.md has a row for. */
const DOCUMENTED = read("docs", "options.md")
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .flatMap((line) => [...(line.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));

/** What the tests of the options say that they show: titles, and the first words of the cases of a table. */
const SHOWN = ["options", "optionLimits", "commandOptions", "hooks"].flatMap((name) =>
    [
        ...read("tests", "engine", `${name}.test.ts`).matchAll(
            /(?:\b(?:it|test|describe)\(|\[)\s*"([^"]+)"/g,
        ),
    ].map(([, text = ""]) => text),
);

/** They choose a provider, and read what exists: `BackupClients.get` sets `id`. A dynamic resource has no other use for them. */
const OF_NO_USE = ["id", "urn", "provider", "version", "pluginDownloadURL"];

/** The members of an interface of Pulumi's SDK. */
function membersOf(name: string): readonly string[] {
    const declarations = read("node_modules", "@pulumi", "pulumi", "resource.d.ts");
    const [, members = ""] =
        new RegExp(`interface ${name}\\b[^{]*\\{(.*?)\\n\\}`, "s").exec(declarations) ?? [];
    return [...members.matchAll(/^ {4}(\w+)\?:/gm)].map(([, member = ""]) => member);
}

describe("docs/options.md", () => {
    test("has a row for every option that Pulumi's SDK knows", () => {
        const options = [...membersOf("ResourceOptions"), ...membersOf("CustomResourceOptions")];
        expect(options.length).toBeGreaterThan(20);
        const described = options.filter((option) => !OF_NO_USE.includes(option));
        expect(DOCUMENTED).toEqual(expect.arrayContaining(described));
        expect(DOCUMENTED).toContain("onError");
        expect(membersOf("ResourceHookBinding")).toContain("onError");
    });

    test.each(DOCUMENTED)("has a test on the engine that names %s", (option) => {
        const name = new RegExp(`(?<![\\w-])${option}(?!\\w)`);
        expect(SHOWN.filter((text) => name.test(text))).not.toEqual([]);
    });
});
