import fs from "node:fs";
import path from "node:path";
import { adviceFor, errorClassOf } from "../../provider/hbr/errors";
import { KNOWN_ERRORS } from "../../provider/hbr/knownErrors";
import { ERRORS_PAGE, errorsPage } from "../../tools/errorsPage";

const PROVIDER = path.join(__dirname, "..", "..", "provider");

describe("the page on errors", () => {
    it("says what the table in the code says (`npm run docs` writes it anew)", () => {
        expect(fs.readFileSync(ERRORS_PAGE, "utf8")).toBe(errorsPage());
    });

    it("has one entry for each code of the table, with what it means and what to do", () => {
        const rows = errorsPage()
            .split("\n")
            .map((line) => line.split(/ *\| */).slice(1, -1));
        const entries = rows.filter(([code]) => code?.startsWith("`"));
        expect(entries.map(([code]) => code?.slice(1, -1)).sort()).toEqual([...KNOWN_ERRORS.keys()].sort());
        expect(entries.filter((cells) => cells.length !== 3 || cells.includes(""))).toEqual([]);
        for (const [code, { errorClass, means }] of KNOWN_ERRORS) {
            expect(errorClassOf(code)).toBe(errorClass);
            expect(`${code}: ${means}; ${adviceFor(code) ?? ""}`).toMatch(/^\S+: .{5,}; .{5,}$/);
        }
    });
});

describe("the codes of the provider's own", () => {
    it("have an entry each, also those that are written elsewhere than in the tables", () => {
        const files = fs
            .readdirSync(PROVIDER, { recursive: true, encoding: "utf8" })
            .filter((name) => name.endsWith(".ts"));
        expect(files.length).toBeGreaterThan(50);
        const written = files.flatMap((name) => {
            const text = fs.readFileSync(path.join(PROVIDER, name), "utf8");
            return [...text.matchAll(/\b(?:code|errorCode|[A-Z_]*CODE): ?"(\w+)"/g)].flatMap(
                ([, code = ""]) => (KNOWN_ERRORS.has(code) ? [] : [`${name}: ${code}`]),
            );
        });
        // The transport gives Node's own code to an error of its own, which becomes `Timeout`.
        expect(written).toEqual(["hbr/transport.ts: ETIMEDOUT"]);
    });
});
