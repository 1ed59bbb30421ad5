import type { Clock } from "../../provider/fleet/model";
import { Boots } from "../../provider/run/boot";
import { confirmAll } from "../../provider/run/confirm";
import { Batch } from "../../provider/run/halt";
import { Installer } from "../../provider/run/install";
import { client, declared, spec } from "../fleet/builders";
import { error, installed, SECOND, shown, TAKEN, UNAVAILABLE } from "./oneBatch";
import { type Script, ScriptedRun } from "./scripted";

const MINUTE = 60 * SECOND;

describe("an instance", () => {
    test("that is left of a refused batch is sent alone, and has not failed with the batch", async () => {
        const create: Script["create"] = ({ targets }) =>
            targets.length > 1 ? error("InvalidParameter") : TAKEN;
        const clients = shown({ "i-1": 1, "i-2": 1 });
        const { writes, run, failures } = await installed(["i-1", "i-2"], { create, clients });
        expect(writes).toEqual(["install i-1,i-2", "install i-2", "install i-1"]);
        expect([...failures]).toEqual([]);
        expect(run.record.counts).toMatchObject({ installed: 2 });
    });

    test("that is unfit for another reason than booting is not waited for", async () => {
        const create: Script["create"] = () => ({
            instanceStatuses: [{ instanceId: "i-1", valid: false, errorCode: "DiskFull" }],
        });
        const { failures } = await installed(["i-1"], { create, goal: { bootMs: 5 * MINUTE } });
        expect(failures.get("i-1")).toMatchObject({
            code: "DiskFull",
            message: "the service says that no client can be installed on this instance",
        });
    });

    test("on which an installation without an answer never ends has failed after the limit of the service", async () => {
        const clients: Script["clients"] = (at) => (at < SECOND ? [] : [client("i-1", "INSTALLING")]);
        const { failures, run, writes } = await installed(["i-1"], { create: () => UNAVAILABLE, clients });
        expect(writes).toEqual(["install i-1"]);
        expect([...failures.keys()]).toEqual(["i-1"]);
        expect(run.clock.now()).toBeGreaterThanOrEqual(15 * MINUTE);
    });
});

describe("a refused batch", () => {
    test("lets healthy clients wait until the service takes a part of it", async () => {
        let clock: Clock | undefined;
        const create: Script["create"] = ({ targets }) =>
            targets.length > 1
                ? error("InvalidParameter")
                : (clock?.sleep(5 * SECOND).then(() => TAKEN) ?? TAKEN);
        const { decidedAt } = await installed(["i-1", "i-2"], {
            create,
            clients: shown({ "i-1": 30, "i-2": 30 }),
            meanwhile: (run) => {
                ({ clock } = run);
            },
        });
        expect(decidedAt()).toBeGreaterThanOrEqual(5 * SECOND);
        expect(decidedAt()).toBeLessThan(10 * SECOND);
    });
});

describe("a call for whose answer no task is named", () => {
    test("lets healthy clients wait until the list shows its installation", async () => {
        const create: Script["create"] = () => ({ instanceStatuses: [] });
        const { decidedAt } = await installed(["i-1"], { create, clients: shown({ "i-1": 5 }) });
        expect(decidedAt()).toBeGreaterThanOrEqual(5 * SECOND);
        expect(decidedAt()).toBeLessThan(10 * SECOND);
    });
});

describe("a batch that begins while probes are made", () => {
    test("waits for them, and is installed once one of them gets through", async () => {
        const ids = ["i-1", "i-2", "i-3"];
        const scripted: ScriptedRun = new ScriptedRun({
            clients: shown({ "i-1": 30, "i-2": 30, "i-3": 30 }),
            create: ({ targets }) =>
                targets.length > 1
                    ? error("InvalidParameter")
                    : scripted.clock.sleep(5 * SECOND).then(() => TAKEN),
            declared: spec(ids.map((id) => declared(id))),
        });
        const { run, writes } = scripted;
        await run.watch.look();
        const boots = new Boots(
            run,
            () => true,
            () => Promise.resolve(),
        );
        const installer = new Installer(run, boots);
        const confirmations: Parameters<typeof confirmAll>[0] = [];
        const install = async (batchIds: readonly string[]): Promise<void> => {
            const { room } = await run.inFlight.take([...batchIds], batchIds.length, false);
            const orders = batchIds.map((id) => ({ declared: declared(id), counts: "installed" as const }));
            await installer.install(new Batch(run.halt, batchIds, room), orders, confirmations);
        };
        const first = install(["i-1", "i-2"]);
        await run.clock.sleep(SECOND);
        const second = install(["i-3"]);
        await run.clock.sleep(SECOND);
        expect(writes).toEqual(["install i-1,i-2", "install i-2"]);
        await Promise.all([first, second]);
        await confirmAll(confirmations);
        await installer.confirm();
        expect([...writes].sort()).toEqual(["install i-1", "install i-1,i-2", "install i-2", "install i-3"]);
        expect(run.record.counts).toMatchObject({ installed: 3 });
    });
});
