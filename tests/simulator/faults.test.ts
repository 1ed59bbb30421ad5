import { FAULT_KINDS, type FaultInput } from "../../simulator";
import { clientInfo, inProcess, install, listed, look, statuses, VAULT } from "./support";

const LIST = { VaultId: VAULT, ClientType: "ECS_AGENT" };
const CREATE = { VaultId: VAULT, ClientInfo: clientInfo("i-1") };

describe("faults of an answer", () => {
    test("throttle: refused before it acted, with the wait in a header", async () => {
        const { simulator } = inProcess();
        simulator.addFault({ action: "CreateClients", kind: "throttle", retryAfterMs: 1500 });
        const { status, headers, body } = await simulator.call("CreateClients", CREATE);
        expect(status).toBe(400);
        expect(headers["x-acs-retry-after"]).toBe("1500");
        expect(JSON.parse(body)).toMatchObject({ Code: "Throttling.User" });
        expect(simulator.requests().installs).toEqual({});
    });

    test("status: any status and code", async () => {
        const { simulator, call } = inProcess();
        simulator.addFault({
            action: "*",
            kind: "status",
            status: 503,
            code: "ServiceUnavailable",
            message: "Busy.",
        });
        const { status, body } = await simulator.call("DescribeClients", LIST);
        expect([status, JSON.parse(body)]).toMatchObject([
            503,
            { Code: "ServiceUnavailable", Message: "Busy." },
        ]);
        expect(await call("DescribeClients", LIST)).toMatchObject({ Success: true });
    });

    test.each(["status", "throttle", "success-false"] as const)(
        "%s: {requestId} in the message is the id of the request",
        async (kind) => {
            const { simulator, call } = inProcess();
            const message = "No (request {requestId}, {requestId}).";
            simulator.addFault({ action: "DescribeClients", kind, message, times: 2 });
            const answers = [await call("DescribeClients", LIST), await call("DescribeClients", LIST)];
            const ids = answers.map((answer) => String(answer["RequestId"]));
            expect(new Set(ids).size).toBe(2);
            expect(answers.map((answer) => answer["Message"])).toEqual(
                ids.map((id) => `No (request ${id}, ${id}).`),
            );
            expect(simulator.faults()).toEqual([]);
        },
    );

    test.each([
        ["CheckRole", { CheckRoleType: "EcsRole" }],
        ["DescribeHanaInstances", { VaultId: VAULT }],
    ])("status: %s, too", async (action, parameters) => {
        const { simulator, call } = inProcess();
        simulator.addFault({ action, kind: "status", status: 403, code: "AssumeRoleFail" });
        const { status, body } = await simulator.call(action, parameters);
        expect([status, JSON.parse(body)]).toMatchObject([403, { Code: "AssumeRoleFail" }]);
        expect(await call(action, parameters)).toMatchObject({ Success: true });
    });

    test("reset-before: cut, nothing done; reset-after: done, then cut", async () => {
        const { simulator, call } = inProcess();
        simulator.addFault({ action: "CreateClients", kind: "reset-before" });
        simulator.addFault({ action: "CreateClients", kind: "reset-after" });
        await expect(simulator.call("CreateClients", CREATE)).rejects.toMatchObject({ code: "ECONNRESET" });
        expect(await listed(call)).toEqual([]);
        await expect(simulator.call("CreateClients", CREATE)).rejects.toMatchObject({ code: "ECONNRESET" });
        expect(await statuses(call)).toEqual(["i-1 INSTALLING"]);
    });

    test.each([
        ["before", []],
        ["after", ["i-1 INSTALLING"]],
    ] as const)("hang: nothing comes, then it is cut; effect %s", async (effect, expected) => {
        const { simulator, call, clock } = inProcess();
        simulator.addFault({ action: "CreateClients", kind: "hang", ms: 60_000, effect });
        const before = clock.time;
        await expect(simulator.call("CreateClients", CREATE)).rejects.toMatchObject({ code: "ECONNRESET" });
        expect(clock.time - before).toBe(60_000);
        expect(await statuses(call)).toEqual(expected);
    });

    test("slow-body: complete, but late", async () => {
        const { simulator, clock } = inProcess();
        simulator.addFault({ action: "DescribeClients", kind: "slow-body", ms: 5000 });
        const before = clock.time;
        expect(JSON.parse((await simulator.call("DescribeClients", LIST)).body)).toMatchObject({
            TotalCount: 0,
        });
        expect(clock.time - before).toBe(5000);
    });

    test.each([
        ["not-json", expect.stringContaining("<html>")],
        ["empty-body", ""],
    ] as const)("%s: done, but unreadable; or not done, as it is asked for", async (kind, expected) => {
        const { simulator, call } = inProcess();
        simulator.addFault({ action: "CreateClients", kind, status: 502, effect: "before" });
        simulator.addFault({ action: "CreateClients", kind });
        const undone = await simulator.call("CreateClients", CREATE);
        expect(undone).toMatchObject({ status: 502, body: expected as string });
        expect(await listed(call)).toEqual([]);
        expect(await simulator.call("CreateClients", CREATE)).toMatchObject({
            status: 200,
            body: expected as string,
        });
        expect(await statuses(call)).toEqual(["i-1 INSTALLING"]);
    });

    test("success-false: 200 and yet no", async () => {
        const { simulator, call } = inProcess();
        simulator.addFault({ action: "CreateClients", kind: "success-false", code: "EcsClientError" });
        const { status, body } = await simulator.call("CreateClients", CREATE);
        expect([status, JSON.parse(body)]).toMatchObject([200, { Success: false, Code: "EcsClientError" }]);
        expect(await listed(call)).toEqual([]);
    });

    test("flat-list: wrapped lists come flat", async () => {
        const { simulator, call } = inProcess();
        for (const action of ["CreateClients", "DescribeClients", "DescribeVaults", "DescribeRegions"]) {
            simulator.addFault({ action, kind: "flat-list" });
        }
        expect(await call("CreateClients", CREATE)).toMatchObject({
            InstanceStatuses: [{ InstanceId: "i-1" }],
        });
        expect(await call("DescribeClients", LIST)).toMatchObject({ Clients: [{ InstanceId: "i-1" }] });
        expect(await call("DescribeVaults")).toMatchObject({ Vaults: [{ VaultId: VAULT }] });
        expect(await call("DescribeRegions")).toMatchObject({ Regions: expect.any(Array) as unknown });
    });
});

describe("faults of a task", () => {
    test("task-failed: Progress -1, and every client of it fails", async () => {
        const { simulator, call, clock } = inProcess();
        simulator.addFault({ action: "CreateClients", kind: "task-failed" });
        const taskId = await install(call, "i-1", "i-2");
        expect(await look(call, taskId)).toMatchObject({ description: "created", progress: 0 });
        clock.time += 100_000;
        const failed = { clientStatus: "INSTALL_FAILED", errorCode: "TaskFailed" };
        expect(await look(call, taskId)).toMatchObject({ progress: -1, result: [failed, failed] });
        expect(await statuses(call)).toEqual(["i-1 INSTALL_FAILED", "i-2 INSTALL_FAILED"]);
    });

    test.each([
        ["task-expired", "expired"],
        ["task-cancelled", "cancelled"],
    ] as const)("%s: instances that were done by then stay", async (kind, description) => {
        const instances = [
            { instanceId: "i-1", installTime: "100s" },
            { instanceId: "i-2", installTime: "10s" },
        ];
        const { simulator, call, clock } = inProcess({ world: { instances } });
        simulator.addFault({ action: "CreateClients", kind });
        const taskId = await install(call, "i-1", "i-2");
        clock.time += 100_000;
        expect(await look(call, taskId)).toMatchObject({ description });
        expect(await statuses(call)).toEqual(["i-1 INSTALL_FAILED", "i-2 ACTIVATED"]);
    });

    test("task-vanishes: TaskNotFound, and the clients go on to their normal end", async () => {
        const { simulator, call, clock } = inProcess();
        simulator.addFault({ action: "CreateClients", kind: "task-vanishes" });
        const taskId = await install(call, "i-1");
        expect(await look(call, taskId)).toMatchObject({ description: "created" });
        clock.time += 100_000;
        expect(await look(call, taskId)).toMatchObject({ code: "TaskNotFound" });
        expect(await statuses(call)).toEqual(["i-1 ACTIVATED"]);
    });

    test("result-object on the start: the Result is an object at every look", async () => {
        const { simulator, call, clock } = inProcess();
        simulator.addFault({ action: "CreateClients", kind: "result-object" });
        const taskId = await install(call, "i-1");
        expect(await look(call, taskId)).toMatchObject({ result: "{}" });
        clock.time += 100_000;
        expect(await look(call, taskId)).toMatchObject({ description: "completed", result: "{}" });
    });

    test("an uninstallation fails as a whole", async () => {
        const { simulator, call, clock } = inProcess({
            world: { clients: [{ vaultId: VAULT, instanceId: "i-1", clientId: "c-1" }] },
        });
        simulator.addFault({ action: "UninstallClient", kind: "task-failed" });
        const { TaskId } = await call("UninstallClient", { ClientId: "c-1" });
        clock.time += 1_000_000;
        expect(await look(call, TaskId)).toMatchObject({
            progress: -1,
            result: [{ clientStatus: "UNINSTALL_FAILED" }],
        });
        expect(await statuses(call)).toEqual(["i-1 UNINSTALL_FAILED"]);
    });

    test.each([
        ["task-failed", { progress: -1 }],
        ["task-expired", { description: "expired" }],
        ["task-cancelled", { description: "cancelled" }],
        ["task-vanishes", { code: "TaskNotFound" }],
        ["result-object", { result: "{}" }],
    ] as const)("%s on DescribeTask: that look only", async (kind, expected) => {
        const { simulator, call, clock } = inProcess();
        const taskId = await install(call, "i-1");
        simulator.addFault({ action: "DescribeTask", kind });
        expect(await look(call, taskId)).toMatchObject(expected);
        clock.time += 100_000;
        expect(await look(call, taskId)).toMatchObject({
            description: "completed",
            progress: 100,
            result: [{}],
        });
    });
});

describe("which requests a fault strikes", () => {
    /** Which of some calls fail. */
    async function pattern(fault: Partial<FaultInput>, calls: number, seed = 1): Promise<string> {
        const { simulator } = inProcess({ seed });
        simulator.addFault({ action: "DescribeRegions", kind: "status", ...fault });
        let seen = "";
        for (let call = 0; call < calls; call += 1) {
            seen += (await simulator.call("DescribeRegions")).status === 200 ? "." : "x";
        }
        return seen;
    }

    test("times and after", async () => {
        expect(await pattern({}, 4)).toBe("x...");
        expect(await pattern({ times: 2, after: 1 }, 5)).toBe(".xx..");
        expect(await pattern({ times: "always", action: "*" }, 5)).toBe("xxxxx");
        expect(await pattern({ action: "DescribeVaults" }, 3)).toBe("...");
    });

    test("probability, by the seed", async () => {
        const first = await pattern({ probability: 0.5, times: "always" }, 40);
        expect(first).toContain("x");
        expect(first).toContain(".");
        expect(await pattern({ probability: 0.5, times: "always" }, 40)).toBe(first);
        expect(await pattern({ probability: 0.5, times: "always" }, 40, 2)).not.toBe(first);
        expect(await pattern({ probability: 0 }, 5)).toBe(".....");
    });

    test("two faults take turns", async () => {
        const { simulator } = inProcess();
        simulator.addFault({ action: "DescribeRegions", kind: "status", status: 500 });
        simulator.addFault({ action: "DescribeRegions", kind: "status", status: 503, after: 1 });
        const seen = [];
        for (let call = 0; call < 3; call += 1) seen.push((await simulator.call("DescribeRegions")).status);
        expect(seen).toEqual([500, 503, 200]);
    });

    test("a task fault for any action waits for one that has a task", async () => {
        const { simulator, call } = inProcess();
        simulator.addFault({ action: "*", kind: "task-failed" });
        expect(await listed(call)).toEqual([]);
        const taskId = await install(call, "i-1");
        expect(simulator.faults()).toEqual([]);
        expect(await look(call, taskId)).toMatchObject({ description: "created" });
    });

    test("cleared faults strike no more", async () => {
        const { simulator, call } = inProcess();
        for (const kind of FAULT_KINDS) simulator.addFault({ action: "*", kind, times: "always" });
        expect(simulator.faults()).toHaveLength(FAULT_KINDS.length);
        simulator.clearFaults();
        expect(await call("DescribeClients", LIST)).toMatchObject({ Success: true });
    });

    test.each([
        [{ action: "CreateClient", kind: "status" }, "action: there is no CreateClient"],
        [
            { action: "DescribeClients", kind: "task-failed" },
            "kind: task-failed does not apply to DescribeClients",
        ],
        [
            { action: "DescribeBackupClients", kind: "flat-list" },
            "kind: flat-list does not apply to DescribeBackupClients",
        ],
        [{ action: "*", kind: "boom" }, /^kind: Invalid type/],
        [{ action: "*", kind: "status", times: 0 }, /^times: /],
        [{ action: "*", kind: "status", probability: 2 }, /^probability: /],
        [{ action: "*", kind: "status", often: 2 }, /^often: /],
        [{ kind: "status" }, /^action: /],
    ])("%j is refused", (fault, reason) => {
        const { simulator } = inProcess();
        expect(() => {
            simulator.addFault(fault as FaultInput);
        }).toThrow(reason);
    });
});
