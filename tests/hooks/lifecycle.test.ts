import { isClaimedByOther } from "../../provider/claims";
import { useConfig } from "../../provider/config/settings";
import { check, create, delete as remove, diff } from "../../provider/hooks";
import type { CanonicalInputs, KnownInputs, RecordedOutputs } from "../../provider/state";
import { UNKNOWN_VALUE } from "../../provider/unknown";
import { Simulator } from "../../simulator";
import { known, recorded } from "./recorded";
import { saidTo } from "./simulated";

const simulator = new Simulator({ installTime: 20, world: { vaults: ["v-1", "v-2", "v-3"] } });
const said = saidTo(simulator, { "alicloud:region": "cn-hangzhou" });

const urnOf = (name: string): { readonly __urn: string } => ({ __urn: `urn:pulumi:dev::p::t::${name}` });
const calls = (action: string): number => simulator.requests().byAction[action] ?? 0;

/** A fleet in the state whose clients are gone by now, so that a deletion has nothing to wait for. */
function gone(
    name: string,
    program: object = {},
    clients: Parameters<typeof recorded>[1] = {},
): RecordedOutputs {
    return { ...recorded({ ...program }, clients), ...urnOf(name) };
}

describe("a deletion warns before it begins", () => {
    const DELETES = { removal: "UninstallAndDelete" };
    const foreign = { owned: false, installed: false } as const;

    test("that records go, with the agents that it uninstalls", async () => {
        await remove("v-1", gone("deleting", DELETES));
        expect(said[0]).toBe(
            "uninstall and delete 2: i-1, i-2 (their backups may be deleted with their records)",
        );
        await remove("v-1", gone("deleting one", DELETES, { "i-2": foreign }));
        expect(said.filter((text) => text.startsWith("uninstall and delete"))[1]).toMatch(
            /^uninstall and delete 1: i-1 .*; leave alone 1: i-2$/,
        );
    });

    test("of nothing where the records stay, or where nothing is this resource's", async () => {
        await remove("v-1", gone("keeping"));
        await remove("v-1", gone("owning nothing", DELETES, { "i-1": foreign, "i-2": foreign }));
        expect(said.filter((text) => text.includes("uninstall"))).toEqual([]);
    });
});

describe("an operation that the engine repeats says only once", () => {
    test("that records go", async () => {
        simulator.addClient({
            vaultId: "v-3",
            instanceId: "i-1",
            clusterId: "cl-1",
            clientId: "c-i-1",
            status: "ACTIVATED",
        });
        simulator.addFault({ action: "UninstallClient", kind: "status", status: 400, code: "BadRequest" });
        const repeated = gone("deleting twice", { vaultId: "v-3", removal: "UninstallAndDelete" });
        await expect(remove("v-3", repeated)).rejects.toThrow(/i-1: .*BadRequest/);
        await remove("v-3", repeated);
        expect(said.filter((text) => text.startsWith("uninstall and delete"))).toHaveLength(1);
    });

    test("that a replacement does not pause", async () => {
        simulator.patchInstance("i-twice", { cloudAssistant: false });
        const rollout = { waves: [1], pauseAfter: "firstWave", bootTimeout: "0s" };
        const instances = [{ instanceId: "i-twice", clusterId: "cl-1" }];
        const inputs = { ...known({ instances, vaultId: "v-2", rollout }), ...urnOf("replaced twice") };
        await remove("v-1", gone("replaced twice"));
        for (let attempt = 1; attempt <= 2; attempt += 1)
            await expect(create(inputs)).rejects.toThrow(/CloudAssist/);
        expect(said.filter((text) => text.includes("pauseAfter"))).toHaveLength(1);
    });
});

describe("a replacement", () => {
    const ONE = { instances: [{ instanceId: "i-new", clusterId: "cl-1" }] };

    async function replaced(name: string, program: object): Promise<void> {
        const olds = gone(name);
        const { clients: _clients, taskIds: _tasks, failedInstanceIds: _failed, ...inputs } = olds;
        const news = { ...ONE, vaultId: "v-2", ...program, ...urnOf(name) };
        const first = (await check({ ...inputs }, news)) as { inputs: CanonicalInputs };
        await diff("v-1", olds, first.inputs);
        const last = (await check({}, news)) as { inputs: KnownInputs };
        await remove("v-1", olds);
        await create(last.inputs);
    }

    test("says that it does not pause, and nothing of that where it was not to", async () => {
        const rollout = { waves: [1], pauseAfter: "firstWave" };
        await replaced("replaced with a pause", { rollout });
        expect(said).toContainEqual(
            expect.stringMatching(/^rollout\.pauseAfter has no effect in a replacement/),
        );
        said.length = 0;
        await replaced("replaced", { instances: [{ instanceId: "i-other", clusterId: "cl-1" }] });
        await create({ ...known({ ...ONE, vaultId: "v-2", rollout }), ...urnOf("new with a pause") });
        expect(said.filter((text) => text.includes("pauseAfter"))).toEqual([]);
    });

    test("removes nothing before the new vault is found", async () => {
        await expect(replaced("lost", { vaultId: "v-none" })).rejects.toThrow(/v-none/);
        expect(calls("UninstallClient") + calls("CreateClients")).toBe(0);
        expect(calls("DescribeClients")).toBe(1);
    });
});

test("a creation tells other resources which clients it declares, if a check could not", async () => {
    const program = { instances: [{ instanceId: "i-late", clusterId: "cl-1" }] };
    const client = { vaultId: "v-1", region: "cn-hangzhou", instanceId: "i-late", clusterId: "cl-1" };
    const unknown = { vaultId: "v-1", instances: UNKNOWN_VALUE, ...urnOf("late") };
    await check({}, unknown);
    expect(isClaimedByOther("urn:other", client)).toBe(false);
    await create({ ...known(program), ...urnOf("late") });
    expect(isClaimedByOther("urn:other", client)).toBe(true);
});

test("a creation that fails names its resource where Pulumi's server prints it", async () => {
    const inputs = { ...known({ vaultId: "v-none" }), ...urnOf("nowhere") };
    const error = await create(inputs).catch((reason: unknown) => reason as Error);
    expect((error as Error).stack).toBe("nowhere failed; its own messages say why");
});

describe("a wrong configuration is a failure of check", () => {
    const news = { vaultId: "v-1", instances: [{ instanceId: "i-1" }] };

    test("of the argument region where that is missing, and else of its key", async () => {
        useConfig(() => undefined);
        expect(await check({}, { ...news })).toMatchObject({ failures: [{ property: "region" }] });
        useConfig((key) => (key === "alicloud:region" ? "not a region!" : undefined));
        const [failure] = (
            (await check({}, { ...news, region: "cn-hangzhou" })) as unknown as {
                failures: { property: string }[];
            }
        ).failures;
        expect(failure?.property ?? "alicloud:region").toBe("alicloud:region");
        useConfig((key) => (key === "alicloud-hbr:client" ? "own" : undefined));
        expect(await check({}, { ...news })).toMatchObject({
            failures: [{ property: "alicloud-hbr:client" }],
        });
    });

    test("unless reading it fails in a way that nobody expects", async () => {
        useConfig(() => {
            throw new TypeError("broken");
        });
        await expect(check({}, { ...news, ...urnOf("broken") })).rejects.toThrow(/broken/);
    });
});
