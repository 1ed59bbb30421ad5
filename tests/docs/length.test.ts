import fs from "node:fs";
import path from "node:path";

const repository = path.join(__dirname, "..", "..");
const read = (page: string): string => fs.readFileSync(path.join(repository, page), "utf8");

/** `npm run bench:plots` writes the tables of this page. */
const MEASURED = path.join("docs", "performance.md");

const pages = ["", "docs"]
    .flatMap((folder) =>
        fs
            .readdirSync(path.join(repository, folder))
            .filter((name) => name.endsWith(".md"))
            .map((name) => path.join(folder, name)),
    )
    .filter((page) => page !== MEASURED);

/** The cells of all tables, without the spaces that pad them. A pipe that belongs to a cell is written `\|`. */
function cellsOf(page: string): readonly string[] {
    return read(page)
        .split("\n")
        .filter((line) => /^\s*\|/.test(line) && !/^[\s|:-]+$/.test(line))
        .flatMap((line) => line.split(/(?<!\\)\|/).slice(1, -1))
        .map((cell) => cell.trim());
}

describe("the pages for readers", () => {
    test("begin with a README of 1,150 words at most, as `wc -w` counts them", () => {
        const words = read("README.md")
            .split(/\s+/)
            .filter((word) => word !== "");
        expect(words.length).toBeGreaterThan(500);
        expect(words.length).toBeLessThanOrEqual(1150);
    });

    test("have tables", () => {
        expect(pages.flatMap(cellsOf).length).toBeGreaterThan(500);
    });

    test.each(pages)("%s has no cell of 200 characters", (page) => {
        expect(cellsOf(page).filter((cell) => cell.length >= 200)).toEqual([]);
    });
});
