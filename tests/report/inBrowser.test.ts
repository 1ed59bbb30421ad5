import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { findBrowser, Page } from "./browser";
import { client, exportOf, FAILED, outputsOf, previewOf, reportOn } from "./fixtures";

const browser = findBrowser();
if (browser === undefined)
    process.stdout.write(
        "tests/report/inBrowser is skipped: there is no Chromium or Chrome on PATH (CHROME names another one).\n",
    );

const LONG = "i-bp1" + "0".repeat(17);
const clients = [
    ...Array.from({ length: 30 }, (_, index) => client(`${LONG}${index}`, { clusterId: `cl-${index % 2}` })),
    client("i-b", { ...FAILED, instanceName: "<img src=x onerror=document.title='hit'>" }),
    client("i-c", { status: "STOPPED", clusterId: "cl-3" }),
];
const documents = [
    exportOf({ hana: outputsOf(clients) }),
    previewOf([{ op: "delete", name: "hana", old: outputsOf(clients) }]),
];

/** The IDs of the instances that are to be seen, in their order. */
const SHOWN = `[...document.querySelectorAll("table.instances tbody tr")].filter((row) => row.checkVisibility()).map((row) => row.querySelector("b").textContent)`;
const COUNT = `document.getElementById("shown").textContent`;
const SCROLLS_SIDEWAYS = `document.documentElement.scrollWidth > document.documentElement.clientWidth`;

(browser === undefined ? describe.skip : describe)("the page, in a browser", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hbr-report-"));
    const file = path.join(folder, "report.html");
    let page: Page;

    beforeAll(async () => {
        fs.writeFileSync(file, reportOn(documents, { format: "html" }).content);
        page = await Page.open(browser ?? "");
    });

    afterAll(async () => {
        await page.stop();
        fs.rmSync(folder, { recursive: true });
    });

    it.each([
        [390, "light"],
        [390, "dark"],
        [1280, "light"],
        [1280, "dark"],
    ] as const)(
        "fits a width of %i px in %s colours, asks for nothing and complains of nothing",
        async (width, scheme) => {
            await page.show(file, width, scheme);
            expect(await page.evaluate(SCROLLS_SIDEWAYS)).toBe(false);
            const [ground, text] = await page.evaluate<readonly [string, string]>(
                `[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]`,
            );
            const brightness = (color: string): number => Number(/\d+/.exec(color)?.[0]);
            expect(brightness(ground) > brightness(text)).toBe(scheme === "light");
            expect(await page.evaluate(`document.title`)).toBe("Cloud Backup clients: fleet/dev");
            expect(await page.evaluate<readonly string[]>(SHOWN)).toHaveLength(32);

            const asked = page.events.filter(({ method }) => method === "Network.requestWillBeSent");
            expect(asked).toHaveLength(1);
            expect(page.events.filter(({ method }) => /Log\.|exception/.test(method))).toEqual([]);
        },
    );

    it("filters by what is typed and chosen, and shows the instances of an error", async () => {
        await page.show(file, 1280, "light");
        await page.evaluate(`document.querySelector("[name=text]").focus()`);
        await page.press("i", "-", "c");
        expect(await page.evaluate(SHOWN)).toEqual(["i-c"]);
        expect(await page.evaluate(COUNT)).toBe("1 of 32 instances");

        await page.evaluate(`document.querySelector("[type=reset]").click()`);
        await page.evaluate(`new Promise((resolve) => setTimeout(resolve))`);
        expect(await page.evaluate(COUNT)).toBe("32 instances");

        await page.evaluate(`document.querySelector("[data-code]").click()`);
        expect(await page.evaluate(SHOWN)).toEqual(["i-b"]);
        expect(await page.evaluate(`document.activeElement.name`)).toBe("text");
    });

    it("sorts by a column with the keyboard alone, the other way round the second time", async () => {
        await page.show(file, 1280, "light");
        await page.evaluate(`document.querySelector("[type=reset]").focus()`);
        await page.press("Tab", "Enter");
        const sorting = `document.querySelector(".instances th").getAttribute("aria-sort")`;
        expect(await page.evaluate(sorting)).toBe("ascending");
        const ascending = await page.evaluate<readonly string[]>(SHOWN);
        expect(ascending.slice(0, 3)).toEqual(["i-b", `${LONG}0`, `${LONG}1`]);
        expect(ascending.at(-1)).toBe("i-c");
        await page.press("Enter");
        expect(await page.evaluate(sorting)).toBe("descending");
        expect(await page.evaluate(SHOWN)).toEqual(ascending.toReversed());
    });

    it("shows each instance as a card on a phone, in an order that can be chosen", async () => {
        await page.show(file, 390, "light");
        const widths = `[...document.querySelectorAll("table.instances tbody tr")].map((row) => row.getBoundingClientRect().width)`;
        for (const width of await page.evaluate<readonly number[]>(widths))
            expect(width).toBeLessThanOrEqual(390);
        await page.evaluate(
            `(() => { const { sort } = document.getElementById("tools").elements; sort.value = "2"; sort.dispatchEvent(new Event("input", { bubbles: true })); })()`,
        );
        expect((await page.evaluate<readonly string[]>(SHOWN)).slice(-2)).toEqual(["i-b", "i-c"]);
    });
});
