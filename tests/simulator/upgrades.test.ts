import type { ClientInput, SwitchesInput } from "../../simulator";
import { inProcess, install, listed, look, putBack, statuses, VAULT } from "./support";

const CLIENT = { vaultId: VAULT, instanceId: "i-1", clusterId: "cl-1", clientId: "c-1" };
const FILE_CLIENT = { clientType: "ECS_CLIENT" as const, instanceId: "i-1", clientId: "f-1" };
const INSTANCES = ["i-1", "i-2"].map((instanceId) => ({ instanceId, installTime: "100s" }));
/** An upgrade takes half the time of an installation. */
const UPGRADE_MS = 50_000;

/** A world with client c-1 on i-1, which then gets the switches. */
function withClient(record: Partial<ClientInput> = {}, switches: SwitchesInput = {}) {
    const set = inProcess({ world: { instances: INSTANCES, clients: [{ ...CLIENT, ...record }] } });
    set.simulator.setSwitches(switches);
    return set;
}

describe("latestVersion", () => {
    const NEWER = { latestVersion: "2.11.0" };

    test("puts every client behind that has no maximum of its own", async () => {
        const { simulator, call } = inProcess({
            world: {
                instances: INSTANCES,
                clients: [CLIENT, { ...CLIENT, clientId: "c-own", maxVersion: "2.10.9" }, FILE_CLIENT],
            },
        });
        simulator.setSwitches(NEWER);
        expect(await listed(call)).toMatchObject([
            { ClientVersion: "2.10.3", MaxVersion: "2.11.0" },
            { ClientVersion: "2.10.3", MaxVersion: "2.10.9" },
        ]);
        expect(await call("DescribeBackupClients", { ClientType: "ECS_CLIENT" })).toMatchObject({
            Clients: [{ ClientVersion: "2.10.3", MaxClientVersion: "2.11.0" }],
        });
    });

    test("is what an installation brings that is started from then on", async () => {
        const { simulator, call, clock } = inProcess();
        await install(call, "i-1");
        simulator.setSwitches(NEWER);
        await install(call, "i-2");
        clock.time += 100_000;
        expect(await listed(call)).toMatchObject([
            { ClientVersion: "2.10.3", MaxVersion: "2.11.0" },
            { ClientVersion: "2.11.0", MaxVersion: "2.11.0" },
        ]);
    });

    test("is what an upgrade brings, unless the client has a maximum of its own", async () => {
        const { simulator, call, clock } = withClient({}, NEWER);
        simulator.addClient({ ...CLIENT, clientId: "c-own", clientVersion: "2.10.0", maxVersion: "2.10.9" });
        await call("UpgradeClient", { ClientId: "c-1" });
        await call("UpgradeClient", { ClientId: "c-own" });
        clock.time += UPGRADE_MS;
        expect(await listed(call)).toMatchObject([
            { Status: "ACTIVATED", ClientVersion: "2.11.0", MaxVersion: "2.11.0" },
            { Status: "ACTIVATED", ClientVersion: "2.10.9", MaxVersion: "2.10.9" },
        ]);
    });

    test("ends the own maximum of a client that is installed again", async () => {
        const { call, clock } = withClient({ status: "NOT_INSTALLED", maxVersion: "2.9.0" });
        await install(call, "i-1");
        clock.time += 100_000;
        expect(await listed(call)).toMatchObject([{ ClientVersion: "2.10.3", MaxVersion: "2.10.3" }]);
    });

    test("is the version of records that come without one", () => {
        const { simulator } = inProcess();
        simulator.setSwitches(NEWER);
        expect(simulator.addClient(CLIENT)).toMatchObject({ clientVersion: "2.11.0" });
        simulator.setWorld({ clients: [CLIENT, { ...CLIENT, clientId: "c-2", clientVersion: "1.0.0" }] });
        expect(simulator.world().clients).toMatchObject([
            { clientVersion: "2.11.0" },
            { clientVersion: "1.0.0" },
        ]);
    });

    test("does not become a maximum of its own in a world that is read and put back", async () => {
        const { simulator, call } = withClient();
        putBack(simulator);
        simulator.setSwitches(NEWER);
        expect(await listed(call)).toMatchObject([{ ClientVersion: "2.10.3", MaxVersion: "2.11.0" }]);
    });
});

describe("an upgrade", () => {
    test("ends with failUpgrade, and the client keeps agent and version", async () => {
        const { simulator, call, clock } = withClient({ clientVersion: "2.9.0" });
        simulator.patchInstance("i-1", { failUpgrade: "EcsClientError" });
        const { TaskId } = await call("UpgradeClient", { ClientId: "c-1" });
        clock.time += UPGRADE_MS;
        expect(await look(call, TaskId)).toMatchObject({
            description: "completed",
            result: [{ clientStatus: "UPGRADE_FAILED", errorCode: "EcsClientError" }],
        });
        expect(await listed(call)).toMatchObject([{ Status: "UPGRADE_FAILED", ClientVersion: "2.9.0" }]);
        simulator.setSwitches({ deleteActive: "refuse" });
        expect(await call("DeleteClient", { ClientId: "c-1" })).toMatchObject({ Code: "ClientIsActive" });
        expect(simulator.patchInstance("i-1", { failUpgrade: null })).not.toHaveProperty("failUpgrade");
        await call("UpgradeClient", { ClientId: "c-1" });
        clock.time += UPGRADE_MS;
        expect(await listed(call)).toMatchObject([{ Status: "ACTIVATED", ClientVersion: "2.10.3" }]);
    });

    test("fails on an instance without Cloud Assistant, and the version stays", async () => {
        const { simulator, call, clock } = withClient({ clientVersion: "2.9.0" });
        simulator.patchInstance("i-1", { cloudAssistant: false });
        const { TaskId } = await call("UpgradeClient", { ClientId: "c-1" });
        clock.time += UPGRADE_MS;
        expect(await look(call, TaskId)).toMatchObject({
            result: [{ clientStatus: "UPGRADE_FAILED", errorCode: "CloudAssistNotRunningOnInstance" }],
        });
        expect(await listed(call)).toMatchObject([{ Status: "UPGRADE_FAILED", ClientVersion: "2.9.0" }]);
    });

    test("is the only thing that failUpgrade fails", async () => {
        const { simulator, call, clock } = withClient({ status: "NOT_INSTALLED" });
        simulator.patchInstance("i-1", { failUpgrade: "EcsClientError" });
        await install(call, "i-1");
        clock.time += 100_000;
        expect(await statuses(call)).toEqual(["i-1 ACTIVATED"]);
    });

    test("that is ignored ends as ACTIVATED, and the version stays", async () => {
        const { call, clock } = withClient({ clientVersion: "2.9.0" }, { ignoreUpgrade: true });
        const { TaskId } = await call("UpgradeClient", { ClientId: "c-1" });
        expect(await statuses(call)).toEqual(["i-1 UPGRADING"]);
        clock.time += UPGRADE_MS;
        expect(await look(call, TaskId)).toMatchObject({
            description: "completed",
            result: [{ clientStatus: "ACTIVATED", errorCode: "" }],
        });
        expect(await listed(call)).toMatchObject([
            { Status: "ACTIVATED", ClientVersion: "2.9.0", MaxVersion: "2.10.3" },
        ]);
    });

    test("that is stuck stays UPGRADING; its task expires", async () => {
        const { call, clock } = withClient({}, { stuckUpgrading: true });
        const { TaskId } = await call("UpgradeClient", { ClientId: "c-1" });
        clock.time += 14 * 60_000;
        expect(await look(call, TaskId)).toMatchObject({ description: "created", progress: 93 });
        clock.time += 60_000;
        expect(await look(call, TaskId)).toMatchObject({ description: "expired", progress: 99 });
        clock.time += 24 * 3_600_000;
        expect(await statuses(call)).toEqual(["i-1 UPGRADING"]);
    });

    test("of the world, or of another program, ends like one that is asked for", async () => {
        const { simulator, call, clock } = withClient();
        const old = { ...CLIENT, clientVersion: "2.9.0" };
        simulator.setWorld({
            instances: [...INSTANCES, { instanceId: "i-fails", failUpgrade: "X" }],
            clients: [
                { ...old, status: "UPGRADING", maxVersion: "2.10.0" },
                { ...old, status: "UPGRADING", instanceId: "i-fails", clientId: "c-2" },
                { ...old, instanceId: "i-2", clientId: "c-3" },
            ],
        });
        simulator.setSwitches({ ignoreUpgrade: true });
        simulator.patchClient("c-3", { status: "UPGRADING" });
        clock.time += 1_000_000;
        expect(await listed(call)).toMatchObject([
            { Status: "ACTIVATED", ClientVersion: "2.10.0" },
            { Status: "UPGRADE_FAILED", ClientVersion: "2.9.0", StatusMessage: "X" },
            { Status: "ACTIVATED", ClientVersion: "2.9.0" },
        ]);
    });

    test("is counted for its instance whenever one is started", async () => {
        const { simulator, call, clock } = withClient();
        await call("UpgradeClient", { ClientId: "c-1" });
        await call("UpgradeClient", { ClientId: "c-1" });
        clock.time += UPGRADE_MS;
        await call("UpgradeClient", { ClientId: "c-1" });
        await call("UpgradeClient", { ClientId: "c-none" });
        expect(simulator.requests()).toMatchObject({
            installs: {},
            duplicateInstalls: 0,
            upgrades: { "i-1": 2 },
            writesTo: { "i-1": 2 },
        });
        simulator.resetRequests();
        expect(simulator.requests().upgrades).toEqual({});
    });
});
