import fc from "fast-check";
import { ClientIndex } from "../../provider/fleet/match";
import type { ClientEntry, FleetSpec, ObservedClient } from "../../provider/fleet/model";
import { planFleet, type PlannedAction, type Promised, promisedBy } from "../../provider/fleet/plan";
import { CLIENT_STATUSES } from "../../provider/fleet/status";
import { UNKNOWN_VALUE } from "../../provider/unknown";
import { client, declared, entry, foreign, REINSTALLED, spec, state } from "./builders";

const ONE = declared("i-1");
const LATEST = spec([ONE], { upgrades: "Latest" });
const BEHIND = { clientVersion: "2.10.3", latestVersion: "2.11.0" };
const SEEN = { clientVersion: "2.10.3", maxVersion: "2.11.0" };
const UPGRADE: Promised = new Map([["i-1", { upgradeTo: "2.11.0" }]]);
const NOTHING: Promised = new Map();

function previewed(recorded: ClientEntry, program: FleetSpec = LATEST): PlannedAction | undefined {
    return planFleet(program, state([recorded], LATEST))[0];
}

function run(
    recorded: ClientEntry,
    seen: ObservedClient,
    promised: Promised,
    program: FleetSpec = LATEST,
): PlannedAction | undefined {
    return planFleet(program, state([recorded], LATEST), new ClientIndex([seen]), promised)[0];
}

describe("a preview", () => {
    test("shows the upgrade of a client that the state knows to be behind", () => {
        expect(previewed(entry("i-1", "ACTIVATED", BEHIND))).toMatchObject({
            kind: "upgrade",
            reasons: ["2.10.3 → 2.11.0"],
        });
    });

    test("shows none with upgrades Manual", () => {
        const program = spec([ONE], { upgrades: "Manual" });
        expect(previewed(entry("i-1", "ACTIVATED", BEHIND), program)?.kind).toBe("keep");
    });

    test("shows what may come where upgrades is not known yet", () => {
        const program = spec([ONE], { upgrades: UNKNOWN_VALUE } as unknown as Partial<FleetSpec>);
        expect(previewed(entry("i-1", "ACTIVATED", BEHIND), program)).toMatchObject({
            kind: "upgrade",
            reasons: ["2.10.3 → 2.11.0", "upgrades not known yet"],
        });
        expect(previewed(entry("i-1"), program)?.kind).toBe("keep");
    });

    test.each(CLIENT_STATUSES)("%s: upgrades only what works, or whose upgrade has failed", (status) => {
        const isUpgraded = status === "ACTIVATED" || status === "UPGRADE_FAILED";
        expect(previewed(entry("i-1", status, BEHIND))?.kind === "upgrade").toBe(isUpgraded);
    });

    test("shows no reinstallation for a failed upgrade, but the upgrade again", () => {
        const failed = entry("i-1", "UPGRADE_FAILED", {
            ...BEHIND,
            errorCode: "NoSpace",
            pendingAction: "upgrade",
        });
        expect(previewed(failed)?.kind).toBe("upgrade");
    });

    test("shows the reinstallation where both are due", () => {
        const changed = spec([ONE], { upgrades: "Latest", triggers: [1] });
        expect(previewed(entry("i-1", "ACTIVATED", BEHIND), changed)).toMatchObject({
            kind: "reinstall",
            reasons: ["triggers changed"],
        });
    });

    test("keeps a version that an upgrade has not moved, until there is a later one", () => {
        const notTaken = { ...BEHIND, settingsNotTaken: { latestVersion: "2.11.0" } };
        expect(previewed(entry("i-1", "ACTIVATED", notTaken))?.kind).toBe("keep");
        const later = { ...notTaken, latestVersion: "2.12.0" };
        expect(previewed(entry("i-1", "ACTIVATED", later))).toMatchObject({ reasons: ["2.10.3 → 2.12.0"] });
    });

    test("waits for an upgrade that a run has begun, and says what follows", () => {
        const begun = entry("i-1", "UPGRADING", { ...BEHIND, pendingAction: "upgrade", taskId: "t-1" });
        expect(previewed(begun)).toMatchObject({
            kind: "wait",
            then: "upgrade",
            reasons: ["2.10.3 → 2.11.0"],
        });
        expect(previewed({ ...begun, status: "UNKNOWN" })?.kind).toBe("grace");
    });

    test("waits for an installation, and says nothing of an upgrade that no preview can know", () => {
        const installing = entry("i-1", "INSTALLING", { ...BEHIND, pendingAction: "install" });
        expect(previewed(installing)).toMatchObject({ kind: "wait" });
        expect(previewed(installing)?.then).toBeUndefined();
    });

    test("never shows the upgrade of a client that is not this resource's", () => {
        expect(previewed(foreign("i-1", "ACTIVATED", BEHIND))?.kind).toBe("adopt");
    });

    test("promises what it shows, by kind", () => {
        const plan = planFleet(LATEST, state([entry("i-1", "ACTIVATED", BEHIND)], LATEST));
        expect(promisedBy(plan)).toEqual(UPGRADE);
    });
});

describe("a run", () => {
    const known = entry("i-1", "ACTIVATED", BEHIND);

    test("upgrades what its preview has shown, and nothing else", () => {
        expect(run(known, client("i-1", "ACTIVATED", SEEN), UPGRADE)?.kind).toBe("upgrade");
        expect(run(entry("i-1"), client("i-1", "ACTIVATED", SEEN), NOTHING)?.kind).toBe("keep");
        expect(run(known, client("i-1", "ACTIVATED", SEEN), REINSTALLED)?.kind).toBe("keep");
    });

    test("does less where the client is not behind any more", () => {
        const current = client("i-1", "ACTIVATED", { clientVersion: "2.11.0", maxVersion: "2.11.0" });
        expect(run(known, current, UPGRADE)?.kind).toBe("keep");
    });

    test("waits for the upgrade that a killed run has begun", () => {
        expect(run(known, client("i-1", "UPGRADING", SEEN), UPGRADE)).toMatchObject({
            kind: "wait",
            then: "upgrade",
        });
        expect(run(known, client("i-1", "UPGRADING", SEEN), NOTHING)?.kind).toBe("keep");
    });

    test("keeps a client that needs a reinstallation which its preview has not shown", () => {
        const program = spec([ONE], { upgrades: "Latest", useHttps: true });
        const before = state([known], program);
        const seen = new ClientIndex([client("i-1", "ACTIVATED", { ...SEEN, useHttps: false })]);
        expect(planFleet(program, before, seen, UPGRADE)[0]).toMatchObject({
            kind: "keep",
            deferred: ["useHttps false → true"],
        });
    });

    test("repairs what turns out to be broken instead", () => {
        expect(run(known, client("i-1", "DEACTIVATED", SEEN), UPGRADE)).toMatchObject({
            kind: "reinstall",
            repair: true,
        });
        const pending = { ...known, pendingAction: "upgrade" as const };
        expect(run(pending, client("i-1", "NOT_INSTALLED"), UPGRADE)).toMatchObject({
            kind: "install",
            repair: true,
        });
    });

    test("never upgrades what its preview has not shown, whatever the service shows", () => {
        const status = fc.constantFrom(...CLIENT_STATUSES);
        const version = fc.constantFrom(undefined, "2.10.3", "2.11.0", "odd");
        fc.assert(
            fc.property(status, status, version, version, version, (was, is, own, latest, shown) => {
                const recorded = entry("i-1", was, {
                    ...(own !== undefined && { clientVersion: own }),
                    ...(latest !== undefined && { latestVersion: latest }),
                });
                const seen = client("i-1", is, {
                    ...(own !== undefined && { clientVersion: own }),
                    ...(shown !== undefined && { maxVersion: shown }),
                });
                const promised = promisedBy(planFleet(LATEST, state([recorded], LATEST)));
                const action = run(recorded, seen, promised);
                if (action?.kind === "upgrade")
                    expect(promised.get("i-1")).toEqual({ upgradeTo: action.upgradeTo });
            }),
        );
    });
});
