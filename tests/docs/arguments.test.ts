import fs from "node:fs";
import path from "node:path";
import { ARGUMENTS, INSTANCE, type Member, REINSTALLING, ROLLOUT, type Row } from "../../provider/arguments";

const README = read("README.md");
const REFERENCE = read("docs", "reference.md");
const ROWS: readonly (readonly [string, Row])[] = Object.entries(ARGUMENTS);

function read(...file: readonly string[]): string {
    return fs.readFileSync(path.join(__dirname, "..", "..", ...file), "utf8");
}

/** What is under a heading, up to the next one. */
function sectionOf(page: string, heading: string): string {
    const [, section = ""] = page.split(`\n${heading}\n`);
    return section.split(/^#/m)[0] ?? "";
}

/** The rows of the first table under a heading, as their cells. */
function tableUnder(page: string, heading: string): readonly (readonly string[])[] {
    const table = /^\|[^]*?\n\n/m.exec(sectionOf(page, heading))?.[0] ?? "";
    return table
        .trim()
        .split("\n")
        .slice(2)
        .map((line) => line.split(/ *\| */).slice(1, -1));
}

/** `vaultId` where it has to be given, `region?` where not. */
function written([name, { isRequired }]: readonly [string, Member]): string {
    return isRequired ? name : `${name}?`;
}

/** The names in the first cell of the row that says what a change does. */
function namesThat(does: string): readonly string[] {
    const rows = tableUnder(REFERENCE, "### What a change does");
    const [when = ""] = rows.find(([, what]) => what?.startsWith(does)) ?? [];
    return [...when.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
}

describe.each([
    ["the README", README],
    ["docs/reference.md", REFERENCE],
])("%s", (_, page) => {
    const rows = tableUnder(page, "## Arguments");

    test("has a row for every argument, and for nothing else", () => {
        const names = rows.map(([name = ""]) => name.replaceAll("`", ""));
        expect(names.toSorted()).toEqual(ROWS.map(written).sort());
    });

    test("says every default", () => {
        const defaults = ROWS.filter(([, row]) => row.default !== undefined);
        expect(defaults.length).toBeGreaterThan(0);
        for (const [name, row] of defaults) {
            const [, meaning = ""] = rows.find(([cell]) => cell === `\`${written([name, row])}\``) ?? [];
            const shown = `\`${JSON.stringify(row.default)}\``;
            expect(
                [`${shown} (default`, `Default: ${shown}`].filter((text) => meaning.includes(text)),
            ).toHaveLength(1);
        }
    });
});

describe("docs/reference.md", () => {
    test("lists what an instance and a rollout take", () => {
        const instance = Object.entries<Member>(INSTANCE).map(written).join(", ");
        expect(sectionOf(REFERENCE, "### Instances")).toContain(`{ ${instance} }`);
        const rollout = Object.entries<Member>(ROLLOUT).map(
            ([name, member]) =>
                written([name, member]) +
                (member.default === undefined ? "" : ` = ${JSON.stringify(member.default)}`),
        );
        expect(sectionOf(REFERENCE, "### Rollout")).toContain(`{ ${rollout.join(", ")} }`);
    });

    test.each([
        ["Instances", INSTANCE],
        ["Rollout", ROLLOUT],
    ])("has a row for each member under %s", (heading, members) => {
        const names = tableUnder(REFERENCE, `### ${heading}`).flatMap(([cell = ""]) => cell.split(", "));
        expect(names.map((name) => name.replaceAll("`", ""))).toEqual(Object.keys(members));
    });

    test("says of every argument what a change does", () => {
        expect(namesThat("reinstalls the clients concerned").toSorted()).toEqual(
            [...REINSTALLING, "sourceTypes"].sort(),
        );
        const changed = (change: Row["change"]): readonly string[] =>
            ROWS.flatMap(([name, row]) => (row.change === change ? [name] : [])).sort();
        expect(namesThat("records it").toSorted()).toEqual(changed("record"));
        expect(namesThat("replaces the fleet").toSorted()).toEqual(changed("replace"));
    });
});
