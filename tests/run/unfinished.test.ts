import { stateOf } from "../../provider/state";
import { type Operation, UnfinishedRuns } from "../../provider/unfinished";
import { known, recorded } from "../hooks/recorded";
import { VirtualClock } from "../support/virtualClock";

describe("what a failed run has left", () => {
    const OUTPUTS = recorded(
        { instances: ["i-1", "i-2", "i-3", "i-4", "i-5", "i-6"].map((instanceId) => ({ instanceId })) },
        {
            "i-1": { status: "INSTALLING", pendingAction: "install" },
            "i-3": { pendingAction: "install", owned: false },
            "i-4": { pendingAction: "install", errorCode: "NoSpace", owned: false },
            "i-5": { pendingAction: "install", errorCode: "NoSpace", owned: false, taskId: "t-1" },
            "i-6": { pendingAction: "install", errorCode: "NoSpace", owned: false, taskId: "t-earlier" },
        },
    );
    const attempts = (endedAt: number) => ({ adopted: [], isPaused: false, endedAt });
    const operation = (outputs = recorded()): Operation => ({ inputs: known(), recorded: stateOf(outputs) });

    test("is found again with the same arguments and the same state only", () => {
        const runs = new UnfinishedRuns();
        const left = { outputs: OUTPUTS, attempts: attempts(0) };
        runs.keep(operation(), left);
        expect(runs.of(operation())).toMatchObject(left);
        expect(runs.of(operation(OUTPUTS))).toBeUndefined();
        expect(runs.of({ ...operation(), inputs: known({ useHttps: true }) })).toBeUndefined();
        runs.forget(operation(OUTPUTS));
        expect(runs.of(operation())).toMatchObject(left);
    });

    test.each([
        ["i-1", 10_000],
        ["i-2", 0],
        ["i-3", 0],
        ["i-4", 0],
        ["i-5", 10_000],
        ["i-6", 0],
        ["i-9", 0],
    ])(
        "is waited for on its instances, if the list may not show yet what has become of them (%s)",
        async (instanceId, waited) => {
            const clock = new VirtualClock();
            const runs = new UnfinishedRuns();
            const begun = clock.now();
            runs.keep(operation(), { outputs: OUTPUTS, attempts: attempts(begun) });
            await runs.shown(new Set([instanceId]), clock, new AbortController().signal);
            expect(clock.now() - begun).toBe(waited);
        },
    );

    test("is waited for beside what other resources have left, on which nothing was under way", async () => {
        const clock = new VirtualClock();
        const runs = new UnfinishedRuns();
        const begun = clock.now();
        runs.keep(operation(), { outputs: OUTPUTS, attempts: attempts(begun) });
        runs.keep(operation(OUTPUTS), { outputs: recorded(), attempts: attempts(begun) });
        await runs.shown(new Set(["i-1"]), clock, new AbortController().signal);
        expect(clock.now() - begun).toBe(10_000);
    });
});
