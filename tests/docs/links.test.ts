import fs from "node:fs";
import path from "node:path";

const repository = path.join(__dirname, "..", "..");
const examples = fs
    .readdirSync(path.join(repository, "examples"), { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? [path.join("examples", entry.name)] : []));
const pages = ["", "docs", "examples", ...examples].flatMap((folder) =>
    fs
        .readdirSync(path.join(repository, folder))
        .filter((name) => name.endsWith(".md"))
        .map((name) => path.join(folder, name)),
);

describe("the pages for readers", () => {
    it.each(pages)("%s links only to files that are there", (page) => {
        const text = fs.readFileSync(path.join(repository, page), "utf8");
        const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link = ""]) => link);
        const missing = links.filter(
            (link) => !fs.existsSync(path.join(repository, path.dirname(page), link)),
        );
        expect(missing).toEqual([]);
    });
});
