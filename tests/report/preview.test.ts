import { client, exportOf, FAILED, outputsOf, previewOf, reportOn, urnOf, viewOf } from "./fixtures";

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

    it("removes clients also where its plan line is too long to be shown whole", () => {
        const moves = Array.from({ length: 10 }, (_, index) => `i-${index} (${"x".repeat(200)})`);
        const plan = `plan: reinstall 10: ${moves.join(", ")}; uninstall 1: i-a`;
        const step = { op: "update", name: "one", old: before, new: before, plan };
        const { held, content } = reportOn([previewOf([step])], { failOn: ["removal"] });
        expect(held).toEqual(["removal: one"]);
        expect(content).not.toContain("uninstall 1");
    });

    it.each([
        ["the instances are not known yet", "plan: known once the instances are known"],
        ["the preview has no plan line", undefined],
    ])("does not tell whether an update removes clients if %s", (_, plan) => {
        const step = { name: "one", new: before, ...(plan !== undefined && { plan }) };
        const update = reportOn([previewOf([{ ...step, op: "update", old: before }])], {
            failOn: ["removal", "failed"],
        });
        expect(update.untold).toEqual([expect.stringMatching(/^one: .*removes clients/)]);
        const create = reportOn([previewOf([{ ...step, op: "create" }])], { failOn: ["removal"] });
        expect(create).toMatchObject({ held: [], untold: [] });
    });

    it("shows the clients of the resource, and not of one that it has replaced and that is still to be removed", () => {
        const left = { op: "delete", name: "one", old: outputsOf([client("i-x")]) };
        const kept = { op: "same", name: "one", old: outputsOf([client("i-a")]) };
        for (const steps of [
            [left, kept],
            [kept, left],
        ])
            expect(viewOf(previewOf(steps))).toMatchObject({
                instances: [{ instanceId: "i-a" }],
                plan: [{ operation: "delete", line: "plan: uninstall 1: i-x", removes: true }],
            });
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
                plan: "found: i-a (NOT_INSTALLED)",
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

    it("of a deletion names the clients that are the resource's own", () => {
        const lineOf = (...clients: Record<string, unknown>[]): string | undefined =>
            viewOf(previewOf([{ op: "delete", name: "one", old: outputsOf(clients) }])).plan?.[0]?.line;
        const foreign = client("i-x", { owned: false });
        expect(lineOf(client("i-a"), foreign, client("i-b"))).toBe("plan: uninstall 2: i-a, i-b");
        expect(lineOf(foreign)).toBeUndefined();
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

    it("that failed is no proof that nothing is removed, nor that all clients are well", () => {
        const error = { message: "error: no", severity: "error" };
        const failed = previewOf([{ op: "refresh", name: "one", old: before }], [error]);
        const reason = expect.stringMatching(/^the preview failed/) as unknown;
        for (const condition of ["failed", "drift", "removal"] as const)
            expect(reportOn([previewOf([], [error])], { failOn: [condition] }).untold).toEqual([reason]);
        for (const format of ["markdown", "html"] as const)
            expect(reportOn([failed], { format }).content).toContain("It is not known.");
        expect(reportOn([failed], { failOn: ["drift", "removal"] }).untold).toEqual([reason]);
        const state = exportOf({ one: outputsOf([client("i-a")]) });
        expect(reportOn([failed, state], { failOn: ["drift"] })).toMatchObject({ held: [], untold: [] });
        expect(reportOn([failed, state], { failOn: ["removal"] }).untold).toEqual([reason]);
    });

    it("that leaves out what does not change says so, and vouches for no client", () => {
        const steps = previewOf([
            { op: "update", name: "one", old: before, new: before, plan: "plan: record settings" },
        ]);
        const short = { ...steps, changeSummary: { update: 1, same: 2 } };
        expect(reportOn([short], { failOn: ["failed", "removal"] }).untold).toEqual([
            "the preview leaves out what does not change, so it may not show every client: add --show-sames to the command",
        ]);
        expect(reportOn([short], { failOn: ["removal"] }).untold).toEqual([]);
        const state = exportOf({ one: outputsOf([client("i-a")]) });
        expect(reportOn([short, state], { failOn: ["failed"] }).untold).toEqual([]);
        const whole = previewOf([
            { op: "update", name: "one", old: before, new: before },
            { op: "same", name: "two", old: before, new: before },
        ]);
        const summary = { changeSummary: { update: 1, same: 1 } };
        expect(reportOn([{ ...whole, ...summary }], { failOn: ["failed"] }).untold).toEqual([]);
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
    const message = "<{%reset%}>found: i-a (STOPPED)<{%reset%}>\n";
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
            { operation: "refresh", line: "found: i-a (STOPPED)" },
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
