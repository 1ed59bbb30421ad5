import path from "node:path";
import { expectFailed, expectOk, type Result } from "./harness";
import { CLUSTER, fleet, operationsOf, OTHER_CLUSTER, type Scene, scenes, statusesOf } from "./support";

const scene = scenes();

const VAULT = "v-shared";
const client = (instanceId: string, clusterId: string | undefined, status: "ACTIVATED" | "DEACTIVATED") => ({
    ...{ vaultId: VAULT, instanceId, status },
    ...(clusterId !== undefined && { clusterId }),
});

/** A vault with clients of two clusters, one instance in both of them, and another vault. */
const world = {
    vaults: [VAULT, "v-other", "v-empty"],
    clients: [
        client("i-a1", CLUSTER, "ACTIVATED"),
        client("i-a2", CLUSTER, "DEACTIVATED"),
        client("i-b1", OTHER_CLUSTER, "ACTIVATED"),
        client("i-both", CLUSTER, "DEACTIVATED"),
        client("i-both", OTHER_CLUSTER, "ACTIVATED"),
        client("i-none", undefined, "ACTIVATED"),
        { ...client("i-elsewhere", CLUSTER, "ACTIVATED"), vaultId: "v-other" },
    ],
};
const IN_VAULT = {
    ...{ "i-a1": "ACTIVATED", "i-a2": "DEACTIVATED", "i-b1": "ACTIVATED" },
    ...{ "i-both": "ACTIVATED", "i-none": "ACTIVATED" },
};
const IN_CLUSTER = { "i-a1": "ACTIVATED", "i-a2": "DEACTIVATED", "i-both": "DEACTIVATED" };

function onlyReads(simulator: Scene["simulator"]): void {
    expect(Object.keys(simulator.requests().byAction)).toEqual(["DescribeClients"]);
    expect(simulator.world().clients).toHaveLength(world.clients.length);
}

describe("BackupClients.get", () => {
    let simulator: Scene["simulator"];
    let up: Result;
    let again: Result;
    let destroy: Result;

    beforeAll(async () => {
        const { stack, ...its } = await scene({ world });
        simulator = its.simulator;
        const program = [
            { name: "vault", get: VAULT },
            { name: "cluster", get: `${VAULT}/${CLUSTER}` },
            { name: "empty", get: "v-empty" },
        ];
        up = expectOk(await stack.up(program));
        again = expectOk(await stack.up(program));
        destroy = expectOk(await stack.destroy());
    });

    it("reads every client of a vault", () => {
        expect(statusesOf(up.state, "vault")).toEqual(IN_VAULT);
        expect(up.state.resource("vault")).toMatchObject({
            id: VAULT,
            external: true,
            outputs: { vaultId: VAULT, region: "cn-hangzhou", failedInstanceIds: [], taskIds: [] },
        });
        expect(up.outputs.vault).toMatchObject({
            id: VAULT,
            clients: {
                "i-a1": { clusterId: CLUSTER, installed: true },
                "i-both": { clusterId: OTHER_CLUSTER },
            },
        });
    });

    it("reads those of one cluster", () => {
        expect(statusesOf(up.state, "cluster")).toEqual(IN_CLUSTER);
        expect(up.state.resource("cluster").id).toBe(`${VAULT}/${CLUSTER}`);
    });

    it("reads a vault without any", () => {
        expect(statusesOf(up.state, "empty")).toEqual({});
    });

    it("takes charge of nothing: another run changes nothing, and a destroy leaves the clients alone", () => {
        expect(new Set(Object.values(operationsOf(again)))).toEqual(new Set(["read"]));
        expect(destroy.state.resources).toEqual([]);
        onlyReads(simulator);
    });

    it("fails where there is no such vault", async () => {
        const { stack } = await scene({ world });
        const preview = expectFailed(await stack.preview([{ name: "missing", get: "v-nowhere" }]));
        expect(preview.stdout).toContain("v-nowhere");
        expect(preview.stdout + preview.stderr).not.toContain("    at ");
    });
});

describe("getBackupClients", () => {
    it("looks clients up, in a preview too, with the configuration of the stack", async () => {
        const { stack, simulator, config } = await scene({ world });
        await stack.setConfig({ ...config, "lookup:vaultId": VAULT, "lookup:clusterId": CLUSTER });
        const program = { file: path.join(__dirname, "programs", "lookup", "index.ts") };
        expectOk(await stack.preview(program));
        expect(simulator.requests().byAction.DescribeClients).toBeGreaterThan(0);
        const { outputs } = expectOk(await stack.up(program));
        const statuses = (name: string): object => {
            const { clients } = outputs[name] as { clients: Record<string, { status: string }> };
            return Object.fromEntries(Object.entries(clients).map(([id, { status }]) => [id, status]));
        };
        expect(statuses("all")).toEqual(IN_VAULT);
        expect(statuses("ofCluster")).toEqual(IN_CLUSTER);
        // What a program that does not catch the error would show.
        expect(outputs.missing).toMatch(/^Error: .*VaultNotExist.*v-nowhere/);
        onlyReads(simulator);
    });
});

describe("moving from one resource for each client", () => {
    it("adopts every client that another tool has installed, and installs none", async () => {
        const { stack, simulator } = await scene({
            world: {
                vaults: ["v-hana"],
                // As alicloud.hbr.HanaBackupClient and Terraform leave them: one CreateClients for each resource.
                clients: ["i-a1", "i-a2", "i-a3"].map((instanceId) => ({
                    ...{ vaultId: "v-hana", instanceId, clusterId: CLUSTER, status: "ACTIVATED" as const },
                    ...{ useHttps: true, alertSetting: "INHERITED" },
                })),
            },
        });
        const args = { useHttps: true, alertSetting: "INHERITED" };
        const up = expectOk(await stack.up([fleet("hana", ["i-a1", "i-a2", "i-a3"], args)]));
        expect(up.stdout).toContain("3 adopted");
        expect(simulator.requests().installs).toEqual({});
        const next = expectOk(await stack.preview([fleet("hana", ["i-a1", "i-a2", "i-a3"], args)]));
        expect(operationsOf(next)).toEqual({ hana: "same" });
    });
});
