import { Cancelled } from "../../provider/interrupted";
import { Boots } from "../../provider/run/boot";
import { Batch } from "../../provider/run/halt";
import { Installer } from "../../provider/run/install";
import { declared, foreign, spec } from "../fleet/builders";
import { error, installed, SECOND, shown, TAKEN, UNAVAILABLE } from "./oneBatch";
import { type Script, ScriptedRun } from "./scripted";

describe("a batch of which the service", () => {
    test("has refused a part lets healthy clients wait until it takes another", async () => {
        const create: Script["create"] = ({ targets }) =>
            targets.some(({ instanceId }) => instanceId === "i-1")
                ? error("InvalidParameter", 400, "i-1 is wrong")
                : TAKEN;
        const { writes, run, decidedAt, failures } = await installed(["i-1", "i-2"], {
            create,
            clients: shown({ "i-2": 1 }),
        });
        expect(writes).toEqual(["install i-1,i-2", "install i-1", "install i-2"]);
        expect(run.record.counts).toMatchObject({ installed: 1 });
        expect([...failures.keys()]).toEqual(["i-1"]);
        expect(decidedAt()).toBeLessThan(SECOND);
    });

    test.each([
        ["has taken none", { instanceStatuses: [{ instanceId: "i-1", valid: false }] }],
        [
            "has taken none, with a task",
            { ...TAKEN, instanceStatuses: [{ instanceId: "i-1", valid: false }] },
        ],
    ])("%s lets healthy clients wait for its end", async (_, answer) => {
        const { decidedAt, failures } = await installed(["i-1"], { create: () => answer });
        expect(failures.get("i-1")).toMatchObject({ code: "InvalidInstance" });
        expect(decidedAt()).toBe(Infinity);
    });

    test("names the unfit instances has those sent alone for the reason, and the others are followed", async () => {
        const create: Script["create"] = ({ targets }) => ({
            taskId: "t-1",
            requestId: "R-7",
            instanceStatuses: [
                { instanceId: "i-1", valid: true, errorCode: "" },
                ...(targets.length > 1
                    ? [{ instanceId: "i-2", valid: false }]
                    : [{ instanceId: "i-2", valid: false, errorCode: "DiskFull" }]),
            ],
        });
        const { writes, run, failures } = await installed(["i-1", "i-2"], {
            create,
            clients: shown({ "i-1": 1 }),
        });
        expect(writes).toEqual(["install i-1,i-2", "install i-2"]);
        expect(run.record.counts).toMatchObject({ installed: 1 });
        expect([...failures]).toEqual([
            [
                "i-2",
                {
                    code: "DiskFull",
                    message: "the service says that no client can be installed on this instance",
                    requestId: "R-7",
                },
            ],
        ]);
        expect(run.record.entries.get("i-2")).toMatchObject({ validInstance: false, owned: false });
    });

    test("gives no reason and no request ID has a failure without them", async () => {
        const create = () => ({ ...TAKEN, instanceStatuses: [{ instanceId: "i-1", valid: false }] });
        const { failures } = await installed(["i-1"], { create });
        expect(failures.get("i-1")).toStrictEqual({
            code: "InvalidInstance",
            message: expect.any(String) as string,
        });
    });

    test.each([
        ["about the instance", "InvalidInstanceId.NotFound", false],
        ["about anything else", "InvalidParameter", undefined],
    ])("refuses it %s says so of the instance only then", async (_, code, validInstance) => {
        const { run } = await installed(["i-1"], { create: () => error(code, 400, "i-1: no") });
        expect(run.record.entries.get("i-1")?.errorCode).toBe(code);
        expect(run.record.entries.get("i-1")?.validInstance).toBe(validInstance);
    });

    test.each(["NoPermission", "VaultNotExist"])("refuses it for all (%s) stops the run", async (code) => {
        const refused = error(code, 403);
        const { run, writes, failures } = await installed(["i-1", "i-2"], { create: () => refused });
        expect(run.halt.stopped).toBe(refused);
        expect(writes).toHaveLength(1);
        expect([...failures]).toEqual([]);
    });

    test("has throttled it without an end ends with that error", async () => {
        const throttled = error("Throttling", 429);
        expect((await installed(["i-1"], { create: () => throttled })).end).toBe(throttled);
    });
});

describe("an installation whose answer is lost", () => {
    test("is followed where the list shows it, and comes again in halves for the others", async () => {
        const { writes, run, decidedAt } = await installed(["i-1", "i-2", "i-3"], {
            create: (_, calls) => (calls === 0 ? UNAVAILABLE : TAKEN),
            clients: shown({ "i-1": 5, "i-2": 12, "i-3": 12 }),
        });
        expect(writes).toEqual(["install i-1,i-2,i-3", "install i-2", "install i-3"]);
        expect(run.record.counts).toMatchObject({ installed: 3 });
        expect(decidedAt()).toBeLessThan(15 * SECOND);
    });

    test("settles the doubt about healthy clients as soon as the list shows a part of it", async () => {
        const { writes, decidedAt, run } = await installed(["i-1"], {
            create: () => UNAVAILABLE,
            clients: shown({ "i-1": 5 }),
        });
        expect(writes).toHaveLength(1);
        expect(run.record.counts).toMatchObject({ installed: 1 });
        expect(decidedAt()).toBeGreaterThanOrEqual(5 * SECOND);
        expect(decidedAt()).toBeLessThan(12 * SECOND);
    });

    test("has failed after five calls, and what appears later is nobody's", async () => {
        const { writes, run, failures } = await installed(["i-1"], { create: () => UNAVAILABLE });
        expect(writes).toHaveLength(5);
        expect(failures.get("i-1")).toMatchObject({ code: "InternalError", requestId: "R-1" });
        expect(run.record.entries.get("i-1")).toMatchObject({ owned: false, pendingAction: "install" });
    });

    test("is this resource's no more once the list has not shown it, even if no other call is made", async () => {
        const { run, writes } = await installed(["i-1"], {
            create: () => UNAVAILABLE,
            entries: [foreign("i-1", "NOT_INSTALLED", { pendingAction: "install" })],
            meanwhile: ({ clock, halt }) => {
                void clock.sleep(5 * SECOND).then(() => {
                    halt.stop(error("NoPermission", 403));
                });
            },
        });
        expect(writes).toHaveLength(1);
        expect(run.record.entries.get("i-1")).toEqual(
            foreign("i-1", "NOT_INSTALLED", { pendingAction: "install" }),
        );
    });

    test("is one that names no task, too", async () => {
        const create = () => ({ instanceStatuses: [], requestId: "R-9" });
        const found = await installed(["i-1"], { create, clients: shown({ "i-1": 5 }) });
        expect(found.writes).toHaveLength(1);
        expect(found.run.record.counts).toMatchObject({ installed: 1 });
        const { writes, failures } = await installed(["i-1"], { create });
        expect(writes).toHaveLength(5);
        expect(failures.get("i-1")).toEqual({
            code: "NoTaskId",
            message: "CreateClients: the answer names no task",
            operation: "CreateClients",
            requestId: "R-9",
        });
    });

    test("because the run was stopped is this resource's only if it may have reached the service", async () => {
        for (const [isSent, owned] of [
            [true, undefined],
            [false, false],
        ] as const) {
            const stopped = new Cancelled();
            const { run, end } = await installed(["i-1"], {
                create: ({ delivery }) => {
                    if (delivery && isSent) delivery.isUnanswered = true;
                    return stopped;
                },
                entries: [foreign("i-1", "NOT_INSTALLED", { pendingAction: "install" })],
            });
            expect(end).toBe(stopped);
            expect(run.record.entries.get("i-1")?.owned).toBe(owned);
        }
    });
});

test.each<[number | undefined, readonly string[]]>([
    [undefined, ["i-2", "i-1", "i-3"]],
    [2, ["i-2", "i-1", "i-3"]],
    // One more would be too many, so no instance of another batch is tried.
    [1, ["i-2", "i-1"]],
])(
    "a call waits for the probes, and is not made if all are refused (maxFailures %s)",
    async (maxFailures, tried) => {
        const ids = ["i-1", "i-2", "i-3", "i-4"];
        const all = ids.map((id) => declared(id));
        const { run, writes }: ScriptedRun = new ScriptedRun({
            clients: () => [],
            declared: spec(all),
            goal: {
                rollout: {
                    batchSize: 2,
                    batches: 2,
                    inFlight: 4,
                    isCut: false,
                    ...(maxFailures !== undefined && { maxFailures }),
                },
            },
            create: async () => {
                await run.clock.sleep(SECOND);
                throw error("InvalidParameter");
            },
        });
        await run.watch.look();
        const { room } = await run.inFlight.take([...ids], ids.length, false);
        const boots = new Boots(
            run,
            () => true,
            () => Promise.resolve(),
        );
        const orders = all.map((each) => ({ declared: each, counts: "installed" as const }));
        const batches = [orders.slice(0, 2), orders.slice(2)];
        const installer = new Installer(run, boots);
        installer.refusals.expect(batches);
        const work = batches.map(async (batch, index) => {
            // The first is refused after a second, and probed for two more.
            await run.clock.sleep(index * 1_500);
            await installer.install(new Batch(run.halt, ids, room), batch);
        });
        await Promise.all(work);
        expect(writes).toEqual(["install i-1,i-2", ...tried.map((id) => `install ${id}`)]);
        expect(run.halt.stopped?.message).toMatch(/every call was refused/);
        expect([...run.record.failures.keys()]).toEqual(tried);
    },
);
