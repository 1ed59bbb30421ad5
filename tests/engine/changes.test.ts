import { expectOk, secret, type ResourceSpec, type Result } from "./harness";
import {
    clientIdOf,
    clientsOf,
    CLUSTER,
    countOf,
    failedIn,
    fleet,
    operationsOf,
    OTHER_CLUSTER,
    planOf,
    recordsOf,
    saidOf,
    type Scene,
    scenes,
    statusesOf,
    touchedBy,
    vaultOf,
    vaultsOf,
    agentsIn,
} from "./support";

const scene = scenes();

/** An instance with an access key of its own. */
function withKey(instanceId: string, accessKeySecret: string): Record<string, unknown> {
    return {
        instanceId,
        clusterId: CLUSTER,
        accessKeyId: "LTAIexample",
        accessKeySecret: secret(accessKeySecret),
    };
}

describe("a change of a fleet", () => {
    /** A resource for each change: how it is first, how it is then, whom that concerns, and the plan. */
    const changes: Record<
        string,
        { before: ResourceSpec; after: ResourceSpec; touched: object; plan: string }
    > = {
        more: {
            before: fleet("more", ["i-a1", "i-a2"]),
            after: fleet("more", ["i-a1", "i-a2", "i-a3"]),
            touched: { installed: ["i-a3"], uninstalled: [], deleted: [] },
            plan: "plan: install 1: i-a3; keep 2",
        },
        less: {
            before: fleet("less", ["i-b1", "i-b2", "i-b3"]),
            after: fleet("less", ["i-b1", "i-b3"]),
            touched: { installed: [], uninstalled: ["i-b2"], deleted: [] },
            plan: "plan: uninstall 1: i-b2; keep 2",
        },
        cluster: {
            before: fleet("cluster", ["i-c1", "i-c2"]),
            after: fleet("cluster", ["i-c1", { instanceId: "i-c2", clusterId: OTHER_CLUSTER }]),
            touched: { installed: ["i-c2"], uninstalled: ["i-c2"], deleted: [] },
            plan: `plan: reinstall 1: i-c2 (clusterId ${CLUSTER} → ${OTHER_CLUSTER}); keep 1`,
        },
        https: {
            before: fleet("https", ["i-d1", "i-d2"], { useHttps: false }),
            after: fleet("https", ["i-d1", "i-d2"], { useHttps: true }),
            touched: { installed: ["i-d1", "i-d2"], uninstalled: ["i-d1", "i-d2"], deleted: [] },
            plan: "plan: reinstall 2: i-d1, i-d2 (useHttps false → true)",
        },
        group: {
            before: fleet("group", ["i-e1"], { resourceGroupId: "rg-one" }),
            after: fleet("group", ["i-e1"], { resourceGroupId: "rg-two" }),
            touched: { installed: ["i-e1"], uninstalled: ["i-e1"], deleted: [] },
            plan: "plan: reinstall 1: i-e1 (resourceGroupId rg-one → rg-two)",
        },
        types: {
            before: fleet("types", ["i-f1", "i-f2"]),
            after: fleet("types", [
                { instanceId: "i-f1", clusterId: CLUSTER, sourceTypes: ["HANA", "ORACLE"] },
                "i-f2",
            ]),
            touched: { installed: ["i-f1"], uninstalled: ["i-f1"], deleted: [] },
            plan: "plan: reinstall 1: i-f1 (sourceTypes HANA → HANA+ORACLE); keep 1",
        },
        key: {
            before: fleet("key", [withKey("i-g1", "first secret"), withKey("i-g2", "other secret")]),
            after: fleet("key", [withKey("i-g1", "second secret"), withKey("i-g2", "other secret")]),
            touched: { installed: ["i-g1"], uninstalled: ["i-g1"], deleted: [] },
            plan: "plan: reinstall 1: i-g1 (access key changed); keep 1",
        },
        triggers: {
            before: fleet("triggers", ["i-h1", "i-h2"], { triggers: ["2026-01"] }),
            after: fleet("triggers", ["i-h1", "i-h2"], { triggers: ["2026-02"] }),
            touched: { installed: ["i-h1", "i-h2"], uninstalled: ["i-h1", "i-h2"], deleted: [] },
            plan: "plan: reinstall 2: i-h1, i-h2 (triggers changed)",
        },
        alert: {
            before: fleet("alert", ["i-k1"]),
            after: fleet("alert", ["i-k1"], { alertSetting: "INHERITED" }),
            touched: { installed: ["i-k1"], uninstalled: ["i-k1"], deleted: [] },
            plan: "plan: reinstall 1: i-k1 (alertSetting (none) → INHERITED)",
        },
    };
    let simulator: Scene["simulator"];
    let preview: Result;
    let up: Result;

    beforeAll(async () => {
        const names = Object.keys(changes);
        const { stack, ...its } = await scene({ world: vaultsOf(...names) });
        simulator = its.simulator;
        expectOk(await stack.up(Object.values(changes).map(({ before }) => before)));
        simulator.patchClient(clientIdOf(simulator, "i-k1"), { alertSetting: "DISABLED" });
        simulator.resetRequests();
        const after = Object.values(changes).map((change) => change.after);
        preview = expectOk(await stack.preview(after));
        expect(simulator.requests().total).toBe(0);
        up = expectOk(await stack.up(after));
    });

    it.each(Object.keys(changes))(
        "%s: the plan says it, and just the clients concerned are touched",
        (name) => {
            const { after, plan, touched } = changes[name] ?? { after: fleet(name, []) };
            expect(planOf(preview, name)).toBe(plan);
            expect(planOf(up, name)).toBe(plan);
            expect(operationsOf(up)[name]).toBe("update");
            expect(touchedBy(simulator, name)).toEqual(touched);

            const declared = after.args?.instances as { instanceId: string; clusterId: string }[];
            expect(clientsOf(up.state, name)).toEqual(
                Object.fromEntries(
                    declared.map(({ instanceId, clusterId }) => [
                        instanceId,
                        expect.objectContaining({
                            clusterId,
                            status: "ACTIVATED",
                            installed: true,
                        }) as unknown,
                    ]),
                ),
            );
            const agents = agentsIn(simulator).filter(({ vaultId }) => vaultId === vaultOf(name));
            expect(Object.fromEntries(agents.map(({ instanceId, status }) => [instanceId, status]))).toEqual(
                statusesOf(up.state, name),
            );
            expect(failedIn(up.state, name)).toEqual([]);
        },
    );

    it("installs nothing twice, and each batch with one call", () => {
        expect(simulator.requests().duplicateInstalls).toBe(0);
        // One call for each resource but the one that only lost an instance.
        expect(countOf(simulator, "CreateClients")).toBe(Object.keys(changes).length - 1);
    });

    it("hands the new settings to the service", () => {
        const sent = (name: string): Record<string, string> =>
            simulator
                .requests()
                .log.find(
                    ({ action, parameters }) =>
                        action === "CreateClients" && parameters.VaultId === vaultOf(name),
                )?.parameters ?? {};
        expect(sent("https").UseHttps).toBe("true");
        expect(sent("group").ResourceGroupId).toBe("rg-two");
        expect(sent("alert").AlertSetting).toBe("INHERITED");
        expect(sent("types").ClientInfo).toContain('"sourceTypes":["HANA","ORACLE"]');
        expect(sent("key").ClientInfo).toContain('"accessKeySecret":"***"');
        expect(sent("cluster").ClientInfo).toContain(`"clusterId":"${OTHER_CLUSTER}"`);
    });

    it("passes an undocumented source type on, with a warning", () => {
        expect(saidOf(preview, "types")).toContainEqual(
            expect.stringMatching(/^warning: i-f1: sourceTypes ORACLE is not documented/),
        );
    });
});

describe("a change that no client notices", () => {
    const before = [
        fleet("order", ["i-a1", "i-a2", { ...withKey("i-a3", "third secret") }]),
        fleet("defaults", ["i-b1"]),
        // As a state has it from when 4 was the default.
        fleet("former-default", ["i-i1"], { rollout: { parallelism: 4 } }),
        fleet("old-name", ["i-c1"]),
        fleet("deleting", ["i-d1"]),
        fleet("retain", ["i-e1"]),
        fleet("rollout", ["i-f1"]),
        fleet("adopt", ["i-g1"]),
        fleet("timeouts", ["i-h1"]),
    ];
    const after = [
        fleet("order", [withKey("i-a3", "third secret"), "i-a2", "i-a1"]),
        fleet("defaults", [{ instanceId: "i-b1", clusterId: CLUSTER, sourceTypes: ["HANA"] }], {
            region: "cn-hangzhou",
            rollout: { batchSize: 20, parallelism: 4 },
            removal: "Uninstall",
            crossAccountType: "SELF_ACCOUNT",
            resourceGroupId: "",
            adoptExisting: true,
        }),
        fleet("former-default", ["i-i1"]),
        { ...fleet("old-name", ["i-c1"]), name: "new-name", opts: { aliases: [{ name: "old-name" }] } },
        fleet("deleting", ["i-d1"], { removal: "UninstallAndDelete" }),
        fleet("retain", ["i-e1"], { removal: "Retain" }),
        fleet("rollout", ["i-f1"], { rollout: { batchSize: 5, maxFailures: 1 } }),
        fleet("adopt", ["i-g1"], { adoptExisting: false }),
        fleet("timeouts", ["i-h1"], {}, { customTimeouts: { delete: "45m" } }),
    ];
    const unchanged = ["order", "defaults", "former-default", "new-name"];
    const settingsOnly = ["deleting", "retain", "rollout", "adopt", "timeouts"];
    let simulator: Scene["simulator"];
    let first: Result;
    let preview: Result;
    let up: Result;
    let destroy: Result;

    beforeAll(async () => {
        const { stack, config, ...its } = await scene({ world: vaultsOf(...before.map(({ name }) => name)) });
        simulator = its.simulator;
        first = expectOk(await stack.up(before));
        simulator.resetRequests();
        const rotated = {
            "alicloud:accessKey": secret("another-id"),
            "alicloud:secretKey": secret("another"),
        };
        await stack.setConfig({ ...config, ...rotated });
        preview = expectOk(await stack.preview(after));
        await stack.setConfig(config);
        up = expectOk(await stack.up(after));
        expect(simulator.requests().total).toBe(0);
        destroy = expectOk(await stack.destroy());
    });

    it.each(unchanged)("%s: no diff, also with rotated provider credentials", (name) => {
        expect(operationsOf(preview)[name]).toBe("same");
        expect(operationsOf(up)[name]).toBe("same");
        expect(saidOf(up, name)).toEqual([]);
        const former = name === "new-name" ? "old-name" : name;
        // A secret is encrypted anew each time the state is written.
        const same = { credentials: expect.anything() as unknown };
        const { credentials, ...outputs } = first.state.resource(former).outputs ?? {};
        expect(up.state.resource(name).outputs).toEqual({ ...outputs, ...(credentials ? same : {}) });
    });

    it.each(settingsOnly)("%s: recorded in the state, without an API call", (name) => {
        expect(operationsOf(up)[name]).toBe("update");
        expect(saidOf(preview, name)).toEqual(["info: plan: record settings"]);
        expect(saidOf(up, name)).toEqual(["info: plan: record settings"]);
        expect(clientsOf(up.state, name)).toEqual(clientsOf(first.state, name));
    });

    it("has them in the outputs, where destroy reads them", () => {
        const outputs = (name: string): unknown => up.state.resource(name).outputs;
        expect(outputs("deleting")).toMatchObject({ removal: "UninstallAndDelete" });
        expect(outputs("rollout")).toMatchObject({
            rollout: { batchSize: 5, maxFailures: 1 },
        });
        expect(outputs("adopt")).toMatchObject({ adoptExisting: false });
        expect(outputs("timeouts")).toMatchObject({ __timeouts: { delete: "45m" } });
    });

    it("destroys with the removal that was recorded last", () => {
        expect(destroy.state.resources).toEqual([]);
        expect(recordsOf(simulator, "rollout")).toEqual({ "i-f1": "NOT_INSTALLED" });
        expect(recordsOf(simulator, "deleting")).toEqual({});
        expect(recordsOf(simulator, "retain")).toEqual({ "i-e1": "ACTIVATED" });
        expect(saidOf(destroy, "retain")).toContainEqual(
            expect.stringMatching(/^warning: removal "Retain": the clients of i-e1 stay as they are/),
        );
    });
});
