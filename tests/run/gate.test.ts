import type { ObservedClient } from "../../provider/fleet/model";
import { soak } from "../../provider/run/gate";
import { client, declared, entry, spec } from "../fleet/builders";
import { ScriptedRun } from "./scripted";

const MINUTE = 60_000;

/** A soak of five minutes, of i-1 and i-2; what the list shows of i-1 before and after. */
async function soaked(
    before: Partial<ObservedClient> | undefined,
    after: Partial<ObservedClient> | undefined,
): Promise<ScriptedRun> {
    const ids = ["i-1", "i-2"];
    const shown = (at: number) => (at < MINUTE ? before : after);
    const scripted = new ScriptedRun({
        clients: (at) => {
            const changes = shown(at);
            const other = client("i-2", "ACTIVATED");
            return changes ? [client("i-1", "ACTIVATED", changes), other] : [other];
        },
        declared: spec(ids.map((id) => declared(id))),
        entries: ids.map((id) => entry(id)),
        goal: { soakMs: 5 * MINUTE },
    });
    const { run } = scripted;
    await run.watch.look();
    await soak(run, ids);
    run.reporter.tellRemarks();
    return scripted;
}

describe("after a soak, a client", () => {
    test.each([
        ["the same", { heartbeatTime: 5 }, { heartbeatTime: 5 }, true],
        ["an older one", { heartbeatTime: 5 }, { heartbeatTime: 4 }, true],
        ["a newer one", { heartbeatTime: 5 }, { heartbeatTime: 6 }, false],
        ["none before", {}, { heartbeatTime: 5 }, false],
        ["none after", { heartbeatTime: 5 }, {}, false],
        ["none at all", {}, {}, false],
        ["not seen before", undefined, { heartbeatTime: 5 }, false],
    ])("has a heartbeat: %s (is it warned of: %p)", async (_, before, after, isSilent) => {
        const { run, warnings, elapsedMs } = await soaked(before, after);
        expect(warnings).toEqual(
            isSilent
                ? [
                      "i-1: no heartbeat during the soak of 5 min, though the client is ACTIVATED; look at the agent on the instance",
                  ]
                : [],
        );
        expect([...run.record.failures]).toEqual([]);
        expect(elapsedMs).toBeGreaterThanOrEqual(5 * MINUTE);
    });

    test("that is not ACTIVATED any more has failed, in the words of the service", async () => {
        const { run } = await soaked({}, { status: "UNKNOWN", statusMessage: "HANA_NOT_SUPPORT" });
        expect([...run.record.failures]).toEqual([
            [
                "i-1",
                {
                    code: "UNKNOWN",
                    message:
                        "its client was ACTIVATED, and is UNKNOWN after the soak of 5 min (HANA_NOT_SUPPORT)",
                },
            ],
        ]);
        expect(run.record.entries.get("i-1")).toMatchObject({ status: "UNKNOWN", pendingAction: "install" });
        const silent = await soaked({}, { status: "STOPPED" });
        expect(silent.run.record.failures.get("i-1")?.message).toMatch(/soak of 5 min$/);
    });

    test("that is gone has failed, and is recorded as gone", async () => {
        const { run } = await soaked({}, undefined);
        expect(run.record.failures.get("i-1")?.code).toBe("NOT_INSTALLED");
        expect(run.record.entries.get("i-1")).toMatchObject({
            status: "NOT_INSTALLED",
            installed: false,
            clientId: "c-i-1",
            pendingAction: "install",
        });
    });
});
