import type { ResourceLog } from "../../provider/engine";
import { Troubles } from "../../provider/hbr/troubles";
import { FleetRecord } from "../../provider/run/record";
import { Reporter } from "../../provider/run/reporter";
import { entry } from "../fleet/builders";
import { VirtualClock } from "../support/virtualClock";
import { installed } from "./installed";
import { instances, VirtualStack } from "./virtualStack";

const MINUTE = 60_000;

/** What the live status has said to be done, without repetitions: `installing, uninstalling`. */
function verbsIn(statuses: readonly string[]): readonly string[] {
    const verbs = statuses.flatMap((text) => {
        const words = text.split(" · ").filter((part) => /^[a-z]+ing(, [a-z]+ing)*$/.test(part));
        return words.length > 0 ? [words.join(" | ")] : [];
    });
    return verbs.filter((verb, index) => verb !== verbs[index - 1]);
}

function setClient(stack: VirtualStack, instanceId: string, status: "DEACTIVATED" | "UNKNOWN"): void {
    for (const client of stack.simulator.world().clients)
        if (client.instanceId === instanceId) stack.simulator.patchClient(client.clientId, { status });
}

/** A reporter whose record has one finished instance of two, and what it says when (seconds from its start). */
function reporter(clock: VirtualClock): { readonly said: readonly string[]; readonly its: Reporter } {
    const start = clock.now();
    const said: string[] = [];
    const silent = (): void => undefined;
    const log: ResourceLog = {
        info: silent,
        warning: silent,
        debug: silent,
        status: (text) => said.push(`${(clock.now() - start) / 1_000} s: ${text}`),
    };
    const record = new FleetRecord(new Map(["i-1", "i-2"].map((id) => [id, entry(id)])));
    record.count("installed", "i-1");
    const its = new Reporter(log, clock, record, new Troubles(clock));
    its.planned(["i-1", "i-2"]);
    return { said, its };
}

describe("the verb of the live status", () => {
    test("is that of the removal alone once the installation beside it is over", async () => {
        const stack = await installed(3);
        stack.simulator.patchInstance("i-001", { installTime: "9m" });
        const { statuses } = await stack.up({ instances: instances(4).slice(1) });
        expect(verbsIn(statuses)).toEqual(["installing, uninstalling", "uninstalling"]);
    });

    test("is that of the installation once the removal beside it is over", async () => {
        const stack = await installed(3);
        stack.simulator.patchInstance("i-004", { installTime: "9m" });
        const { statuses } = await stack.up({ instances: instances(4).slice(1) });
        expect(verbsIn(statuses)).toEqual(["installing, uninstalling", "installing"]);
    });

    test("is that of the installation where an instance has booted after all other work", async () => {
        const stack = await installed(1, { upgrades: "Latest" });
        stack.simulator.setSwitches({ latestVersion: "2.11.0" });
        await stack.refresh();
        stack.simulator.patchInstance("i-002", { state: "Starting" });
        void stack.clock.sleep(3 * MINUTE).then(() => {
            stack.simulator.patchInstance("i-002", { state: "Running" });
        });
        const { statuses, infos } = await stack.up({ instances: instances(2), upgrades: "Latest" });
        expect(infos).toEqual(["1 installed, 1 upgraded"]);
        expect(statuses.at(-1)).toMatch(/ · installing( · |$)/);
    });

    test("says that a run waits for what an earlier one has begun", async () => {
        const stack = new VirtualStack({
            world: { instances: [{ instanceId: "i-001", installTime: "9m" }] },
        });
        await stack.up({ instances: instances(1) }, { kind: "Ctrl-C", afterMs: MINUTE });
        const { statuses } = await stack.up({ instances: instances(2) });
        expect(verbsIn(statuses)).toEqual(["installing, waiting", "waiting"]);
    });

    test("is reinstalling for a broken client too, whose agent goes first", async () => {
        const stack = await installed(2);
        setClient(stack, "i-001", "DEACTIVATED");
        await stack.refresh();
        const { statuses, infos } = await stack.up({ instances: instances(2) });
        expect(infos).toEqual(["1 repaired"]);
        expect(verbsIn(statuses)).toEqual(["reinstalling"]);
    });

    test("follows a run from what has no agent to upgrades, and through the soaks", async () => {
        const stack = await installed(3, { upgrades: "Latest" });
        stack.simulator.setSwitches({ latestVersion: "2.11.0" });
        await stack.refresh();
        const program = instances(4).map((instance) =>
            instance.instanceId === "i-002" ? { ...instance, clusterId: "cl-2" } : instance,
        );
        const rollout = { waves: ["100%"], soak: "5m" };
        const end = await stack.up({ instances: program, upgrades: "Latest", rollout });
        expect(end.infos).toContain("1 installed, 1 reinstalled, 2 upgraded");
        expect(verbsIn(end.statuses)).toEqual(["installing", "reinstalling", "upgrading", "soaking"]);
    });

    test("changes together with the wave", async () => {
        const clock = new VirtualClock({ auto: false });
        const { said, its } = reporter(clock);
        its.inWave("1/2");
        void its.during(["soaking"], () => clock.sleep(2_000));
        await clock.advance(3_000);
        its.inWave("2/2");
        its.show();
        await clock.advance(1_000);
        void its.during(["upgrading"], () => clock.sleep(2_000));
        expect(said).toEqual(["0 s: 1/2 · wave 1/2 · soaking", "4 s: 1/2 · wave 2/2 · upgrading"]);
    });

    test("is that of a destroy", async () => {
        const stack = await installed(2);
        expect(verbsIn((await stack.destroy()).statuses)).toEqual(["uninstalling"]);
    });
});

describe("the count of the live status", () => {
    test("counts what is left to do, of all waves, and nothing that is kept or adopted", async () => {
        const there = { vaultId: "v-1", instanceId: "i-001", clusterId: "cl-1" };
        const stack = new VirtualStack({ world: { clients: [there] } });
        const rollout = { waves: [2, "100%"], pauseAfter: "firstWave" };
        const first = await stack.up({ instances: instances(10), rollout });
        expect(first.statuses).toContain("1/9 · wave 1/2 · installing");
        const second = await stack.up({ instances: instances(10), rollout });
        expect(second.statuses).toContain("0/8 · wave 2/2 · installing");
    });

    test("moves with the result of the task, before the task is over and the list has confirmed it", async () => {
        const stack = new VirtualStack({
            world: { instances: [{ instanceId: "i-003", installTime: "9m" }] },
        });
        const { statuses } = await stack.up({ instances: instances(3) });
        expect(statuses).toContainEqual(expect.stringMatching(/^2\/3 · \d+ % · installing · task t-\S+$/));
    });

    test("shows a failure that the task reports before it is over", async () => {
        const stack = new VirtualStack({
            world: {
                instances: [
                    { instanceId: "i-001", failInstall: "NoSpace", installTime: "1m" },
                    { instanceId: "i-003", installTime: "9m" },
                ],
            },
        });
        const { statuses, infos } = await stack.up({ instances: instances(3) });
        expect(statuses).toContainEqual(
            expect.stringMatching(/^1\/3 · 1 failed · \d+ % · installing · task t-\S+$/),
        );
        expect(infos).toEqual(["2 installed, 1 failed"]);
    });

    test("shows no failure of an earlier run's task for an instance that this run installs again", async () => {
        const stack = new VirtualStack({
            world: {
                instances: [
                    { instanceId: "i-001", failInstall: "NoSpace", installTime: "1m" },
                    { instanceId: "i-002", installTime: "9m" },
                ],
            },
        });
        await stack.up({ instances: instances(2) }, { kind: "Ctrl-C", afterMs: 10_000 });
        await stack.clock.sleep(2 * MINUTE);
        stack.simulator.patchInstance("i-001", { failInstall: null });
        const { statuses, infos } = await stack.up({ instances: instances(2) });
        expect(infos).toEqual(["1 installed, 1 repaired"]);
        expect(statuses.join("\n")).not.toMatch("failed");
    });

    test("gives up a client that falls over in its soak", async () => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches({ fallOverAfter: "1m" });
        const end = await stack.up({ instances: instances(3), rollout: { soak: "5m", maxFailures: 3 } });
        expect(end.statuses).toContain("3/3 · soaking");
        expect(end.infos).toEqual(["3 failed"]);
    });
});

describe("the live status", () => {
    test("comes once a second at most, whatever changes, and with the last change", async () => {
        const clock = new VirtualClock({ auto: false });
        const { said, its } = reporter(clock);
        const over = new AbortController();
        void its.keepShowing(over.signal);
        void its.during(["installing"], async () => {
            for (let percent = 0; percent < 10; percent += 1) {
                its.task("t-1", percent * 10, { done: [], failed: [] });
                await clock.sleep(400);
            }
        });
        await clock.advance(5_000);
        over.abort();
        expect(said).toEqual([
            "0 s: 1/2",
            "1 s: 1/2 · 20 % · installing · task t-1",
            "2 s: 1/2 · 40 % · installing · task t-1",
            "3 s: 1/2 · 70 % · installing · task t-1",
            "4 s: 1/2 · 90 % · installing · task t-1",
        ]);
    });

    test("comes once a minute while nothing changes, with the minutes since the run began", async () => {
        const clock = new VirtualClock({ auto: false });
        const { said, its } = reporter(clock);
        const over = new AbortController();
        void its.keepShowing(over.signal);
        void its.during(["soaking"], () => clock.sleep(5 * MINUTE));
        await clock.advance(3 * MINUTE + 5_000);
        over.abort();
        expect(said).toEqual([
            "0 s: 1/2",
            "1 s: 1/2 · soaking",
            "61 s: 1/2 · soaking (1 min)",
            "121 s: 1/2 · soaking (2 min)",
            "181 s: 1/2 · soaking (3 min)",
        ]);
    });

    test("has what matters first: counts, failures, booting instances, percentage, wave, verb, tasks, and why one is not ready", async () => {
        const clock = new VirtualClock({ auto: false });
        const { said, its } = reporter(clock);
        its.inWave("2/3");
        await clock.advance(1_000);
        void its.during(["reinstalling", "waiting"], async () => {
            its.notReady("i-2", "InstanceNotRunning");
            its.task("t-1", 30, { done: [], failed: [] });
            await clock.advance(1_000);
            its.task("t-2", 61, { done: [], failed: [] });
        });
        await clock.advance(2_000);
        expect(said.at(-1)).toMatch(
            /: 1\/2 · waiting for 1 to boot · 45 % · wave 2\/3 · reinstalling, waiting · task t-1 \(\+1\) · i-2: InstanceNotRunning$/,
        );
    });
});
