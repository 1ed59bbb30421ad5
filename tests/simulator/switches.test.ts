import type { SwitchesInput } from "../../simulator";
import { clientInfo, inProcess, install, listed, look, statuses, VAULT } from "./support";

const OLD = { vaultId: VAULT, instanceId: "i-1", clusterId: "cl-1", clientId: "c-old" };
const INSTANCES = ["i-1", "i-2"].map((instanceId) => ({ instanceId, installTime: "100s" }));

function withSwitches(switches: SwitchesInput, status?: "ACTIVATED" | "NOT_INSTALLED" | "INSTALL_FAILED") {
    const clients = status === undefined ? [] : [{ ...OLD, status }];
    const set = inProcess({ world: { strict: true, instances: INSTANCES, clients } });
    set.simulator.setSwitches(switches);
    return set;
}

describe("switches", () => {
    test("have these defaults", () => {
        expect(inProcess().simulator.switches()).toEqual({
            latestVersion: "2.10.3",
            listLag: 0,
            keepClientId: true,
            partialAcceptance: true,
            singleUnfitIsError: true,
            namesUnfitness: false,
            resultShape: "array",
            progressShape: "linear",
            numericCode: false,
            stuckInstalling: false,
            stuckUpgrading: false,
            ignoreUpgrade: false,
            fallOverAfter: null,
            fallOverAs: "UNKNOWN",
            heartbeatInterval: 1000,
            hideHeartbeats: false,
            createOnActive: "conflict",
            deleteActive: "allow",
            deleteActiveFile: "refuse",
            statusWhileRunning: "created",
            ignoreSettings: [],
            hideSettings: [],
            listLagJitter: 0,
            shuffleRows: false,
            listOrder: "oldest",
            duplicateRows: 0,
            taskLag: 0,
            accessKey: "valid",
            clockSkew: 0,
            latencyTail: 0,
            maxClientInfo: null,
            initializingVault: null,
            stuckUninstalling: false,
            uninstallWhileInstalling: "interrupt",
        });
    });

    test("listLag: the list is as it was a while ago, also for what came and went", async () => {
        const { simulator, call, clock } = withSwitches({ listLag: "10s" }, "NOT_INSTALLED");
        await install(call, "i-1", "i-2");
        expect(await statuses(call)).toEqual(["i-1 NOT_INSTALLED"]);
        clock.time += 10_000;
        expect(await statuses(call)).toEqual(["i-1 INSTALLING", "i-2 INSTALLING"]);
        simulator.deleteClient("c-old");
        expect(await statuses(call)).toEqual(["i-1 INSTALLING", "i-2 INSTALLING"]);
        clock.time += 10_000;
        expect(await statuses(call)).toEqual(["i-2 INSTALLING"]);
    });

    test.each([true, false])("keepClientId %s", async (keepClientId) => {
        const { simulator, call, clock } = withSwitches({ keepClientId }, "INSTALL_FAILED");
        const taskId = await install(call, "i-1");
        clock.time += 100_000;
        const [client, ...others] = await listed(call);
        expect(others).toEqual([]);
        expect(client).toMatchObject({ InstanceId: "i-1", Status: "ACTIVATED" });
        expect(client?.["ClientId"] === "c-old").toBe(keepClientId);
        expect(await look(call, taskId)).toMatchObject({ result: [{ clientId: client?.["ClientId"] }] });
        expect(simulator.requests().duplicateInstalls).toBe(0);
    });

    test.each([true, false])("partialAcceptance %s", async (partialAcceptance) => {
        const { call } = withSwitches({ partialAcceptance });
        const answer = await call("CreateClients", {
            VaultId: VAULT,
            ClientInfo: clientInfo("i-1", "i-none"),
        });
        expect(answer["InstanceStatuses"]).toEqual({
            InstanceStatus: [
                { InstanceId: "i-1", ValidInstance: true },
                { InstanceId: "i-none", ValidInstance: false },
            ],
        });
        expect("TaskId" in answer).toBe(partialAcceptance);
        expect(await listed(call)).toHaveLength(partialAcceptance ? 1 : 0);
    });

    test("singleUnfitIsError false: a single unfit instance is listed, too", async () => {
        const { call } = withSwitches({ singleUnfitIsError: false });
        const answer = await call("CreateClients", { VaultId: VAULT, ClientInfo: clientInfo("i-none") });
        expect(answer).toMatchObject({ InstanceStatuses: { InstanceStatus: [{ ValidInstance: false }] } });
        expect(answer).not.toHaveProperty("TaskId");
    });

    test.each([
        ["array", [{ instanceId: "i-1" }]],
        ["raw-array", [{ instanceId: "i-1" }]],
        ["pascal-array", [{ InstanceId: "i-1", ClientStatus: "INSTALLING" }]],
        ["gappy-array", [null, "", {}, { instanceId: "i-1", errorCode: null }]],
        ["not-json", "InstallClients: done"],
        ["null", "null"],
        ["raw-null", null],
        ["object", "{}"],
        ["raw-object", {}],
        ["empty", ""],
        ["absent", undefined],
    ] as const)("resultShape %s", async (resultShape, expected) => {
        const { call } = withSwitches({ resultShape });
        const { result } = await look(call, await install(call, "i-1"));
        if (Array.isArray(expected)) expect(result).toMatchObject(expected);
        else expect(result).toEqual(expected);
    });

    test.each([
        ["linear", [20, 60, 99]],
        ["stalls", [30, 90, 90]],
        ["zero", [0, 0, 0]],
        ["backwards", [79, 39, 0]],
        ["slow", [10, 30, 49]],
        ["hasty", [60, 99, 99]],
    ] as const)("progressShape %s", async (progressShape, expected) => {
        const { call, clock } = withSwitches({ progressShape });
        const taskId = await install(call, "i-1");
        const begin = clock.time;
        const shown: unknown[] = [];
        for (const share of [0.2, 0.6, 0.995]) {
            clock.time = begin + share * 100_000;
            shown.push((await look(call, taskId)).progress);
        }
        expect(shown).toEqual(expected);
        clock.time = begin + 100_000;
        expect(await look(call, taskId)).toMatchObject({ progress: 100, description: "completed" });
    });

    test("numericCode", async () => {
        const { call } = withSwitches({ numericCode: true });
        expect(await call("DescribeRegions")).toMatchObject({ Code: 200, Success: true });
    });

    test("stuckInstalling: the task expires, the client stays INSTALLING", async () => {
        const { call, clock } = withSwitches({ stuckInstalling: true });
        const taskId = await install(call, "i-1");
        clock.time += 14 * 60_000;
        expect(await look(call, taskId)).toMatchObject({ description: "created", progress: 93 });
        clock.time += 60_000;
        expect(await look(call, taskId)).toMatchObject({ description: "expired", progress: 99 });
        clock.time += 24 * 3_600_000;
        expect(await statuses(call)).toEqual(["i-1 INSTALLING"]);
    });

    test("createOnActive conflict: the instance's result fails, the healthy client stays", async () => {
        const { simulator, call } = withSwitches({ createOnActive: "conflict" }, "ACTIVATED");
        const taskId = await install(call, "i-1");
        expect(await look(call, taskId)).toMatchObject({
            description: "completed",
            result: [
                { clientId: "c-old", clientStatus: "INSTALL_FAILED", errorCode: "ClientAlreadyInstalled" },
            ],
        });
        expect(await statuses(call)).toEqual(["i-1 ACTIVATED"]);
        expect(simulator.requests()).toMatchObject({ installs: { "i-1": 1 }, duplicateInstalls: 1 });
    });

    test("createOnActive reinstall: it is installed again", async () => {
        const { simulator, call } = withSwitches({ createOnActive: "reinstall" }, "ACTIVATED");
        await install(call, "i-1");
        expect(await statuses(call)).toEqual(["i-1 INSTALLING"]);
        expect(simulator.requests().duplicateInstalls).toBe(1);
    });

    test("createOnActive ignore: the task is over at once", async () => {
        const { simulator, call } = withSwitches({ createOnActive: "ignore" }, "ACTIVATED");
        expect(await look(call, await install(call, "i-1"))).toMatchObject({
            description: "completed",
            progress: 100,
            result: [{ clientStatus: "ACTIVATED", errorCode: "" }],
        });
        expect(simulator.requests().duplicateInstalls).toBe(1);
    });

    test("createOnActive ignore, while it is installed: the second task follows the first", async () => {
        const { simulator, call, clock } = withSwitches({ createOnActive: "ignore" });
        await install(call, "i-1");
        clock.time += 50_000;
        const second = await install(call, "i-1");
        expect(await look(call, second)).toMatchObject({ description: "created" });
        clock.time += 50_000;
        expect(await look(call, second)).toMatchObject({
            description: "completed",
            result: [{ clientStatus: "ACTIVATED" }],
        });
        expect(simulator.requests()).toMatchObject({ installs: { "i-1": 2 }, duplicateInstalls: 1 });
    });

    test("a client that is being uninstalled cannot be installed; that is no duplicate", async () => {
        const { simulator, call } = withSwitches({}, "ACTIVATED");
        await call("UninstallClient", { ClientId: "c-old" });
        expect(await look(call, await install(call, "i-1"))).toMatchObject({
            result: [{ clientStatus: "INSTALL_FAILED", errorCode: "ClientIsBusy" }],
        });
        expect(await statuses(call)).toEqual(["i-1 UNINSTALLING"]);
        expect(simulator.requests().duplicateInstalls).toBe(0);
    });

    test.each([
        [{ deleteActive: "allow", deleteActiveFile: "refuse" }, "200", "ClientIsActive"],
        [{ deleteActive: "refuse", deleteActiveFile: "allow" }, "ClientIsActive", "200"],
    ] as const)("%j concerns each family alone", async (switches, ofHana, ofFile) => {
        const { simulator, call } = withSwitches(switches, "ACTIVATED");
        simulator.addClient({ clientType: "ECS_CLIENT", clientId: "c-file", instanceId: "i-2" });
        expect(await call("DeleteClient", { ClientId: "c-old" })).toMatchObject({ Code: ofHana });
        expect(await call("DeleteBackupClient", { ClientId: "c-file" })).toMatchObject({ Code: ofFile });
        const left = simulator.world().clients.map(({ clientId }) => clientId);
        expect(left).toEqual([ofHana === "200" ? "c-file" : "c-old"]);
    });

    test("statusWhileRunning", async () => {
        const { call, clock } = withSwitches({ statusWhileRunning: "running" });
        const taskId = await install(call, "i-1");
        expect(await look(call, taskId)).toMatchObject({ description: "running" });
        clock.time += 100_000;
        expect(await look(call, taskId)).toMatchObject({ description: "completed" });
    });

    describe("ignoreSettings", () => {
        const WISHES = { VaultId: VAULT, UseHttps: true, AlertSetting: "INHERITED" };
        const OTHERWISE = { useHttps: true, alertSetting: "OWN" };

        test.each([
            [["UseHttps"], { UseHttps: false, AlertSetting: "INHERITED" }],
            [["AlertSetting"], { UseHttps: true, AlertSetting: "INHERITED" }],
        ] as const)("%j: a new client gets the default", async (ignoreSettings, expected) => {
            const { call } = withSwitches({ ignoreSettings: [...ignoreSettings] });
            await call("CreateClients", { ...WISHES, ClientInfo: clientInfo("i-1") });
            expect(await listed(call)).toMatchObject([expected]);
        });

        test.each([
            [[], { UseHttps: false, AlertSetting: "INHERITED" }],
            [["UseHttps"], { UseHttps: true, AlertSetting: "INHERITED" }],
            [["AlertSetting"], { UseHttps: false, AlertSetting: "OWN" }],
            [["UseHttps", "AlertSetting"], { UseHttps: true, AlertSetting: "OWN" }],
        ] as const)("%j: a client that is installed again keeps what it has", async (ignored, expected) => {
            const { simulator, call } = withSwitches({ ignoreSettings: [...ignored] }, "NOT_INSTALLED");
            simulator.patchClient("c-old", OTHERWISE);
            await call("CreateClients", { ...WISHES, UseHttps: false, ClientInfo: clientInfo("i-1") });
            expect(await listed(call)).toMatchObject([{ Status: "INSTALLING", ...expected }]);
        });

        test("a reinstall under a new client id makes a new client", async () => {
            const { simulator, call } = withSwitches(
                { ignoreSettings: ["UseHttps"], keepClientId: false },
                "NOT_INSTALLED",
            );
            simulator.patchClient("c-old", OTHERWISE);
            await call("CreateClients", { ...WISHES, ClientInfo: clientInfo("i-1") });
            expect(await listed(call)).toMatchObject([{ UseHttps: false }]);
        });
    });

    test("hideSettings: the fields are missing in every record, and the client has them all the same", async () => {
        const { simulator, call } = withSwitches({ hideSettings: ["UseHttps"] }, "ACTIVATED");
        await install(call, "i-2");
        const records = await listed(call);
        expect(records.map((record) => "UseHttps" in record)).toEqual([false, false]);
        expect(records).toMatchObject([{ AlertSetting: "INHERITED" }, { AlertSetting: "INHERITED" }]);
        simulator.setSwitches({ hideSettings: ["AlertSetting"] });
        const [record] = await listed(call);
        expect(record).toMatchObject({ UseHttps: false });
        expect(record).not.toHaveProperty("AlertSetting");
        simulator.setSwitches({ hideSettings: [] });
        expect(await listed(call)).toMatchObject([{ UseHttps: false, AlertSetting: "INHERITED" }, {}]);
    });

    test.each([
        [{ latestVersion: "" }, /^latestVersion: /],
        [{ latestVersion: 2 }, /^latestVersion: /],
        [{ listLag: "11m" }, /^listLag: /],
        [{ listLag: "soon" }, /^listLag: /],
        [{ listLagJitter: "11m" }, /^listLagJitter: /],
        [{ shuffleRows: 1 }, /^shuffleRows: /],
        [{ listOrder: "size" }, /^listOrder: /],
        [{ duplicateRows: 1.5 }, /^duplicateRows: /],
        [{ accessKey: "stolen" }, /^accessKey: /],
        [{ clockSkew: "soon" }, /^clockSkew: .*a duration such as "20m" or "-20m"/],
        [{ clockSkew: "20-m" }, /^clockSkew: /],
        [{ latencyTail: "long" }, /^latencyTail: /],
        [{ maxClientInfo: 0 }, /^maxClientInfo: /],
        [{ initializingVault: "" }, /^initializingVault: /],
        [{ stuckUninstalling: "yes" }, /^stuckUninstalling: /],
        [{ uninstallWhileInstalling: "wait" }, /^uninstallWhileInstalling: /],
        [{ taskLag: "soon" }, /^taskLag: /],
        [{ stuckUpgrading: "yes" }, /^stuckUpgrading: /],
        [{ ignoreUpgrade: 1 }, /^ignoreUpgrade: /],
        [{ fallOverAfter: "soon" }, /^fallOverAfter: .*a duration such as/],
        [{ fallOverAs: "ACTIVATED" }, /^fallOverAs: /],
        [{ heartbeatInterval: "0s" }, /^heartbeatInterval: at least a millisecond$/],
        [{ hideHeartbeats: "all" }, /^hideHeartbeats: /],
        [{ createOnActive: "explode" }, /^createOnActive: /],
        [{ lag: 1 }, /^lag: /],
        [{ ignoreSettings: "UseHttps" }, /^ignoreSettings: /],
        [{ hideSettings: ["Status"] }, /^hideSettings.0: /],
        ["fast", /Expected Object/],
    ])("%j is refused", (switches, reason) => {
        const { simulator } = inProcess();
        expect(() => {
            simulator.setSwitches(switches as SwitchesInput);
        }).toThrow(reason);
    });
});
