import { expectFailed, expectOk, type Result } from "./harness";
import {
    clientIdOf,
    clientsOf,
    countOf,
    failedIn,
    fleet,
    planOf,
    recordsOf,
    saidOf,
    type Scene,
    scenes,
    statusesOf,
    touchedBy,
    vaultsOf,
} from "./support";

const scene = scenes();

function errorsOf(result: Result, name: string): string[] {
    return saidOf(result, name).filter((text) => text.startsWith("error: "));
}

describe("a partial failure", () => {
    // The same fleet twice: one is refreshed before the next up, the other is not.
    const program = [
        fleet("straight", ["i-a1", "i-a2", "i-a3"]),
        fleet("refreshed", ["i-b1", "i-b2", "i-b3"]),
        fleet("tolerant", ["i-c1", "i-c2"], { rollout: { maxFailures: 1 } }),
    ];
    let simulator: Scene["simulator"];
    let failed: Result;
    let refreshed: Result;
    let preview: Result;
    let repaired: Result;

    beforeAll(async () => {
        const { stack, ...its } = await scene({
            world: {
                ...vaultsOf(...program.map(({ name }) => name)),
                strict: true,
                instances: [
                    { instanceId: "i-a1" },
                    { instanceId: "i-a2", failInstall: "InstallScriptFailed" },
                    // i-a3 is not there yet.
                    { instanceId: "i-b1" },
                    { instanceId: "i-b2", failInstall: "InstallScriptFailed" },
                    { instanceId: "i-c1" },
                    { instanceId: "i-c2", failInstall: "InstallScriptFailed" },
                ],
            },
        });
        simulator = its.simulator;
        failed = expectFailed(await stack.up(program));
        for (const id of ["i-a2", "i-b2", "i-c2"]) simulator.patchInstance(id, { failInstall: null });
        for (const id of ["i-a3", "i-b3"]) simulator.patchInstance(id, { state: "Running" });
        const target = failed.state.resource("refreshed").urn;
        refreshed = expectOk(await stack.refresh({ args: ["--target", target] }));
        preview = expectOk(await stack.preview(program));
        simulator.resetRequests();
        repaired = expectOk(await stack.up(program));
    });

    it.each([
        ["straight", "i-a1", "i-a2", "i-a3"],
        ["refreshed", "i-b1", "i-b2", "i-b3"],
    ])("%s: the state keeps every result", (name, good, broken, missing) => {
        expect(clientsOf(failed.state, name)).toMatchObject({
            [good]: { status: "ACTIVATED", installed: true },
            [broken]: {
                status: "INSTALL_FAILED",
                installed: false,
                errorCode: "InstallScriptFailed",
                pendingAction: "install",
                taskId: expect.stringMatching(/^t-/) as unknown,
            },
            [missing]: { status: "NOT_INSTALLED", errorCode: "InstanceNotExists", validInstance: false },
        });
        expect(failedIn(failed.state, name)).toEqual([broken, missing]);
        expect(failed.state.resource(name).outputs?.taskIds).toHaveLength(1);
    });

    it.each([
        ["straight", "i-a2", "i-a3"],
        ["refreshed", "i-b2", "i-b3"],
    ])("%s: the run fails with one reason for each instance", (name, broken, missing) => {
        const text = errorsOf(failed, name).join("\n");
        for (const id of [broken, missing]) expect(text.split(`${id}: `)).toHaveLength(2);
        expect(text).toMatch(new RegExp(`${broken}: .*INSTALL_FAILED \\(InstallScriptFailed\\)`));
        expect(text).toMatch(new RegExp(`${missing}: .*InstanceNotExists.*; check the id`));
        expect(saidOf(failed, name)).toContain("info: 1 installed, 2 failed");
        expect(failed.stdout + failed.stderr).not.toContain("    at ");
    });

    it("a refresh in between keeps what is still to be done", () => {
        expect(clientsOf(refreshed.state, "refreshed")).toMatchObject({
            "i-b1": { status: "ACTIVATED" },
            "i-b2": { status: "INSTALL_FAILED", pendingAction: "install", errorCode: "InstallScriptFailed" },
            "i-b3": { status: "NOT_INSTALLED", pendingAction: "install" },
        });
        expect(failedIn(refreshed.state, "refreshed")).toEqual(["i-b2", "i-b3"]);
    });

    it.each([
        ["straight", "i-a1", "i-a2", "i-a3"],
        ["refreshed", "i-b1", "i-b2", "i-b3"],
    ])("%s: the next up works on the failed ones only", (name, good, broken, missing) => {
        expect(planOf(preview, name)).toContain(broken);
        expect(planOf(preview, name)).toContain(missing);
        expect(planOf(preview, name)).toMatch(/; keep 1$/);
        expect(touchedBy(simulator, name)).toEqual({
            installed: [broken, missing],
            uninstalled: [],
            deleted: [],
        });
        expect(statusesOf(repaired.state, name)).toEqual({
            [good]: "ACTIVATED",
            [broken]: "ACTIVATED",
            [missing]: "ACTIVATED",
        });
        expect(failedIn(repaired.state, name)).toEqual([]);
        expect(clientsOf(repaired.state, name)[broken]).not.toHaveProperty("pendingAction");
    });

    it("is tolerated within `maxFailures`: a warning, and the next up tries again", () => {
        expect(errorsOf(failed, "tolerant")).toEqual([]);
        expect(saidOf(failed, "tolerant")).toContainEqual(
            expect.stringMatching(/^warning: i-c2: .*InstallScriptFailed/),
        );
        expect(failedIn(failed.state, "tolerant")).toEqual(["i-c2"]);
        expect(touchedBy(simulator, "tolerant").installed).toEqual(["i-c2"]);
        expect(failedIn(repaired.state, "tolerant")).toEqual([]);
    });
});

describe("a time-out", () => {
    it("keeps the open task, and the next up goes on waiting for it", async () => {
        const { stack, simulator } = await scene({
            // Long enough for the next up to begin before it is over, on a busy machine too.
            world: { ...vaultsOf("hana"), instances: [{ instanceId: "i-a2", installTime: "12s" }] },
        });
        const program = (create: string) => [
            fleet("hana", ["i-a1", "i-a2"], { rollout: { batchSize: 1 } }, { customTimeouts: { create } }),
        ];
        const timedOut = expectFailed(await stack.up(program("3s")));
        const open = clientsOf(timedOut.state, "hana")["i-a2"];
        expect(open).toMatchObject({ status: "INSTALLING", pendingAction: "install" });
        expect(open?.taskId).toMatch(/^t-/);
        const error = errorsOf(timedOut, "hana").join("\n");
        expect(error).toContain("stopped: the time-out of 3 s is over (resource option customTimeouts)");
        expect(error).toMatch(/still to be done, by the next `pulumi up`: .*i-a2/);
        expect(timedOut.stdout + timedOut.stderr).not.toContain("    at ");

        simulator.resetRequests();
        const resumed = expectOk(await stack.up(program("20m")));
        expect(statusesOf(resumed.state, "hana")).toEqual({ "i-a1": "ACTIVATED", "i-a2": "ACTIVATED" });
        expect(resumed.state.resource("hana").outputs?.taskIds).toContain(open?.taskId);
        expect(countOf(simulator, "CreateClients")).toBe(0);
        expect(
            simulator
                .requests()
                .log.flatMap(({ action, parameters }) =>
                    action === "DescribeTask" ? [parameters.TaskId] : [],
                ),
        ).toContain(open?.taskId);
    });
});

describe("a service that is not at its best", () => {
    it("is borne: throttling, a read that fails twice, an answer to CreateClients that is lost", async () => {
        const { stack, simulator } = await scene({ world: vaultsOf("hana", "second") });
        simulator.setLimits({ "*": { perSecond: 4 }, CreateClients: { perSecond: 1 } });
        simulator.addFault({
            action: "DescribeClients",
            kind: "status",
            status: 503,
            code: "ServiceUnavailable",
            times: 2,
        });
        simulator.addFault({ action: "CreateClients", kind: "reset-after", times: 1 });
        simulator.addFault({ action: "DescribeTask", kind: "reset-before", times: 1 });
        const rollout = { batchSize: 2 };
        const up = expectOk(
            await stack.up([
                fleet("hana", ["i-a1", "i-a2", "i-a3", "i-a4", "i-a5"], { rollout }),
                fleet("second", ["i-b1"]),
            ]),
        );
        const { duplicateInstalls, installs, log } = simulator.requests();
        expect(duplicateInstalls).toBe(0);
        expect(Object.values(installs)).toEqual([1, 1, 1, 1, 1, 1]);
        expect(log.some(({ code }) => code.startsWith("Throttling"))).toBe(true);
        expect(simulator.faults()).toEqual([]);
        expect(new Set(Object.values(statusesOf(up.state, "hana")))).toEqual(new Set(["ACTIVATED"]));
        expect(recordsOf(simulator, "second")).toEqual({ "i-b1": "ACTIVATED" });
        expect(clientIdOf(simulator, "i-b1")).toBe(clientsOf(up.state, "second")["i-b1"]?.clientId);
    });
});
