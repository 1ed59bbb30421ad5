import fc from "fast-check";
import { ClientIndex } from "../../provider/fleet/match";
import type { ClientEntry, FleetSpec, ObservedClient } from "../../provider/fleet/model";
import { type ClientStatus, isHealthy } from "../../provider/fleet/status";
import {
    type Plan,
    planFleet,
    type PlannedAction,
    type Promised,
    promisedBy,
    replacesAgent,
} from "../../provider/fleet/plan";
import { isOurs } from "../../provider/fleet/entry";
import { fleet, observedClients, recorded } from "./arbitraries";
import { client, declared, entry, foreign, REINSTALLED, spec, state } from "./builders";

const ONE = declared("i-1");
const NOBODY: Promised = new Map();
const HEALTHY = ["ACTIVATED", "UPGRADING", "UPGRADE_FAILED", "UNKNOWN", "STOPPED"] as const;
const BROKEN = ["DEACTIVATED", "UNINSTALL_FAILED"] as const;
const WITHOUT_AGENT = ["NOT_INSTALLED", "INSTALL_FAILED"] as const;

/** What a run makes of an instance, given what its preview has promised. */
function runOf(
    program: FleetSpec,
    before: { readonly entry: ClientEntry; readonly spec: FleetSpec },
    seen: readonly ObservedClient[],
    promised: Promised,
): PlannedAction | undefined {
    return planFleet(program, state([before.entry], before.spec), new ClientIndex(seen), promised)[0];
}

describe("a preview promises", () => {
    const before = spec([ONE]);
    const changed = spec([ONE], { triggers: [1] });
    const promisedFor = (program: FleetSpec, recordedEntry: ClientEntry): readonly string[] => [
        ...promisedBy(planFleet(program, state([recordedEntry], before))).keys(),
    ];

    test("the reinstallation that it shows, at once or after a wait", () => {
        expect(promisedFor(changed, entry("i-1"))).toEqual(["i-1"]);
        expect(promisedFor(changed, entry("i-1", "UPGRADING"))).toEqual(["i-1"]);
        expect(promisedFor(changed, entry("i-1", "INSTALLING"))).toEqual(["i-1"]);
        expect(promisedFor(spec([declared("i-1", "cl-2")]), entry("i-1"))).toEqual(["i-1"]);
        expect(promisedFor(before, entry("i-1", "ACTIVATED", { pendingAction: "reinstall" }))).toEqual([
            "i-1",
        ]);
    });

    test("the one that follows an installation that is still on its way", () => {
        const open = entry("i-1", "INSTALL_FAILED", { pendingAction: "install", taskId: "t-1" });
        expect(promisedFor(changed, open)).toEqual(["i-1"]);
        expect(promisedFor(before, open)).toEqual([]);
    });

    test.each<[string, FleetSpec, ClientEntry]>([
        ["a client that is kept", before, entry("i-1")],
        ["a client that is installed anew", changed, entry("i-1", "NOT_INSTALLED")],
        ["a client that is uninstalled", spec([]), entry("i-1")],
        ["a wait that an installation follows", before, entry("i-1", "UNINSTALLING")],
        ["a client that is taken over", changed, foreign("i-1")],
        ["a client that is not the resource's, and is waited for", changed, foreign("i-1", "INSTALLING")],
    ])("no reinstallation of %s", (_, program, known) => {
        expect(promisedFor(program, known)).toEqual([]);
    });
});

describe("a healthy client with settings that differ", () => {
    const program = spec([ONE], { useHttps: true });
    const known = { entry: entry("i-1"), spec: program };
    const shows = (status: ClientStatus): readonly ObservedClient[] => [
        client("i-1", status, { useHttps: false }),
    ];
    const reasons = ["useHttps false → true"];

    test.each(HEALTHY)("%s: is kept where the preview has not said that it is reinstalled", (status) => {
        const action = runOf(program, known, shows(status), NOBODY);
        expect(action).toMatchObject({ kind: "keep", reasons: [], deferred: reasons });
        expect(action?.then).toBeUndefined();
        expect(runOf(program, known, shows(status), new Map([["i-2", "reinstall"]]))).toEqual(action);
    });

    test.each(HEALTHY)("%s: is reinstalled, or is to be, where the preview has said so", (status) => {
        expect(runOf(program, known, shows(status), REINSTALLED)).toMatchObject({
            ...(status === "UPGRADING" ? { kind: "wait", then: "reinstall" } : { kind: "reinstall" }),
            reasons,
            deferred: [],
        });
    });

    test("is kept also where it is a reinstallation that was pending, or another change, that was not shown", () => {
        const clientId = "c-i-1";
        const open = entry("i-1", "NOT_INSTALLED", { pendingAction: "reinstall", clientId });
        const pending = { ...known, entry: open };
        const isAsDeclared = [client("i-1", "ACTIVATED", { useHttps: true })];
        expect(promisedBy(planFleet(program, state([pending.entry], program)))).toEqual(NOBODY);
        expect(runOf(program, pending, isAsDeclared, NOBODY)).toMatchObject({
            kind: "keep",
            deferred: ["still to be done"],
        });
        const wasGone = entry("i-1", "NOT_INSTALLED", { clientId });
        const lost = { entry: wasGone, spec: spec([ONE], { resourceGroupId: "rg-1" }) };
        expect(runOf(program, lost, isAsDeclared, NOBODY)).toMatchObject({
            kind: "keep",
            deferred: ["resourceGroupId rg-1 → (none)"],
        });
    });

    test.each([...BROKEN, ...WITHOUT_AGENT])("%s: is none, and is repaired without a promise", (status) => {
        const kind = (BROKEN as readonly string[]).includes(status) ? "reinstall" : "install";
        const action = runOf(program, known, shows(status), NOBODY);
        expect(action).toMatchObject({ kind, repair: true, deferred: [] });
        expect(action && replacesAgent(action)).toBe(false);
    });

    test("that is taken over keeps its settings until a preview has shown them", () => {
        const taken = { entry: foreign("i-1"), spec: program };
        for (const promised of [NOBODY, REINSTALLED])
            expect(runOf(program, taken, shows("ACTIVATED"), promised)).toMatchObject({
                kind: "adopt",
                reasons: [],
                deferred: reasons,
            });
    });
});

describe("an action takes a healthy agent away", () => {
    test.each([...HEALTHY, ...BROKEN, ...WITHOUT_AGENT, "absent" as const])(
        "where it is a reinstallation, and the client is healthy: %s",
        (observation) => {
            const [action] = planFleet(
                spec([declared("i-1", "cl-2")]),
                state([entry("i-1", observation === "absent" ? "NOT_INSTALLED" : observation)], spec([ONE])),
            );
            expect(action).toMatchObject({ kind: "reinstall" });
            expect(action && replacesAgent(action)).toBe(
                (HEALTHY as readonly string[]).includes(observation),
            );
        },
    );

    test("and never where it is anything else", () => {
        for (const kind of ["keep", "adopt", "wait", "grace", "conflict", "install"] as const) {
            const [action] = planFleet(spec([ONE]), state([entry("i-1")], spec([ONE])));
            expect(action && replacesAgent({ ...action, kind })).toBe(false);
        }
    });
});

/** The plan of a run that follows its own preview. */
function runAfterPreview(
    ...[program, before, clients]: [FleetSpec, Parameters<typeof planFleet>[1], readonly ObservedClient[]]
): { readonly preview: Plan; readonly promised: Promised; readonly plan: Plan } {
    const preview = planFleet(program, before);
    const promised = promisedBy(preview);
    return { preview, promised, plan: planFleet(program, before, new ClientIndex(clients), promised) };
}

describe("any fleet, whatever the service shows after the preview", () => {
    test("loses no healthy agent that its preview has not named", () => {
        fc.assert(
            fc.property(fleet, recorded, observedClients, (program, before, clients) => {
                const { promised, plan } = runAfterPreview(program, before, clients);
                for (const action of plan.filter(replacesAgent))
                    expect([...promised.keys()]).toContain(action.instanceId);
            }),
            { numRuns: 1_000 },
        );
    });

    test("has of what its preview keeps nothing but left as it is, waited for, or given an agent that it has not", () => {
        fc.assert(
            fc.property(fleet, recorded, observedClients, (program, before, clients) => {
                const { preview, plan } = runAfterPreview(program, before, clients);
                const kept = preview
                    .filter(({ kind }) => kind === "keep")
                    .map(({ instanceId }) => instanceId);
                for (const { instanceId, kind, observation } of plan) {
                    if (!kept.includes(instanceId)) continue;
                    const untouched = ["keep", "adopt", "conflict", "wait", "grace"];
                    expect([...untouched, "install", "reinstall"]).toContain(kind);
                    if (kind === "install" || kind === "reinstall")
                        expect(isHealthy(observation)).toBe(false);
                }
            }),
            { numRuns: 1_000 },
        );
    });

    test("uninstalls nothing that its preview has not named, and nothing that is not the resource's", () => {
        fc.assert(
            fc.property(fleet, recorded, observedClients, (program, before, clients) => {
                const { preview, plan } = runAfterPreview(program, before, clients);
                const kinds = new Map(preview.map(({ instanceId, kind }) => [instanceId, kind]));
                for (const { instanceId, kind, entry: known } of plan) {
                    if (kind !== "uninstall") continue;
                    expect(kinds.get(instanceId)).toBe("uninstall");
                    expect(known && isOurs(known)).toBe(true);
                }
            }),
            { numRuns: 1_000 },
        );
    });

    test("says of every difference that it does not put right that it is deferred", () => {
        fc.assert(
            fc.property(fleet, recorded, observedClients, (program, before, clients) => {
                const { promised, plan } = runAfterPreview(program, before, clients);
                const all = planFleet(program, before, new ClientIndex(clients));
                plan.forEach((action, index) => {
                    const unbound = all[index];
                    const isHeldBack =
                        unbound !== undefined &&
                        isHealthy(action.observation) &&
                        (unbound.kind === "reinstall" || unbound.then === "reinstall") &&
                        !promised.has(action.instanceId);
                    if (!isHeldBack) {
                        expect(action).toEqual(unbound);
                        return;
                    }
                    // What no run has seen to succeed is judged first, and planned again then.
                    const isJudged = action.kind === "wait" || action.kind === "grace";
                    if (isJudged) expect(action.entry?.pendingAction).toMatch(/^(install|upgrade)$/);
                    expect(action).toEqual({
                        ...unbound,
                        kind: isJudged ? action.kind : "keep",
                        reasons: [],
                        then: undefined,
                        deferred: isJudged ? [] : unbound.reasons,
                    });
                });
            }),
            { numRuns: 1_000 },
        );
    });
});
