import type { SwitchesInput } from "../../simulator";
import { inProcess, install, listed, putBack, VAULT } from "./support";

const CLIENT = { vaultId: VAULT, instanceId: "i-1", clusterId: "cl-1", clientId: "c-1" };
const FILE_CLIENT = { clientType: "ECS_CLIENT" as const, instanceId: "i-1", clientId: "f-1" };
const INSTANCES = ["i-1", "i-2"].map((instanceId) => ({ instanceId, installTime: "100s" }));

/** A world with a HANA client and a file client of i-1 that become ACTIVATED now, at second 0. */
function beating(switches: SwitchesInput = {}) {
    const { simulator, clock, call } = inProcess({ world: { instances: INSTANCES } });
    simulator.addClient(CLIENT);
    simulator.addClient(FILE_CLIENT);
    simulator.setSwitches(switches);
    const start = clock.time / 1000;
    /** The seconds of the last beats in both lists, of the HANA clients first. */
    const beats = async (): Promise<number[]> => {
        const files = await call("DescribeBackupClients", { ClientType: "ECS_CLIENT" });
        const [file] = files["Clients"] as Record<string, unknown>[];
        const clients = await listed(call);
        const times = [...clients.map((client) => client["HeartBeatTime"]), file?.["LastHeartBeatTime"]];
        return times.map((time) => Number(time) - start);
    };
    return { simulator, clock, call, beats };
}

describe("heartbeats", () => {
    test("come once a second, from when the client became ACTIVATED", async () => {
        const { clock, beats } = beating();
        expect(await beats()).toEqual([0, 0]);
        clock.time += 12_999;
        expect(await beats()).toEqual([12, 12]);
    });

    test("come once every heartbeatInterval", async () => {
        const { call, clock, beats } = beating({ heartbeatInterval: "1m" });
        clock.time += 59_999;
        expect(await beats()).toEqual([0, 0]);
        clock.time += 1;
        expect(await beats()).toEqual([60, 60]);
        clock.time += 10_000;
        await install(call, "i-2");
        clock.time += 100_000 + 59_000;
        expect(await beats()).toEqual([180, 170, 180]);
        clock.time += 1000;
        expect(await beats()).toEqual([180, 230, 180]);
    });

    test("are counted anew after an upgrade, and go on when a setting changes", async () => {
        const { simulator, call, clock, beats } = beating({ heartbeatInterval: "1m" });
        await call("UpgradeClient", { ClientId: "c-1" });
        clock.time += 50_000;
        expect(await beats()).toEqual([50, 0]);
        clock.time += 30_000;
        simulator.patchClient("c-1", { useHttps: true });
        simulator.patchClient("f-1", { status: "ACTIVATED" });
        expect(await beats()).toEqual([50, 60]);
        clock.time += 30_000;
        expect(await beats()).toEqual([110, 60]);
    });

    test("stop when a client is no longer ACTIVATED, which shows its last one", async () => {
        const { simulator, call, clock, beats } = beating({ heartbeatInterval: "1m", fallOverAfter: "90s" });
        await call("UpgradeClient", { ClientId: "c-1" });
        clock.time += 70_000;
        simulator.patchClient("f-1", { status: "UNKNOWN" });
        clock.time += 1_000_000;
        expect(await listed(call)).toMatchObject([{ Status: "UNKNOWN" }]);
        expect(await beats()).toEqual([110, 60]);
        await call("UninstallClient", { ClientId: "c-1" });
        clock.time += 50_000;
        expect(await beats()).toEqual([110, 60]);
    });

    test("of a client that never beat: the time of its last change", async () => {
        const { call, clock, beats } = beating();
        clock.time += 5000;
        await install(call, "i-2");
        clock.time += 80_000;
        expect(await beats()).toEqual([85, 85, 85]);
        clock.time += 7000;
        expect(await beats()).toEqual([92, 85, 92]);
    });

    test("lag as the list does", async () => {
        const { simulator, clock, beats } = beating();
        clock.time += 30_000;
        simulator.patchInstance("i-1", { heartbeat: false });
        simulator.patchClient("f-1", { status: "STOPPED" });
        simulator.setSwitches({ listLag: "10s" });
        expect(await beats()).toEqual([20, 20]);
        clock.time += 60_000;
        expect(await beats()).toEqual([30, 30]);
    });
});

describe("an instance without heartbeat", () => {
    test("has agents that stay ACTIVATED and are not heard of any more, until they are again", async () => {
        const { simulator, call, clock, beats } = beating({ heartbeatInterval: "1m" });
        clock.time += 130_000;
        expect(simulator.patchInstance("i-1", { heartbeat: false })).toMatchObject({ heartbeat: false });
        expect(await beats()).toEqual([120, 120]);
        clock.time += 1_000_000;
        simulator.patchInstance("i-1", { heartbeat: false });
        expect(await beats()).toEqual([120, 120]);
        expect(await listed(call)).toMatchObject([{ Status: "ACTIVATED" }]);
        expect(simulator.patchInstance("i-1", { heartbeat: true })).not.toHaveProperty("heartbeat");
        expect(await beats()).toEqual([1130, 1130]);
        clock.time += 60_000;
        expect(await beats()).toEqual([1190, 1190]);
        clock.time += 30_000;
        simulator.patchInstance("i-1", { heartbeat: false });
        clock.time += 60_000;
        expect(await beats()).toEqual([1190, 1190]);
    });

    test("leaves the others alone", async () => {
        const { simulator, clock, beats } = beating();
        simulator.patchInstance("i-2", { heartbeat: false });
        clock.time += 10_000;
        expect(await beats()).toEqual([10, 10]);
    });

    test("keeps the last beat of a client whose status then changes", async () => {
        const { simulator, clock, beats } = beating();
        clock.time += 10_000;
        simulator.patchInstance("i-1", { heartbeat: false });
        clock.time += 10_000;
        simulator.patchClient("c-1", { status: "UNKNOWN" });
        clock.time += 10_000;
        simulator.patchInstance("i-1", { heartbeat: true });
        expect(await beats()).toEqual([10, 30]);
    });

    test("has one beat of a client that is installed on it, when it becomes ACTIVATED", async () => {
        const { simulator, call, clock, beats } = beating();
        simulator.patchInstance("i-2", { heartbeat: false });
        await install(call, "i-2");
        clock.time += 1_000_000;
        expect(await beats()).toEqual([1000, 100, 1000]);
    });

    test("does not count for a client that becomes ACTIVATED after that", async () => {
        const { simulator, call, clock, beats } = beating({ heartbeatInterval: "1m" });
        simulator.patchInstance("i-2", { heartbeat: false });
        clock.time += 10_000;
        simulator.patchInstance("i-2", { heartbeat: true });
        await install(call, "i-2");
        clock.time += 100_000 + 70_000;
        expect(await beats()).toEqual([180, 170, 180]);
    });

    test("in a new world has been so since its clients became ACTIVATED", async () => {
        const { simulator, clock, beats } = beating();
        simulator.patchInstance("i-1", { heartbeat: false });
        clock.time += 10_000;
        putBack(simulator);
        expect(simulator.world().instances).toMatchObject([{ heartbeat: false }, {}]);
        expect(await beats()).toEqual([0, 0]);
        simulator.patchInstance("i-1", { heartbeat: true });
        clock.time += 10_000;
        expect(await beats()).toEqual([20, 20]);
    });
});

test("hideHeartbeats: the lists report no heartbeat", async () => {
    const { simulator, call, beats } = beating({ hideHeartbeats: true });
    const files = await call("DescribeBackupClients", { ClientType: "ECS_CLIENT" });
    const [file] = files["Clients"] as Record<string, unknown>[];
    const [client] = await listed(call);
    expect(client).toMatchObject({ Status: "ACTIVATED" });
    expect(client).not.toHaveProperty("HeartBeatTime");
    expect(file).toMatchObject({ Status: "ACTIVATED" });
    expect(file).not.toHaveProperty("LastHeartBeatTime");
    simulator.setSwitches({ hideHeartbeats: false });
    expect(await beats()).toEqual([0, 0]);
});
