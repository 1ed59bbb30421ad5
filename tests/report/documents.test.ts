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

    it.each([
        ["{}", {}, "no output holds clients: "],
        ["no clients", { failed: [], other: { "i-a": { status: "ok" } } }, "no output holds clients: "],
        ["a secret", { clients: "[secret]" }, "no output that is readable holds clients: "],
    ])("without clients (%s) tell nothing", (_, document, text) => {
        const { untold, content } = reportOn([document], { failOn: ["failed", "drift"], format: "markdown" });
        expect(untold).toEqual([expect.stringContaining(text)]);
        expect(content).toContain(text);
    });
});

describe("a preview", () => {
    const before = outputsOf([client("i-a"), client("i-b", FAILED)]);

    it("has the plan of each resource that changes, those that lose clients first, and the state from before", () => {
        const view = viewOf(
            previewOf(
                [
                    { op: "create", name: "created", new: outputsOf([]), plan: "plan: install 1: i-n" },
                    {
                        op: "update",
                        name: "updated",
                        old: before,
                        new: before,
                        plan: "plan: uninstall 1: i-a; keep 1",
                    },
                    { op: "same", name: "kept", old: outputsOf([client("i-k")]), new: before },
                    { op: "delete", name: "deleted", old: outputsOf([client("i-d")]) },
                ],
                [{ urn: urnOf("updated"), message: "warning: ACTIVATED", severity: "warning" }],
            ),
        );
        expect(view.plan).toEqual([
            {
                name: "deleted",
                operation: "delete",
                line: "plan: uninstall 1: i-d",
                removes: true,
                warnings: 0,
            },
            {
                name: "updated",
                operation: "update",
                line: "plan: uninstall 1: i-a; keep 1",
                removes: true,
                warnings: 1,
            },
            {
                name: "created",
                operation: "create",
                line: "plan: install 1: i-n",
                removes: false,
                warnings: 0,
            },
        ]);
        expect(view.counts).toMatchObject({ instances: 4, failed: 1, removals: 2 });
    });

    it.each([
        ["uninstall 1: i-a", true],
        [
            "install 2: i-a, i-b; uninstall and delete 1: i-c (their backups may be deleted with their records)",
            true,
        ],
        ["remove 1: i-a (their backups may be deleted with their records)", true],
        ["install 1: i-a; retain 1: i-b", false],
        ["reinstall 1: i-a (clusterId cl-1 → cl-2); keep 3", false],
        ["record settings", false],
    ])("with the plan `%s` removes clients: %s", (plan, removes) => {
        const step = { op: "update", name: "one", old: before, new: before, plan: `plan: ${plan}` };
        const { held } = reportOn([previewOf([step])], { failOn: ["removal"] });
        expect(held).toEqual(removes ? ["removal: one"] : []);
    });

    it.each([["replace"], ["delete-replaced"], ["create-replacement"]])(
        "with the step %s is a replacement",
        (op) => {
            const { plan } = viewOf(
                previewOf([{ op, name: "one", old: before, new: before, plan: "plan: install 2: i-a" }]),
            );
            expect(plan).toMatchObject([{ operation: "replace", removes: true }]);
        },
    );

    it("that refreshes tells the plan from after the refresh, and not what became of the clients", () => {
        const steps = [
            {
                op: "refresh",
                name: "one",
                old: outputsOf([client("i-a")]),
                new: outputsOf([client("i-a")]),
                plan: "plan: keep 1",
            },
            {
                op: "update",
                name: "one",
                old: before,
                new: before,
                plan: "plan: repair 1: i-a (NOT_INSTALLED)",
            },
        ];
        const document = previewOf(steps);
        expect(viewOf(document).plan).toMatchObject([
            { operation: "update", line: "plan: repair 1: i-a (NOT_INSTALLED)", removes: false },
        ]);
        expect(reportOn([document], { failOn: ["drift"] }).untold).toEqual([
            expect.stringContaining("set PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true"),
        ]);
    });

    it("that refreshes calls a resource gone of which nothing is left, and no deletion", () => {
        const steps = [
            { op: "refresh", name: "other", old: before, new: before },
            { op: "delete", name: "gone", old: outputsOf([client("i-x")]) },
        ];
        const view = viewOf(previewOf(steps));
        expect(view.plan).toEqual([{ name: "gone", operation: "gone", removes: false, warnings: 0 }]);
        expect(view.instances.find(({ fleet }) => fleet === "gone")).toMatchObject({
            instanceId: "i-x",
            status: "NOT_INSTALLED",
            isDrift: true,
        });
        const again = viewOf(
            previewOf([...steps, { op: "create", name: "gone", plan: "plan: install 1: i-x" }]),
        );
        expect(again.plan).toMatchObject([{ name: "gone", operation: "create", removes: false }]);
    });

    it("of a deletion says what `removal` makes of the clients, as far as the state tells", () => {
        const lineOf = (more: object): string | undefined =>
            viewOf(previewOf([{ op: "delete", name: "one", old: outputsOf([client("i-a")], more) }]))
                .plan?.[0]?.line;
        const warned = "1: i-a (their backups may be deleted with their records)";
        expect(lineOf({ removal: "Retain" })).toBe("plan: retain 1: i-a");
        expect(lineOf({ removal: "UninstallAndDelete" })).toBe(`plan: uninstall and delete ${warned}`);
        expect(lineOf({ removal: "UninstallAndDelete", __version: 1 })).toBe(`plan: remove ${warned}`);
    });

    it("that failed is no proof that nothing is removed", () => {
        const error = { message: "error: no", severity: "error" };
        const { untold, held } = reportOn([previewOf([], [error])], { failOn: ["removal"] });
        expect({ untold, held }).toEqual({
            untold: [expect.stringMatching(/^the preview failed/)],
            held: [],
        });
    });

    it("of an empty program has no change", () => {
        const { content } = reportOn([{ config: {}, duration: 1, changeSummary: {} }], {
            format: "markdown",
        });
        expect(content).toContain("No change.");
    });

    it("goes with a state beside it, which then is the one that is shown", () => {
        const preview = previewOf([{ op: "delete", name: "one", old: before }]);
        const view = viewOf(preview, exportOf({ one: outputsOf([client("i-z")]) }));
        expect(view.instances.map(({ instanceId }) => instanceId)).toEqual(["i-z"]);
        expect(view.counts.removals).toBe(1);
    });
});

describe("the events of a preview", () => {
    /** One on each line. */
    function linesOf(events: readonly object[]): string {
        return events
            .map((event, sequence) => JSON.stringify({ sequence, timestamp: 1, ...event }))
            .join("\n");
    }

    function step(
        kind: "resourcePreEvent" | "resOutputsEvent",
        op: string,
        old: unknown,
        planned: unknown,
    ): object {
        const states = { old: { outputs: old }, new: planned === undefined ? null : { outputs: planned } };
        return { [kind]: { metadata: { op, urn: urnOf("hana"), ...states } } };
    }

    const before = outputsOf([client("i-a"), client("i-b")]);
    const found = outputsOf([client("i-a", { status: "STOPPED" }), client("i-b")]);
    const message = "<{%reset%}>plan: repair 1: i-a (STOPPED); keep 1<{%reset%}>\n";
    const refreshed = [
        { preludeEvent: { config: {} } },
        step("resourcePreEvent", "refresh", before, before),
        { diagnosticEvent: { urn: urnOf("hana"), message, severity: "info" } },
        {
            diagnosticEvent: {
                urn: urnOf("hana"),
                message: "plan: never",
                severity: "info",
                ephemeral: true,
            },
        },
        step("resOutputsEvent", "update", before, found),
    ];
    const end = { summaryEvent: {} };

    it("hold what a refresh has found", () => {
        const report = reportOn([linesOf([...refreshed, end])], { failOn: ["drift", "removal"] });
        expect(report).toMatchObject({ held: ["drift: 1 client"], untold: [] });
        expect(viewOf(linesOf([...refreshed, end])).plan).toMatchObject([
            { operation: "refresh", line: "plan: repair 1: i-a (STOPPED); keep 1" },
        ]);
    });

    it("tell of a resource of which a refresh has found nothing", () => {
        const events = [
            step("resourcePreEvent", "refresh", before, before),
            step("resOutputsEvent", "delete", before, undefined),
            end,
        ];
        const view = viewOf(linesOf(events));
        expect(view.plan).toMatchObject([{ operation: "gone", removes: false }]);
        expect(view.counts).toMatchObject({ instances: 2, drift: 2 });
    });

    it("that end early are no proof that nothing is removed", () => {
        const { untold } = reportOn([linesOf(refreshed)], { failOn: ["removal"] });
        expect(untold).toEqual([expect.stringMatching(/^the preview failed, or was stopped/)]);
    });

    it("are told from other lines", () => {
        expect(() => reportOn(['{"a":1}\n{"a":2}'])).toThrow(/^file1: is not JSON: /);
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
