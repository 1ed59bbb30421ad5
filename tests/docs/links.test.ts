import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const repository = path.join(__dirname, "..", "..");
const pages = execFileSync("git", ["ls-files", "*.md"], { cwd: repository, encoding: "utf8" })
    .split("\n")
    .filter(Boolean);

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
