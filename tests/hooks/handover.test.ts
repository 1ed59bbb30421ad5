import { check, create, delete as remove, diff } from "../../provider/hooks";
import { PartialFailure } from "../../provider/report";
import type { KnownInputs, RecordedOutputs } from "../../provider/state";
import { Simulator } from "../../simulator";
import { saidTo } from "./simulated";

/** Those of each test: a process remembers what every resource declares. */
const INSTANCES = ["i-1", "i-2", "i-3", "i-4", "i-5", "i-6", "i-7", "i-8", "i-9"];
const simulator = new Simulator({
    installTime: 20,
    world: {
        vaults: ["v-1"],
        clients: INSTANCES.map((instanceId) => ({
            vaultId: "v-1",
            instanceId,
            clientId: `c-${instanceId}`,
            clusterId: "cl-1",
            status: "ACTIVATED",
        })),
    },
});
const said = saidTo(simulator);

const programOf = (urn: string, ids: readonly string[]) => ({
    __urn: urn,
    vaultId: "v-1",
    region: "cn-hangzhou",
    instances: ids.map((instanceId) => ({ instanceId, clusterId: "cl-1" })),
    adoptExisting: false,
});

/** What the engine calls first for a resource in the state, or, with no old inputs, for one that is to be created. */
async function checked(urn: string, ids: readonly string[], olds: object = {}): Promise<KnownInputs> {
    return ((await check({ ...olds }, programOf(urn, ids))) as { inputs: KnownInputs }).inputs;
}

/** The outputs of a resource that has these clients. */
async function stateOf(urn: string, ids: readonly string[]): Promise<RecordedOutputs> {
    const clients = ids.map((instanceId) => ({
        instanceId,
        clusterId: "cl-1",
        clientId: `c-${instanceId}`,
        status: "ACTIVATED" as const,
        installed: true,
    }));
    return {
        ...(await checked(urn, ids)),
        clients: Object.fromEntries(clients.map((client) => [client.instanceId, client])),
        taskIds: ["t-1"],
        failedInstanceIds: [],
    };
}

const writes = (): number => {
    const { byAction } = simulator.requests();
    return (byAction["CreateClients"] ?? 0) + (byAction["UninstallClient"] ?? 0);
};

describe("a resource that the engine replaces although its diff replaces nothing", () => {
    test("goes on with the clients of the old one", async () => {
        const olds = await stateOf("one", ["i-1", "i-2"]);
        const inputs = await checked("one", ["i-1", "i-2"], olds);
        await diff("v-1", olds, inputs);
        const again = await checked("one", ["i-1", "i-2"]);
        await remove("v-1", { ...olds });
        expect(said.at(-1)).toMatch(/^nothing is removed: the engine replaces/);
        expect(await create(again)).toMatchObject({
            id: "v-1",
            outs: { clients: { "i-1": { clientId: "c-i-1" } }, taskIds: ["t-1"] },
        });
        expect(writes()).toBe(0);
    });

    test("keeps them in the state if the creation fails before it has a plan", async () => {
        const olds = await stateOf("failing", ["i-3"]);
        await diff("v-1", olds, await checked("failing", ["i-3"], olds));
        const again = await checked("failing", ["i-3"]);
        await remove("v-1", olds);
        const [action, code] = ["DescribeClients", "NoPermission"];
        simulator.addFault({ action, kind: "status", status: 403, code, times: "always" });
        const failure: unknown = await create(again).catch((reason: unknown) => reason);
        expect(failure).toBeInstanceOf(PartialFailure);
        expect(failure).toMatchObject({ id: "v-1", properties: { clients: olds.clients } });
    });
});

describe("a deletion removes the clients", () => {
    const uninstalled = (): number => simulator.requests().byAction["UninstallClient"] ?? 0;

    test("of a resource that was compared before the program has declared it, and is replaced on demand", async () => {
        const olds = await stateOf("dependent", ["i-4"]);
        await diff("v-1", olds, { ...olds });
        said.length = 0;
        await checked("dependent", ["i-4"]);
        expect(said).toEqual(["plan: install 1: i-4"]);
        await remove("v-1", olds);
        expect(uninstalled()).toBe(1);
    });

    test("of an earlier resource, as far as the one that stays does not declare them", async () => {
        const olds = await stateOf("created first", ["i-5", "i-6"]);
        await diff("v-1", olds, await checked("created first", ["i-5"], olds));
        // It refuses what is there, as the old one still has it.
        await create(await checked("created first", ["i-5"])).catch(() => undefined);
        await remove("v-1", olds);
        expect(uninstalled()).toBe(1);
        expect(simulator.world().clients.map(({ instanceId, status }) => `${instanceId} ${status}`)).toEqual(
            expect.arrayContaining(["i-5 ACTIVATED", "i-6 NOT_INSTALLED"]),
        );
    });

    test("of an earlier resource, although the one that stays needs no replacement", async () => {
        const olds = await stateOf("cut off", ["i-7"]);
        await diff("v-1", olds, await checked("cut off", ["i-7"], olds));
        const earlier = await stateOf("cut off", ["i-8"]);
        await checked("cut off", ["i-7"], olds);
        await remove("v-1", earlier);
        expect(uninstalled()).toBe(1);
    });

    test("of a resource that is to be replaced", async () => {
        const olds = await stateOf("replaced", ["i-9"]);
        const inputs = await checked("replaced", ["i-9"], olds);
        await diff("v-1", olds, inputs);
        await checked("replaced", ["i-9"], olds);
        await diff("v-1", olds, { ...inputs, crossAccountUserId: "1" });
        await remove("v-1", olds);
        expect(uninstalled()).toBe(1);
    });
});
