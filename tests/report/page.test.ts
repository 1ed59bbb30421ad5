import { createRequire } from "node:module";

interface Row {
    readonly place: number;
    readonly cells: readonly string[];
    readonly flags: readonly string[];
    readonly status: string;
    readonly cluster: string;
    readonly text: string;
}

interface Wanted {
    readonly text: string;
    readonly show: string;
    readonly status: string;
    readonly cluster: string;
}

/** The functions of the page's script that need no page. */
const { passes, sorted, countText } = createRequire(__filename)("../../report/page/page.cjs") as {
    readonly passes: (row: Row, wanted: Wanted) => boolean;
    readonly sorted: (rows: readonly Row[], column: string, isDescending: boolean) => readonly Row[];
    readonly countText: (shown: number, all: number) => string;
};

function row(place: number, cells: readonly string[], more: Partial<Row> = {}): Row {
    const text = cells.join(" ").toLowerCase();
    return { place, cells, flags: [], status: "ACTIVATED", cluster: "cl-1", text, ...more };
}

const ANY: Wanted = { text: "", show: "", status: "", cluster: "" };

describe("the script of the page", () => {
    it.each<[Partial<Wanted>, boolean]>([
        [{}, true],
        [{ text: "I-BP1" }, true],
        [{ text: "  bp1   failed " }, true],
        [{ text: "bp1 other" }, false],
        [{ show: "failed" }, true],
        [{ show: "drift" }, false],
        [{ status: "STOPPED" }, true],
        [{ status: "STOP" }, false],
        [{ cluster: "cl-1" }, true],
        [{ cluster: "cl" }, false],
        [{ cluster: "cl-1", status: "STOPPED", show: "failed", text: "bp1" }, true],
        [{ cluster: "cl-1", status: "STOPPED", show: "pending", text: "bp1" }, false],
    ])("lets a row through %j: %s", (wanted, isShown) => {
        const stopped = row(0, ["i-bp1", "Failed"], { flags: ["failed"], status: "STOPPED" });
        expect(passes(stopped, { ...ANY, ...wanted })).toBe(isShown);
    });

    it("sorts by a column with numbers as numbers, equals in their place, and without a column as it came", () => {
        const rows = [row(0, ["i-10", "b"]), row(1, ["i-9", "a"]), row(2, ["I-9", "b"])];
        const places = (column: string, isDescending = false): readonly number[] =>
            sorted(rows, column, isDescending).map(({ place }) => place);
        expect(places("0")).toEqual([1, 2, 0]);
        expect(places("1")).toEqual([1, 0, 2]);
        expect(places("1", true)).toEqual([0, 2, 1]);
        expect(places("")).toEqual([0, 1, 2]);
        expect(rows.map(({ place }) => place)).toEqual([0, 1, 2]);
    });

    it("says how many there are", () => {
        expect([countText(1, 1), countText(24, 24), countText(3, 24), countText(0, 1)]).toEqual([
            "1 instance",
            "24 instances",
            "3 of 24 instances",
            "0 of 1 instance",
        ]);
    });
});
