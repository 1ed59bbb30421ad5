import fs from "node:fs";
import { ERRORS_PAGE, errorsPage } from "../../tools/errorsPage";

describe("the page on errors", () => {
    it("says what the table in the code says (`npm run docs` writes it anew)", () => {
        expect(fs.readFileSync(ERRORS_PAGE, "utf8")).toBe(errorsPage());
    });
});
