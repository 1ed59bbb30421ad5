import fs from "node:fs";
import path from "node:path";
import { makeReport } from "../../report/report";
import { STATES } from "../support/recordedStates";
import {
    client,
    encrypted,
    exportOf,
    FAILED,
    outputsOf,
    previewOf,
    reportOn,
    urnOf,
    viewOf,
} from "./fixtures";

describe("an exported stack", () => {
    it("is read with all of its fleets, and nothing else of it", () => {
        const view = viewOf(
            exportOf({
                one: outputsOf([client("i-a"), client("i-b", FAILED)], { credentials: encrypted("key") }),
                two: outputsOf([client("i-c", { clusterId: "cl-2" })], { vaultId: "v-2" }),
            }),
        );
        expect(view.names).toEqual({ project: "fleet", stack: "dev" });
        expect(view.takenAt).toBe("2026-11-28T14:49:53.818748385Z");
        expect(view.counts).toEqual({ instances: 3, failed: 1, drift: 1, pending: 1 });
        expect(view.instances.map(({ instanceId, fleet, vaultId }) => [instanceId, fleet, vaultId])).toEqual([
            ["i-b", "one", "v-1"],
            ["i-a", "one", "v-1"],
            ["i-c", "two", "v-2"],
        ]);
        expect(view.gaps).toEqual([]);
    });

    it.each(fs.readdirSync(STATES))("of an earlier version (%s) is read", (file) => {
        const { deployment } = JSON.parse(fs.readFileSync(path.join(STATES, file), "utf8")) as {
            deployment: { resources: { urn: string; outputs?: { clients?: object } }[] };
        };
        const ids = deployment.resources
            .filter(({ urn }) => urn.includes(":BackupClients::"))
            .flatMap(({ outputs }) => Object.keys(outputs?.clients ?? {}));
        expect(ids.length).toBeGreaterThan(0);
        const { instances, gaps } = viewOf({ version: 3, deployment });
        expect(instances.map(({ instanceId }) => instanceId).sort()).toEqual(ids.sort());
        expect(gaps).toEqual([]);
    });

    it.each([
        ["no resources", { version: 3, deployment: { manifest: {} } }],
        ["null", { version: 3, deployment: { resources: null } }],
        ["a stack alone", exportOf({})],
    ])("may be empty (%s)", (_, document) => {
        const report = reportOn([document], { format: "markdown", failOn: ["failed", "drift"] });
        expect(report).toMatchObject({ held: [], untold: [] });
        expect(report.content).toContain("There is no client in what was read.");
    });

    it("whose clients are a secret says so, and shows none of them even if they are readable", () => {
        const outputs = { ...outputsOf([]), clients: encrypted('{"i-a":{}}') };
        const report = reportOn([exportOf({ one: outputs, two: outputsOf([client("i-b")]) })], {
            failOn: ["failed"],
        });
        expect(report.untold).toEqual(["one: its output clients is a secret, so it is not shown"]);
        expect(report.content).not.toContain("i-a");
    });

    it("does not show the clients of a resource that is gone, or half replaced, as if they were there", () => {
        const gone = exportOf({ one: outputsOf([client("i-a")]) }, { pendingReplacement: true });
        expect(viewOf(gone)).toMatchObject({ instances: [], gaps: [{ about: "clients" }] });
        const left = exportOf({ one: outputsOf([client("i-a")]) }, { delete: true });
        expect(viewOf(left)).toMatchObject({
            instances: [],
            gaps: [],
            remarks: [expect.stringMatching(/^one: /)],
        });
    });
});

describe("the outputs of a stack", () => {
    const clients = outputsOf([client("i-a"), client("i-b", FAILED)]).clients;

    it("are read wherever they hold clients, each map once", () => {
        const resource = {
            urn: urnOf("hana"),
            id: "v-1",
            ...outputsOf([client("i-a"), client("i-b", FAILED)]),
        };
        const more = outputsOf([client("i-c")]).clients;
        const view = viewOf({
            clients,
            fleets: { prd: resource, qas: more },
            failed: ["i-b"],
            note: "[secret]",
        });
        expect(view.instances.map(({ instanceId, fleet, vaultId }) => [instanceId, fleet, vaultId])).toEqual([
            ["i-b", "fleets.prd", "v-1"],
            ["i-a", "fleets.prd", "v-1"],
            ["i-c", "fleets.qas", undefined],
        ]);
        expect(view.names).toBeUndefined();
    });

    it("count two resources whose clients are alike", () => {
        const failed = client("i-a", { ...FAILED, clientId: undefined });
        const [one, two] = [outputsOf([failed]), outputsOf([failed], { vaultId: "v-2" })];
        const failedIn = (outputs: object): number => viewOf(outputs).counts.failed;
        expect(failedIn({ one, two })).toBe(2);
        expect(failedIn({ one, two, clients: one.clients })).toBe(2);
        expect(failedIn({ one, again: one })).toBe(1);
    });

    it.each([
        ["{}", {}, "the stack has no outputs (use `pulumi stack export`), or the preview failed"],
        ["no clients", { failed: [], other: { "i-a": { status: "ok" } } }, "no output holds clients: "],
        ["a secret", { clients: "[secret]" }, "no output that is readable holds clients: "],
    ])("without clients (%s) tell nothing", (_, document, text) => {
        const { untold, content } = reportOn([document], { failOn: ["failed", "drift"], format: "markdown" });
        expect(untold).toEqual([expect.stringContaining(text)]);
        expect(content).toContain(text);
    });
});

describe("a document that cannot be read", () => {
    const newer = { ...outputsOf([]), __version: 99 };

    it.each([
        ["nothing", "", /^file1: is empty: it has to be what `pulumi stack export`/],
        ["something else", "Error: passphrase must be set", /^file1: is not JSON: it has to be/],
        ["a list", [], /^file1: is no object: /],
        [
            "half an export",
            { version: 3, deployment: { resources: [{}] } },
            /^file1: looks like `pulumi stack export`, and is not what this version reads \(at deployment\.resources\.0\.urn\)$/,
        ],
        [
            "a preview of another shape",
            { duration: 1, steps: 4 },
            /^file1: looks like `pulumi preview --json`, .* \(at steps\)$/,
        ],
        [
            "a later state",
            exportOf({ one: newer }),
            /^file1: one was written by a newer pulumi-alicloud-hbr \(state version 99, this one knows 2\): update the package$/,
        ],
        [
            "a client without a status",
            exportOf({ one: outputsOf([{ instanceId: "i-a" }]) }),
            /^file1: one: clients\.i-a\.status is not what a client looks like$/,
        ],
    ])("(%s) is an error that names it, and quotes nothing", (_, document, message) => {
        expect(() => reportOn([document])).toThrow(message);
    });

    it("is one of two of a kind", () => {
        expect(() => reportOn([exportOf({}), exportOf({})])).toThrow("file1 and file2 are of one kind");
        expect(() => reportOn([previewOf([]), previewOf([])])).toThrow("file1 and file2 are of one kind");
    });

    it("is none in UTF-16, as PowerShell writes it, or with a byte order mark", () => {
        const text = JSON.stringify(exportOf({ one: outputsOf([client("i-a")]) }));
        for (const content of [Buffer.from(`\uFEFF${text}`, "utf16le"), Buffer.from(`\uFEFF${text}`)]) {
            const report = makeReport([{ name: "file", content }], { format: "json", failOn: [] });
            expect(report.content).toContain('"i-a"');
        }
    });
});
