import { parseOptions } from "../../report/options";

describe("the command line of hbr-report", () => {
    it("asks for Markdown of standard input where it says nothing", () => {
        expect(parseOptions([])).toEqual({ files: ["-"], format: "markdown", out: undefined, failOn: [] });
    });

    it.each([
        ["page.html", "html"],
        ["PAGE.HTM", "html"],
        ["data.json", "json"],
        ["text.md", "markdown"],
        ["html", "markdown"],
        ["a.html/report", "markdown"],
        ["a.constructor", "markdown"],
        ["a.__proto__", "markdown"],
    ])("takes the format of --out %s from its ending: %s", (out, format) => {
        expect(parseOptions(["--out", out])?.format).toBe(format);
        expect(parseOptions(["--out", out, "--format", "json"])?.format).toBe("json");
    });

    it("takes conditions with commas, repeated, and each once", () => {
        const args = ["a.json", "--fail-on", "drift, failed", "--fail-on=drift", "--fail-on=removal"];
        expect(parseOptions(args)).toMatchObject({
            files: ["a.json"],
            failOn: ["drift", "failed", "removal"],
        });
    });

    it.each([
        [["--format", "pdf"], /^--format pdf: it is markdown, html or json$/],
        [["--fail-on", "faild"], /^--fail-on faild: it is failed, drift or removal$/],
        [["--fail-on", ""], /^--fail-on : it is failed/],
        [["--out", ""], /^--out is empty: name a file$/],
        [["a", "b", "c"], /^3 files: give a state, a preview, or one of each$/],
    ])("refuses %j", (args, message) => {
        expect(() => parseOptions(args)).toThrow(message);
    });

    it("can ask for help, whatever else it says", () => {
        expect(parseOptions(["a.json", "-h"])).toBeUndefined();
    });
});
