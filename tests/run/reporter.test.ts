import type { ResourceLog } from "../../provider/engine";
import { Troubles } from "../../provider/hbr/troubles";
import { HbrError } from "../../provider/hbr/errors";
import { activitiesOf, LOOKING, Reporter } from "../../provider/run/reporter";
import { client, entry } from "../fleet/builders";
import { VirtualClock } from "../support/virtualClock";
import { FAILURE, record } from "./recordOf";

const SECOND = 1_000;
const NOTHING = { done: [], failed: [] };

function setUp(...ids: readonly string[]) {
    const clock = new VirtualClock();
    const statuses: string[] = [];
    const said: string[] = [];
    const log: ResourceLog = {
        status: (text) => void statuses.push(text),
        info: (text) => void said.push(text),
        warning: (text) => void said.push(`warning: ${text}`),
        debug: (text) => void said.push(`debug: ${text}`),
    };
    const fleet = record(...ids.map((id) => entry(id)));
    const troubles = new Troubles(clock);
    const reporter = new Reporter(log, clock, fleet, troubles);
    /** What is shown after a second. */
    const shown = async (): Promise<string | undefined> => {
        await clock.sleep(SECOND);
        reporter.show();
        return statuses.at(-1);
    };
    return { clock, statuses, said, fleet, troubles, reporter, shown };
}

function unavailable(): HbrError {
    const about = { operation: "CreateClients", errorClass: "unavailable", code: "InternalError" } as const;
    return new HbrError("failed", about);
}

describe("the status of a run", () => {
    test("says before there is a plan that it looks, or what it waits for", async () => {
        const { clock, reporter, shown, troubles } = setUp();
        expect(await shown()).toBe(LOOKING);
        troubles.began("DescribeClients");
        await clock.sleep(20 * SECOND);
        expect(await shown()).toBe("waiting for DescribeClients");
        reporter.planned(["i-1"]);
        expect(await shown()).toBe("0/1 · waiting for DescribeClients");
    });

    test("is shown at most once a second, when it has changed, or once a minute", async () => {
        const { clock, statuses, reporter } = setUp();
        reporter.show();
        reporter.planned(["i-1"]);
        await clock.sleep(SECOND - 1);
        reporter.show();
        expect(statuses).toEqual([LOOKING]);
        await clock.sleep(1);
        reporter.show();
        expect(statuses).toEqual([LOOKING, "0/1"]);
        await clock.sleep(60 * SECOND - 1);
        reporter.show();
        expect(statuses).toHaveLength(2);
        await clock.sleep(1);
        reporter.show();
        await clock.sleep(89 * SECOND);
        reporter.show();
        expect(statuses.slice(2)).toEqual(["0/1 (1 min)", "0/1 (3 min)"]);
    });

    test("is kept up to date until the run is over", async () => {
        const { clock, statuses, reporter } = setUp();
        const over = new AbortController();
        const kept = reporter.keepShowing(over.signal);
        reporter.planned(["i-1"]);
        await clock.sleep(1_500);
        reporter.planned(["i-2"]);
        await clock.sleep(SECOND);
        over.abort();
        await kept;
        expect(statuses).toEqual([LOOKING, "0/1", "0/2"]);
    });

    test("counts what is done, and what has failed apart", async () => {
        const { reporter, fleet, shown } = setUp("i-1", "i-2", "i-3");
        reporter.planned(["i-1", "i-2", "i-3"]);
        fleet.count("installed", "i-1");
        expect(await shown()).toBe("1/3");
        reporter.task("t-1", 0, { done: ["i-2"], failed: ["i-3"] });
        expect(await shown()).toBe("2/3 · 1 failed · 0 % · task t-1");
        // The list has the last word.
        fleet.count("installed", "i-3");
        fleet.failed("i-2", FAILURE, "install");
        reporter.taskOver("t-1");
        expect(await shown()).toBe("2/3 · 1 failed");
    });

    test("names what is done in a fixed order, the wave it belongs to, and the last of it once that is over", async () => {
        const { reporter, shown, clock } = setUp();
        reporter.planned(["i-1", "i-2"]);
        const gates = [1, 2].map(() => Promise.withResolvers<undefined>());
        const [one, two] = gates;
        reporter.inWave("1/2");
        expect(await shown()).toBe("0/2");
        const uninstalling = reporter.during(
            ["uninstalling"],
            () => one?.promise ?? Promise.reject(new Error()),
        );
        const installing = reporter.during(["installing"], () => two?.promise ?? Promise.reject(new Error()));
        expect(await shown()).toBe("0/2 · wave 1/2 · installing, uninstalling");
        reporter.inWave("2/2");
        // Nothing of it has begun.
        await reporter.during([], () => Promise.resolve());
        one?.resolve(undefined);
        await uninstalling;
        expect(await shown()).toBe("0/2 · wave 1/2 · installing");
        two?.resolve(undefined);
        await installing;
        expect(await shown()).toBe("0/2 · wave 1/2 · installing");
        const soaking = reporter.during(["soaking"], () => clock.sleep(5 * SECOND));
        expect(await shown()).toBe("0/2 · wave 2/2 · soaking");
        await soaking;
        await expect(reporter.during(["waiting"], () => Promise.reject(new Error("x")))).rejects.toThrow("x");
        expect(await shown()).toBe("0/2 · wave 2/2 · waiting");
    });

    test("has the progress of all tasks together, and names the first", async () => {
        const { reporter, shown } = setUp();
        reporter.planned(["i-1"]);
        reporter.task("t-1", 45, NOTHING);
        expect(await shown()).toBe("0/1 · 45 % · task t-1");
        reporter.task("t-2", 70, NOTHING);
        reporter.task("t-3", 10, NOTHING);
        expect(await shown()).toBe("0/1 · 41 % · task t-1 (+2)");
        reporter.taskOver("t-1");
        expect(await shown()).toBe("0/1 · 40 % · task t-2 (+1)");
    });

    test("says who is booting, and what is retried, before anything else but the count", async () => {
        const { clock, reporter, shown, troubles } = setUp();
        reporter.planned(["i-1", "i-2", "i-3"]);
        reporter.task("t-1", 10, { done: [], failed: ["i-3"] });
        reporter.notReady("i-1", "InstanceNotRunning");
        reporter.notReady("i-2", "CloudAssistNotRunningOnInstance");
        expect(await shown()).toBe(
            "0/3 · 1 failed · waiting for 2 to boot · 10 % · task t-1 · i-1: InstanceNotRunning (+1)",
        );
        troubles.began("CreateClients");
        troubles.failed("CreateClients", unavailable());
        await clock.sleep(5 * SECOND);
        reporter.settled("i-1");
        expect(await shown()).toBe(
            "0/3 · 1 failed · retrying CreateClients: InternalError · waiting for 1 to boot · 10 % · task t-1 · i-2: CloudAssistNotRunningOnInstance",
        );
    });
});

describe("at its end a run", () => {
    test("sums up what came of it, and which records stay", () => {
        const { reporter, fleet } = setUp("i-1", "i-2", "i-3");
        expect(reporter.results("pending", undefined)).toBe("nothing to do");
        fleet.count("installed", "i-9");
        fleet.count("uninstalled", "i-8");
        fleet.failed("i-1", FAILURE, "install");
        expect(reporter.results("pending", undefined)).toBe("1 installed, 1 failed, 1 uninstalled");
        expect(reporter.results("not tried", "their records stay in v-1")).toBe(
            "1 installed, 1 failed, 1 uninstalled; their records stay in v-1",
        );
    });

    test("tells its remarks, those alike in one line, and who is not up yet", () => {
        const { reporter, said } = setUp();
        reporter.remark("warning", "i-2", "odd");
        reporter.remark("info", "i-3", "odd");
        reporter.remark("warning", "i-1", "odd");
        reporter.remark("warning", "i-1", "odd");
        reporter.notUpgraded(client("i-4", "ACTIVATED", { clientVersion: "2.1.0" }), "2.2.0");
        reporter.notReady("i-5", "InstanceNotRunning");
        reporter.notReady("i-6", "InstanceNotRunning");
        reporter.settled("i-6");
        reporter.tellRemarks();
        expect(said).toEqual([
            "i-3: odd",
            "warning: i-1, i-2: odd",
            "warning: i-4: the upgrade left version 2.1.0 as it was; it is not tried again until there is a later version than 2.2.0",
            "warning: i-5: not up yet when the run ended (InstanceNotRunning)",
        ]);
    });
});

test("a batch does what its actions do, each once", () => {
    const actions = ["upgrade", "reinstall", "reinstall", "install", "wait"] as const;
    expect(
        activitiesOf(actions.map((kind) => ({ kind })) as unknown as Parameters<typeof activitiesOf>[0]),
    ).toEqual(["upgrading", "reinstalling", "installing"]);
});
