import { setTimeout as sleep } from "node:timers/promises";
import { Simulator, type Listening } from "../../simulator";
import {
    configFor,
    expectFailed,
    expectOk,
    startEngine,
    type Engine,
    type Operation,
    type ProgramSpec,
    type Result,
    type Stack,
} from "./harness";
import { agentsIn } from "./support";

const INSTALL_TIME_MS = 60_000;
const CHANGING = ["CreateClients", "UninstallClient", "DeleteClient"];
const VAULT = "v-simulator";

type Clients = Record<string, Record<string, unknown>>;

/** One instance at a time, so that at each moment there is something that has not been submitted yet. */
const fleet = (ids: readonly string[], more: object = {}): ProgramSpec => [
    {
        name: "hana",
        args: {
            vaultId: VAULT,
            instances: ids.map((instanceId) => ({ instanceId, clusterId: "cl-1" })),
            rollout: { batchSize: 1, parallelism: 1 },
            ...more,
        },
    },
];

describe("Ctrl-C", () => {
    let engine: Engine;
    let simulator: Simulator;
    let listening: Listening;
    let stack: Stack;

    beforeAll(async () => {
        engine = await startEngine();
    });
    afterAll(() => engine.stop());

    beforeEach(async () => {
        simulator = new Simulator({ installTime: INSTALL_TIME_MS });
        listening = await simulator.listen();
        stack = await engine.stack({ config: configFor(listening) });
    });
    afterEach(() => simulator.close());

    const count = (action: string): number => simulator.requests().byAction[action] ?? 0;
    const changes = (): number => CHANGING.reduce((sum, action) => sum + count(action), 0);
    const clientsOf = (result: Result): Clients => result.state.resource("hana").outputs?.clients as Clients;

    /** Sends SIGINT as soon as the service has had so many requests of an action; the run as it then ended. */
    async function interrupted(
        operation: Operation,
        program: ProgramSpec,
        action: string,
        times = 1,
    ): Promise<Result> {
        const run = await stack.start(operation, program);
        while (count(action) < times && !run.isOver) await sleep(20);
        const changesBefore = changes();
        const at = Date.now();
        run.signal("SIGINT");
        const result = expectFailed(await run.done);
        const tookMs = Date.now() - at;
        process.stdout.write(`Ctrl-C in ${operation}, at ${action}: ended after ${tookMs} ms\n`);
        // Far from the minute that everything under way would take; how near to two seconds depends on the machine.
        expect(tookMs).toBeLessThan(INSTALL_TIME_MS / 4);
        expect(changes()).toBe(changesBefore);
        return result;
    }

    /** What is under way ends now; what begins from now on is quick. */
    function hurry(ids: readonly string[]): void {
        for (const instanceId of ids) simulator.patchInstance(instanceId, { installTime: 100 });
        for (const { clientId, status } of simulator.world().clients) {
            if (status === "INSTALLING" || status === "REGISTERED")
                simulator.patchClient(clientId, { status: "ACTIVATED" });
            if (status === "UNINSTALLING") simulator.patchClient(clientId, { status: "NOT_INSTALLED" });
        }
    }

    it("while a task is waited for: the state keeps it, and the next up waits for the same one", async () => {
        simulator.patchInstance("i-1", { installTime: 100 });
        const program = fleet(["i-1", "i-2", "i-3"]);

        const result = await interrupted("up", program, "CreateClients", 2);
        expect(result.stdout).toContain("stopped: cancelled");
        expect(result.stdout).toContain("still to be done, by the next `pulumi up`: i-");
        const clients = clientsOf(result);
        expect(clients["i-2"]).toMatchObject({
            status: "INSTALLING",
            taskId: expect.any(String) as string,
            pendingAction: "install",
        });
        expect(clients["i-3"]).toMatchObject({ status: "NOT_INSTALLED", pendingAction: "install" });

        hurry(["i-3"]);
        const next = expectOk(await stack.up(program));
        expect(clientsOf(next)).toMatchObject({
            "i-1": { status: "ACTIVATED" },
            "i-2": { status: "ACTIVATED" },
            "i-3": { status: "ACTIVATED" },
        });
        expect(simulator.requests()).toMatchObject({
            installs: { "i-1": 1, "i-2": 1, "i-3": 1 },
            duplicateInstalls: 0,
        });
    });

    it("while a submission is under way: its answer is heard if it comes soon, and never sent twice", async () => {
        const program = fleet(["i-1", "i-2"]);
        simulator.addFault({ action: "CreateClients", kind: "slow-body", ms: 600 });
        const heard = await interrupted("up", program, "CreateClients");
        expect(clientsOf(heard)).toMatchObject({
            "i-1": { taskId: expect.any(String) as string, pendingAction: "install" },
            "i-2": { status: "NOT_INSTALLED", pendingAction: "install" },
        });

        hurry([]);
        simulator.addFault({ action: "CreateClients", kind: "slow-body", ms: 30_000 });
        const unheard = await interrupted("up", program, "CreateClients", 2);
        expect(clientsOf(unheard)).toMatchObject({
            "i-1": { status: "ACTIVATED" },
            "i-2": { pendingAction: "install" },
        });

        hurry([]);
        expectOk(await stack.up(program));
        expect(simulator.requests()).toMatchObject({
            installs: { "i-1": 1, "i-2": 1 },
            duplicateInstalls: 0,
        });
    });

    it("while the result is read back: the next up finds it", async () => {
        simulator.patchInstance("i-1", { installTime: 100 });
        simulator.addFault({ action: "DescribeClients", kind: "hang", after: 1, ms: INSTALL_TIME_MS });
        const program = fleet(["i-1"]);

        const result = await interrupted("up", program, "DescribeClients", 2);
        expect(clientsOf(result)["i-1"]).toMatchObject({ pendingAction: "install" });

        expect(clientsOf(expectOk(await stack.up(program)))["i-1"]).toMatchObject({ status: "ACTIVATED" });
        expect(simulator.requests().installs).toEqual({ "i-1": 1 });
    });

    it("in an update and in a destroy: the work is open in the state, or the state stays as it was", async () => {
        const ids = ["i-1", "i-2"];
        const installed = fleet(ids);
        hurry(ids);
        expectOk(await stack.up(installed));
        for (const instanceId of ids) simulator.patchInstance(instanceId, { installTime: INSTALL_TIME_MS });

        const changed = fleet(ids, { useHttps: true });
        const updating = await interrupted("up", changed, "UninstallClient");
        expect(clientsOf(updating)).toMatchObject({
            "i-1": { pendingAction: "reinstall" },
            "i-2": { status: "ACTIVATED", pendingAction: "reinstall" },
        });
        hurry(ids);
        expect(clientsOf(expectOk(await stack.up(changed)))).toMatchObject({
            "i-1": { status: "ACTIVATED" },
            "i-2": { status: "ACTIVATED" },
        });
        expect(simulator.requests()).toMatchObject({
            installs: { "i-1": 2, "i-2": 2 },
            duplicateInstalls: 0,
        });

        for (const instanceId of ids) simulator.patchInstance(instanceId, { installTime: INSTALL_TIME_MS });
        const before = stack.state();
        const uninstalls = count("UninstallClient");
        const removing = await interrupted("destroy", changed, "UninstallClient", uninstalls + 2);
        expect(removing.state.resource("hana")).toMatchObject({ outputs: before.resource("hana").outputs });
        hurry(ids);
        expect(expectOk(await stack.destroy()).state.resources).toEqual([]);
        expect(agentsIn(simulator)).toEqual([]);
        expect(count("UninstallClient")).toBe(uninstalls + 2);
    });

    it("while the service is out of reach: the row says what is retried, and the reason names the last error", async () => {
        const refused = `ECONNREFUSED (${listening.endpoint})`;
        const installing = await stack.start("up", fleet(["i-1"]));
        while (count("DescribeClients") < 1 && !installing.isOver) await sleep(20);
        await simulator.close();
        await installing.printed(/retrying/);
        installing.signal("SIGINT");
        const up = expectFailed(await installing.done);
        // Whichever call came first after the service had gone.
        const [, call] = /retrying (\w+): ECONNREFUSED/.exec(up.stdout) ?? [];
        expect(["DescribeClients", "CreateClients", "DescribeTask"]).toContain(call);
        expect(up.stdout).toContain(`retrying ${call}: ${refused}`);
        expect(up.stdout).toContain("stopped: cancelled; the last error: ");
        expect(up.stdout).toContain(`failed: ConnectionFailed: ${refused}; check the network`);
        expect(clientsOf(up)["i-1"]).toMatchObject({ pendingAction: "install" });

        const refreshing = await stack.start("refresh", fleet(["i-1"]));
        await refreshing.printed(/retrying/);
        refreshing.signal("SIGINT");
        const refresh = expectFailed(await refreshing.done);
        expect(refresh.stdout).toContain(`retrying DescribeClients: ${refused}`);
        expect(refresh.stdout).toContain(
            "cancelled; the last error: DescribeClients failed: ConnectionFailed: ",
        );
        expect(clientsOf(refresh)["i-1"]).toEqual(clientsOf(up)["i-1"]);
    });
});
