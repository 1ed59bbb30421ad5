import { currentSettings } from "../../provider/config/settings";
import { isClaimedByOther } from "../../provider/claims";
import { configure, create, read, update } from "../../provider/hooks";
import { PartialFailure } from "../../provider/report";
import type { RecordedOutputs } from "../../provider/state";
import { Simulator } from "../../simulator";
import { known, recorded } from "./recorded";
import { saidTo } from "./simulated";

/** What the hooks do to a resource that is in the state already, with the service in this process. */

const clientOf = (instanceId: string, status: "ACTIVATED" | "UNKNOWN" = "ACTIVATED", clusterId = "cl-1") => ({
    vaultId: "v-1",
    instanceId,
    clientId: `c-${instanceId}`,
    clusterId,
    status,
});
const simulator = new Simulator({
    installTime: 20,
    world: {
        vaults: ["v-1", "v-empty"],
        clients: [clientOf("i-1"), clientOf("i-2", "UNKNOWN"), clientOf("i-3", "ACTIVATED", "cl-2")],
    },
});
const said = saidTo(simulator, { "alicloud:region": "cn-hangzhou" });

const urnOf = (name: string): { readonly __urn: string } => ({ __urn: `urn:pulumi:dev::p::t::${name}` });

function inState(name: string, ...more: Parameters<typeof recorded>): RecordedOutputs {
    return { ...recorded(...more), ...urnOf(name) };
}

interface Outs {
    readonly outs?: unknown;
}
interface Props {
    readonly props?: unknown;
}

const refuse = (action: string, code: string, status: number): void => {
    simulator.addFault({ action, kind: "status", status, code, times: "always" });
};

describe("an update", () => {
    const ONE = { instances: [{ instanceId: "i-1", clusterId: "cl-1" }] };
    const WITH_THIRD = { instances: [...ONE.instances, { instanceId: "i-3", clusterId: "cl-2" }] };

    test("of settings alone records them, and calls nothing", async () => {
        const olds = inState("settings", ONE);
        const news = { ...known({ ...ONE, removal: "Retain" }), ...urnOf("settings") };
        expect(await update("v-1", olds, news)).toEqual({ outs: { ...olds, removal: "Retain" } });
        expect(simulator.requests().total).toBe(0);
    });

    test("goes on from the state: what is there it keeps, and what it adopts it records", async () => {
        const news = { ...known(WITH_THIRD), ...urnOf("adopting") };
        const { outs } = (await update("v-1", inState("adopting", ONE), news)) as Outs;
        expect(outs).toMatchObject({
            clients: { "i-1": { clientId: "c-i-1" }, "i-3": { clientId: "c-i-3", status: "ACTIVATED" } },
            taskIds: ["t-1"],
            failedInstanceIds: [],
        });
        expect(simulator.requests().byAction).toEqual({ DescribeClients: expect.any(Number) as number });
        const third = { vaultId: "v-1", region: "cn-hangzhou", instanceId: "i-3", clusterId: "cl-2" };
        expect(isClaimedByOther("urn:other", third)).toBe(true);
    });

    test("is not needed to adopt: a creation does, and records no task", async () => {
        const { outs } = (await create({ ...known(ONE), ...urnOf("created") })) as Outs;
        expect(outs).toMatchObject({ clients: { "i-1": { clientId: "c-i-1" } }, taskIds: [] });
    });

    test("that the service refuses at once leaves the state as it is", async () => {
        refuse("DescribeClients", "NoPermission", 403);
        const news = { ...known(WITH_THIRD), ...urnOf("refused") };
        const failure: unknown = await update("v-1", inState("refused", ONE), news).catch(
            (reason: unknown) => reason,
        );
        // A partial failure would record outputs.
        expect(failure).not.toBeInstanceOf(PartialFailure);
        expect(failure).toMatchObject({
            message: expect.stringMatching(/NoPermission/) as string,
            stack: "refused failed; its own messages say why",
        });
    });

    test("has the time that customTimeouts gives an update", async () => {
        refuse("DescribeClients", "Throttling.User", 400);
        const __timeouts = { create: "1h", update: "50ms", delete: "1h" };
        const news = { ...known(WITH_THIRD), ...urnOf("hasty"), __timeouts };
        await expect(update("v-1", inState("hasty", ONE), news)).rejects.toThrow(/0\.1 s/);
    });
});

describe("a refresh", () => {
    test("says what it has found, and records it", async () => {
        const instances = ["i-1", "i-2", "i-lost"].map((instanceId) => ({ instanceId, clusterId: "cl-1" }));
        const olds = inState("found", { instances });
        expect(await read("v-1", olds)).toMatchObject({
            id: "v-1",
            props: {
                ...olds,
                clients: {
                    "i-1": olds.clients["i-1"],
                    "i-2": { ...olds.clients["i-2"], status: "UNKNOWN" },
                    "i-lost": { clientId: "c-i-lost", status: "NOT_INSTALLED", installed: false },
                },
            },
        });
        expect(said).toEqual([
            "UNKNOWN: the clients of i-2 are left as they are",
            "found: i-lost (NOT_INSTALLED)",
        ]);
    });

    test("of a fleet as it should be says nothing, and keeps what an earlier version wrote of the removal", async () => {
        const first = { ...inState("as it was", { instances: [{ instanceId: "i-1", clusterId: "cl-1" }] }) };
        const { props } = (await read("v-1", {
            ...first,
            removal: "UninstallAndDelete",
            __version: 1,
        })) as Props;
        expect(props).toMatchObject({ removal: "UninstallAndDelete", __version: 1 });
        expect(said).toHaveLength(0);
    });

    test("takes a resource out of the state whose clients are all gone", async () => {
        const olds = inState("emptied", { vaultId: "v-empty" });
        expect(await read("v-empty", olds)).toEqual({ id: "" });
        expect(said).toEqual([
            "none of its clients is left (region cn-hangzhou): the resource leaves the state",
        ]);
    });

    test("takes a resource out of the state whose vault is gone", async () => {
        expect(await read("v-none", inState("homeless", { vaultId: "v-none" }))).toEqual({ id: "" });
        expect(said).toEqual([
            "there is no vault v-none any more (region cn-hangzhou): the resource leaves the state",
        ]);
    });

    test("that the service refuses takes nothing out of the state", async () => {
        refuse("DescribeClients", "NoPermission", 403);
        await expect(read("v-1", inState("hidden"))).rejects.toMatchObject({
            message: expect.stringMatching(/NoPermission/) as string,
            stack: "hidden failed; its own messages say why",
        });
    });

    test("shows no key of a client that the service quotes, although this process has sent none", async () => {
        const message = "the agents do not take odd-secret-1";
        simulator.addFault({ action: "DescribeClients", kind: "status", status: 403, code: "Odd", message });
        const credentials = [{ accessKeyId: "odd-id-1", accessKeySecret: "odd-secret-1" }];
        await expect(read("v-1", inState("quoted", { credentials }))).rejects.toThrow(
            "the agents do not take [redacted]",
        );
    });
});

describe("BackupClients.get", () => {
    test("has the clients of the cluster that its ID names, or of the whole vault", async () => {
        const cluster = await read("v-1/cl-2", urnOf("cluster"));
        expect(cluster).toMatchObject({
            id: "v-1/cl-2",
            props: { vaultId: "v-1", region: "cn-hangzhou" },
            inputs: { vaultId: "v-1", region: "cn-hangzhou", instances: { "i-3": { clusterId: "cl-2" } } },
        });
        const { clients, ...inputs } = cluster.props as RecordedOutputs;
        expect(Object.keys(clients)).toEqual(["i-3"]);
        expect(Object.keys(cluster.inputs as object)).not.toContain("clients");
        expect(inputs.failedInstanceIds).toEqual([]);
        const vault = await read("v-1", urnOf("vault"));
        expect(Object.keys((vault.props as RecordedOutputs).clients)).toEqual(["i-1", "i-2", "i-3"]);
    });

    test("fails where there is no such vault", async () => {
        const elsewhere = { ...urnOf("nowhere"), region: "cn-beijing" };
        await expect(read("v-none", elsewhere)).rejects.toThrow(
            "there is no vault v-none in region cn-beijing",
        );
    });
});

test("the configuration of the stack is read when it is first needed", async () => {
    const before = { ...currentSettings() };
    const asked: string[] = [];
    const get = (key: string): string | undefined => {
        asked.push(key);
        return key === "alicloud:region" ? "cn-shanghai" : undefined;
    };
    await configure({ config: { get, require: () => "" } });
    expect(asked).toEqual([]);
    expect(currentSettings().region).toBe("cn-shanghai");
    expect(before.region).toBe("cn-hangzhou");
});
