import fs from "node:fs";
import path from "node:path";
import { ARGUMENTS, INSTANCE, type Member, REINSTALLING, ROLLOUT, type Row } from "../../provider/arguments";

const README = fs.readFileSync(path.join(__dirname, "..", "..", "README.md"), "utf8");
const ROWS: readonly (readonly [string, Row])[] = Object.entries(ARGUMENTS);

/** The rows of the table under a heading, as their cells. */
function tableUnder(heading: string): readonly (readonly string[])[] {
    const [, section = ""] = README.split(`\n## ${heading}\n`);
    const [table = ""] = section.trimStart().split("\n\n");
    return table
        .split("\n")
        .slice(2)
        .map((line) => line.split(/ *\| */).slice(1, -1));
}

/** `vaultId` where it has to be given, `region?` where not. */
function written([name, { isRequired }]: readonly [string, Member]): string {
    return isRequired ? name : `${name}?`;
}

function rowOf(name: string): string {
    const row = tableUnder("Arguments").find(([names = ""]) => new RegExp(`\`${name}\\??\``).test(names));
    return row?.join(" ") ?? "";
}

/** The names in the first cell of the row that says what a change does. */
function namesThat(does: string): readonly string[] {
    const [when = ""] = tableUnder("What happens when …").find(([, what]) => what?.startsWith(does)) ?? [];
    return [...when.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
}

describe("the README", () => {
    test("has a row for every argument, and for nothing else", () => {
        const names = tableUnder("Arguments").flatMap(([cell = ""]) =>
            [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
        );
        expect(names.sort()).toEqual(ROWS.map(written).sort());
    });

    test("lists what an instance and a rollout take", () => {
        const instance = Object.entries<Member>(INSTANCE).map(written).join(", ");
        expect(rowOf("instances")).toContain(`{ ${instance} }`);
        const rollout = Object.entries<Member>(ROLLOUT).map(
            ([name, member]) =>
                written([name, member]) +
                (member.default === undefined ? "" : ` = ${JSON.stringify(member.default)}`),
        );
        expect(rowOf("rollout")).toContain(`{ ${rollout.join(", ")} }`);
    });

    test("says every default", () => {
        const defaults = ROWS.filter(([, row]) => row.default !== undefined);
        expect(defaults.length).toBeGreaterThan(0);
        for (const [name, row] of defaults) {
            const shown = `\`${JSON.stringify(row.default)}\``;
            expect(
                [`${shown} (default`, `Default: ${shown}`].filter((text) => rowOf(name).includes(text)),
            ).toHaveLength(1);
        }
    });

    test("says of every argument whether a change reinstalls, or is only recorded", () => {
        expect(namesThat("reinstalls the clients concerned").toSorted()).toEqual(
            [...REINSTALLING, "sourceTypes"].sort(),
        );
        const recorded = ROWS.flatMap(([name, { change }]) => (change === "record" ? [name] : []));
        expect(
            namesThat("records it")
                .filter((name) => name in ARGUMENTS)
                .toSorted(),
        ).toEqual(recorded.sort());
    });
});
