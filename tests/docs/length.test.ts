import fs from "node:fs";
import path from "node:path";

const repository = path.join(__dirname, "..", "..");
const read = (page: string): string => fs.readFileSync(path.join(repository, page), "utf8");

const pages = ["", "docs"].flatMap((folder) =>
    fs
        .readdirSync(path.join(repository, folder))
        .filter((name) => name.endsWith(".md"))
        .map((name) => path.join(folder, name)),
);

/** The number of words, as `wc -w` counts them. */
function wordsOf(page: string): number {
    return read(page)
        .split(/\s+/)
        .filter((word) => word !== "").length;
}

/** The cells of all tables, without the spaces that pad them. A pipe that belongs to a cell is written `\|`. */
function cellsOf(page: string): readonly string[] {
    return read(page)
        .split("\n")
        .filter((line) => /^\s*\|/.test(line) && !/^[\s|:-]+$/.test(line))
        .flatMap((line) => line.split(/(?<!\\)\|/).slice(1, -1))
        .map((cell) => cell.trim());
}

describe("the pages for readers", () => {
    test.each([
        ["README.md", 1_150],
        [path.join("docs", "performance.md"), 1_020],
    ])("are short: %s has %i words at most", (page, most) => {
        expect(wordsOf(page)).toBeGreaterThan(500);
        expect(wordsOf(page)).toBeLessThanOrEqual(most);
    });

    test.each(["npm run demo", "npm test"])("name the command of a fresh checkout: `%s`", (command) => {
        expect(read("README.md")).toContain(`\`${command}\``);
    });

    test("have tables", () => {
        expect(pages.flatMap(cellsOf).length).toBeGreaterThan(500);
    });

    test.each(pages)("%s has no cell of 200 characters", (page) => {
        expect(cellsOf(page).filter((cell) => cell.length >= 200)).toEqual([]);
    });
});
