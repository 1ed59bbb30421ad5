import type { ClientInput, SwitchesInput } from "../../simulator";
import { inProcess, install, listed, look, putBack, statuses, VAULT } from "./support";

const CLIENT = { vaultId: VAULT, instanceId: "i-1", clusterId: "cl-1", clientId: "c-1" };
const INSTANCES = ["i-1", "i-2"].map((instanceId) => ({ instanceId, installTime: "100s" }));
const INSTALL_MS = 100_000;
const UPGRADE_MS = 50_000;
const FALL_MS = 60_000;

/** A world whose agents fall over a minute after they became active. */
function falling(switches: SwitchesInput = {}, ...clients: ClientInput[]) {
    const set = inProcess({ world: { instances: INSTANCES, clients } });
    set.simulator.setSwitches({ fallOverAfter: "1m", ...switches });
    return set;
}

describe("fallOverAfter", () => {
    test.each([
        [{}, "UNKNOWN"],
        [{ fallOverAs: "STOPPED" }, "STOPPED"],
        [{ fallOverAs: "DEACTIVATED" }, "DEACTIVATED"],
    ] as const)("%j: an installed agent becomes %s, and its task is over before that", async (as, status) => {
        const { call, clock } = falling(as);
        const taskId = await install(call, "i-1");
        clock.time += INSTALL_MS / 2;
        expect(await look(call, taskId)).toMatchObject({ description: "created", progress: 50 });
        clock.time += INSTALL_MS / 2;
        const done = {
            description: "completed",
            progress: 100,
            result: [{ clientStatus: "ACTIVATED", errorCode: "" }],
        };
        expect(await look(call, taskId)).toMatchObject(done);
        clock.time += FALL_MS - 1;
        expect(await statuses(call)).toEqual(["i-1 ACTIVATED"]);
        clock.time += 1;
        expect(await listed(call)).toMatchObject([
            { Status: status, StatusMessage: "", ClientVersion: "2.10.3" },
        ]);
        expect(await look(call, taskId)).toMatchObject(done);
    });

    test("lets an upgraded agent fall, too", async () => {
        const { call, clock } = falling({ latestVersion: "2.11.0" }, CLIENT);
        const { TaskId } = await call("UpgradeClient", { ClientId: "c-1" });
        clock.time += UPGRADE_MS;
        expect(await look(call, TaskId)).toMatchObject({ result: [{ clientStatus: "ACTIVATED" }] });
        clock.time += FALL_MS;
        expect(await listed(call)).toMatchObject([{ Status: "UNKNOWN", ClientVersion: "2.11.0" }]);
        expect(await look(call, TaskId)).toMatchObject({ result: [{ clientStatus: "ACTIVATED" }] });
    });

    test("leaves alone what was there before, and what is started after it is reset", async () => {
        const { simulator, call, clock } = falling({}, CLIENT);
        simulator.setSwitches({ fallOverAfter: null });
        await install(call, "i-2");
        simulator.setSwitches({ fallOverAfter: "1m" });
        clock.time += INSTALL_MS + FALL_MS;
        expect(await statuses(call)).toEqual(["i-1 ACTIVATED", "i-2 ACTIVATED"]);
    });

    test("of an instance overrides the switch, until it is reset", async () => {
        const { simulator, call, clock } = falling();
        expect(simulator.patchInstance("i-1", { fallOverAfter: "5m" })).toMatchObject({
            fallOverAfter: 300_000,
        });
        simulator.patchInstance("i-2", { fallOverAfter: "5m" });
        putBack(simulator);
        expect(simulator.patchInstance("i-2", { fallOverAfter: null })).not.toHaveProperty("fallOverAfter");
        await install(call, "i-1", "i-2");
        clock.time += INSTALL_MS + FALL_MS;
        expect(await statuses(call)).toEqual(["i-1 ACTIVATED", "i-2 UNKNOWN"]);
        clock.time += 4 * 60_000;
        expect(await statuses(call)).toEqual(["i-1 UNKNOWN", "i-2 UNKNOWN"]);
    });

    test("counts for installations that end without a request, too", async () => {
        const { simulator, call, clock } = falling();
        simulator.addClient({ ...CLIENT, status: "INSTALLING" });
        simulator.addClient({ ...CLIENT, instanceId: "i-2", clientId: "c-2" });
        simulator.patchClient("c-2", { status: "INSTALLING" });
        clock.time += INSTALL_MS;
        expect(await statuses(call)).toEqual(["i-1 ACTIVATED", "i-2 ACTIVATED"]);
        clock.time += FALL_MS;
        expect(await statuses(call)).toEqual(["i-1 UNKNOWN", "i-2 UNKNOWN"]);
    });

    test("keeps no second task waiting that follows the installation", async () => {
        const { call, clock } = falling({ createOnActive: "ignore" });
        await install(call, "i-1");
        const second = await install(call, "i-1");
        clock.time += INSTALL_MS;
        const third = await install(call, "i-1");
        for (const taskId of [second, third]) {
            expect(await look(call, taskId)).toMatchObject({
                description: "completed",
                result: [{ clientStatus: "ACTIVATED" }],
            });
        }
        clock.time += FALL_MS;
        expect(await statuses(call)).toEqual(["i-1 UNKNOWN"]);
    });

    test("keeps no task waiting whose client another program is installing", async () => {
        const { simulator, call, clock } = falling();
        const taskId = await install(call, "i-1");
        const [client] = simulator.world().clients;
        simulator.patchClient(client?.clientId ?? "", { status: "REGISTERED" });
        clock.time += INSTALL_MS;
        expect(await look(call, taskId)).toMatchObject({ result: [{ clientStatus: "ACTIVATED" }] });
        clock.time += FALL_MS;
        expect(await look(call, taskId)).toMatchObject({
            description: "completed",
            result: [{ clientStatus: "ACTIVATED" }],
        });
    });

    describe("is replaced", () => {
        /** An agent that is to fall over, and a switch that lets no other do so. */
        async function aboutToFall() {
            const set = falling({ createOnActive: "reinstall" });
            await install(set.call, "i-1");
            set.clock.time += INSTALL_MS;
            set.simulator.setSwitches({ fallOverAfter: null });
            const [client] = set.simulator.world().clients;
            return { ...set, clientId: client?.clientId ?? "" };
        }

        test("by an installation, an upgrade and an uninstallation", async () => {
            for (const [next, status] of [
                [(call) => install(call, "i-1"), "ACTIVATED"],
                [(call, ClientId) => call("UpgradeClient", { ClientId }), "ACTIVATED"],
                [(call, ClientId) => call("UninstallClient", { ClientId }), "NOT_INSTALLED"],
            ] as [(call: Awaited<ReturnType<typeof aboutToFall>>["call"], id: string) => unknown, string][]) {
                const { call, clock, clientId } = await aboutToFall();
                await next(call, clientId);
                clock.time += INSTALL_MS + FALL_MS;
                expect(await statuses(call)).toEqual([`i-1 ${status}`]);
            }
        });

        test("by a status from outside, but not by a setting", async () => {
            const { simulator, call, clock, clientId } = await aboutToFall();
            simulator.patchClient(clientId, { useHttps: true });
            clock.time += FALL_MS;
            expect(await listed(call)).toMatchObject([{ Status: "UNKNOWN", UseHttps: true }]);
            const other = await aboutToFall();
            other.simulator.patchClient(other.clientId, { status: "ACTIVATED" });
            other.clock.time += FALL_MS;
            expect(await statuses(other.call)).toEqual(["i-1 ACTIVATED"]);
        });

        test("by an instance that stops and starts", async () => {
            const { simulator, call, clock } = await aboutToFall();
            simulator.patchInstance("i-1", { state: "Stopped" });
            simulator.patchInstance("i-1", { state: "Running" });
            clock.time += FALL_MS;
            expect(await statuses(call)).toEqual(["i-1 ACTIVATED"]);
        });
    });

    test("has no effect on what fails", async () => {
        const { simulator, call, clock } = falling();
        simulator.addFault({ action: "CreateClients", kind: "task-failed" });
        const taskId = await install(call, "i-1");
        clock.time += INSTALL_MS + FALL_MS;
        expect(await look(call, taskId)).toMatchObject({ progress: -1 });
        expect(await statuses(call)).toEqual(["i-1 INSTALL_FAILED"]);
    });

    test("is seen late in a list that lags", async () => {
        const { simulator, call, clock } = falling();
        await install(call, "i-1");
        simulator.setSwitches({ listLag: "10s" });
        clock.time += INSTALL_MS + FALL_MS;
        expect(await statuses(call)).toEqual(["i-1 ACTIVATED"]);
        clock.time += 10_000;
        expect(await statuses(call)).toEqual(["i-1 UNKNOWN"]);
    });
});
