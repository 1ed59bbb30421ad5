import { changeOf, creationLine } from "../../provider/change";
import { refreshedOutputs } from "../../provider/read";
import { type RecordedOutputs } from "../../provider/state";
import type { ClientEntry, ObservedClient } from "../../provider/fleet/model";
import { UNKNOWN_VALUE } from "../../provider/unknown";
import { client } from "../fleet/builders";
import { checked, recorded, snapshot } from "./recorded";

function many(count: number): { instances: { instanceId: string; clusterId: string }[] } {
    const ids = Array.from({ length: count }, (_, index) => `i-${index + 1}`);
    return { instances: ids.map((instanceId) => ({ instanceId, clusterId: "cl-1" })) };
}

const WAVES = { rollout: { waves: [1, "50%", 9] } };
const PAUSED = { rollout: { ...WAVES.rollout, pauseAfter: "firstWave" } };
const PENDING = {
    status: "NOT_INSTALLED",
    installed: false,
    owned: false,
    pendingAction: "install",
} as const;

describe("a plan line with waves", () => {
    test.each([
        [WAVES, "in waves of 1, 2, 1"],
        [PAUSED, "in waves of 1, 2, 1, with a pause after the first"],
        [{ rollout: { waves: ["100%"], pauseAfter: "firstWave" } }, "in one wave of 4"],
    ])("%j: %s", (program, expected) => {
        const line = creationLine(checked({ ...many(4), ...program }));
        expect(line).toBe(`plan: install 4: i-1, i-2, i-3, i-4; ${expected}`);
    });

    test("names ten sizes at most", () => {
        const line = creationLine(checked({ ...many(13), rollout: { waves: [1] } }));
        expect(line).toMatch(/; in waves of (1, ){9}1 \(\+3\)$/);
    });

    test.each([
        ["for a program without them", {}],
        ["for sizes that are not known", { rollout: { waves: [1, UNKNOWN_VALUE] } }],
        ["for a rollout that is not known", { rollout: UNKNOWN_VALUE }],
    ])("has none %s", (_, program) => {
        expect(creationLine(checked({ ...many(2), ...program }))).toBe("plan: install 2: i-1, i-2");
    });

    test("has them after what they apply to, and before the rest", () => {
        const before = recorded(
            { ...many(4), ...WAVES, upgrades: "Latest" },
            { "i-2": { clientVersion: "1.0", latestVersion: "1.1" } },
        );
        const instances = [...many(2).instances, { instanceId: "i-3", clusterId: "cl-2" }];
        const after = checked({ instances, ...WAVES, upgrades: "Latest" });
        expect(changeOf(before, after).line).toBe(
            "plan: reinstall 1: i-3 (clusterId cl-1 → cl-2); upgrade 1: i-2 (1.0 → 1.1); in waves of 1, 1; " +
                "uninstall 1: i-4; keep 1",
        );
    });

    test("of a replacement has no pause, and says so", () => {
        const after = checked({ vaultId: "v-2", ...many(2), ...PAUSED });
        expect(changeOf(recorded({ ...many(2), ...PAUSED }), after).line).toMatch(
            /; install 2: i-1, i-2; in waves of 1, 1, without a pause, because the old fleet is gone$/,
        );
    });
});

describe("a rollout that is not finished", () => {
    const pending = { "i-2": PENDING, "i-3": PENDING, "i-4": PENDING };

    function unfinished(program: object): RecordedOutputs {
        return { ...recorded({ ...many(4), ...program }, pending), __rollout: { wavesDone: 1 } };
    }

    test("goes on where it was, without another pause", () => {
        expect(changeOf(unfinished(PAUSED), checked({ ...many(4), ...PAUSED }))).toMatchObject({
            changes: true,
            settingsOnly: false,
            line: "plan: install 3: i-2, i-3, i-4; in waves of 2, 1, continuing with wave 2; keep 1",
        });
    });

    test("starts again where the program adds work", () => {
        expect(changeOf(unfinished(PAUSED), checked({ ...many(5), ...PAUSED })).line).toMatch(
            /in waves of 1, 3, with a pause after the first; keep 1$/,
        );
    });

    test("is no change by itself", () => {
        const over = { ...recorded({ ...many(4), ...WAVES }), __rollout: { wavesDone: 1 } };
        expect(changeOf(over, checked({ ...many(4), ...WAVES })).changes).toBe(false);
    });

    test("is still known after a refresh", () => {
        const seen = snapshot([client("i-1", "ACTIVATED")]);
        expect(refreshedOutputs(unfinished(WAVES), seen)?.__rollout).toEqual({ wavesDone: 1 });
    });
});

describe("a plan line with an upgrade", () => {
    const before = recorded({}, { "i-1": { clientVersion: "1.0", latestVersion: "1.1" } });

    test("comes before a preview knows the argument: nothing that cannot be undone is left unsaid", () => {
        expect(changeOf(before, checked({ upgrades: UNKNOWN_VALUE })).line).toBe(
            "plan: upgrade 1: i-1 (1.0 → 1.1, upgrades not known yet); keep 1",
        );
    });
});

describe("outputs of a version without upgrades", () => {
    test.each([1, 2])("version %i: read as Manual, which is no change", (version) => {
        const { upgrades: _, ...before } = recorded();
        const old = { ...before, __version: version } as RecordedOutputs;
        expect(changeOf(old, checked()).changes).toBe(false);
        expect(changeOf(old, checked({ upgrades: "Latest" })).settingsOnly).toBe(true);
    });
});

describe("a refresh of versions", () => {
    const BEHIND = { clientVersion: "2.10.3", latestVersion: "2.11.0" };
    const FAILED = {
        ...BEHIND,
        errorCode: "NoSpace",
        errorMessage: "full",
        pendingAction: "upgrade",
    } as const;

    function after(known: Partial<ClientEntry>, shown: Partial<ObservedClient>): ClientEntry | undefined {
        const seen = snapshot([client("i-1", "ACTIVATED", shown), client("i-2", "ACTIVATED")]);
        return refreshedOutputs(recorded({ upgrades: "Latest" }, { "i-1": known }), seen)?.clients["i-1"];
    }

    test("learns that a client is behind, which is neither drift nor pending work", () => {
        const entry = after({ clientVersion: "2.10.3" }, { clientVersion: "2.10.3", maxVersion: "2.11.0" });
        expect(entry).toMatchObject(BEHIND);
        expect(entry).not.toHaveProperty("drift");
        expect(entry).not.toHaveProperty("pendingAction");
    });

    test.each([
        ["has been upgraded", { clientVersion: "2.11.0", maxVersion: "2.11.0" }],
        ["has a version that cannot be compared", { clientVersion: "2.10.3-beta", maxVersion: "2.11.0" }],
        ["shows no latest version", { clientVersion: "2.10.3" }],
    ])("forgets it where the client %s", (_, shown) => {
        expect(after(BEHIND, shown)).not.toHaveProperty("latestVersion");
    });

    test.each([
        ["another version, though there is a later one", { clientVersion: "2.11.0", maxVersion: "3.0.0" }],
        ["the version that it has, but no later one", { clientVersion: "2.10.3", maxVersion: "2.10.3" }],
    ])("ends an upgrade that was begun where the client shows %s", (_, shown) => {
        const entry = after({ ...BEHIND, pendingAction: "upgrade", taskId: "t-1" }, shown);
        expect(entry).not.toHaveProperty("pendingAction");
        expect(entry).not.toHaveProperty("taskId");
    });

    test("keeps a failed upgrade pending, with its reason, while the client is behind", () => {
        const shown = { clientVersion: "2.10.3", maxVersion: "2.11.0" };
        expect(after(FAILED, shown)).toMatchObject(FAILED);
        const done = after(FAILED, { clientVersion: "2.11.0", maxVersion: "2.11.0" });
        expect(done).not.toHaveProperty("pendingAction");
        expect(done).not.toHaveProperty("errorCode");
    });

    test("keeps the version that an upgrade has not brought, until there is a later one", () => {
        const notTaken = { ...BEHIND, settingsNotTaken: { latestVersion: "2.11.0" } };
        const same = { clientVersion: "2.10.3", maxVersion: "2.11.0" };
        expect(after(notTaken, same)).toMatchObject(notTaken);
        expect(after(notTaken, { ...same, maxVersion: "2.12.0" })).not.toHaveProperty("settingsNotTaken");
        expect(after(notTaken, { ...same, clientVersion: "2.11.0" })).not.toHaveProperty("settingsNotTaken");
    });
});
