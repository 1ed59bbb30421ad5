import fc from "fast-check";
import { ClientIndex } from "../../provider/fleet/match";
import type { ClientEntry, FleetSpec, ObservedClient, ShownSettings } from "../../provider/fleet/model";
import { planFleet, promisedBy } from "../../provider/fleet/plan";
import {
    type Compared,
    driftOf,
    settingsDifferences,
    settingsNotTaken,
    stillNotTaken,
} from "../../provider/fleet/differences";
import { client, declared, entry, REINSTALLED, spec, state } from "./builders";

const ONE = declared("i-1");
const ON: Partial<FleetSpec> = { useHttps: true };
const OFF: Partial<FleetSpec> = { useHttps: false };
const OFF_TO_ON = ["useHttps false → true"];

interface Known {
    /** What the state recorded. */
    readonly recorded: Partial<FleetSpec>;
    /** What the program declares. */
    readonly program: Partial<FleetSpec>;
    readonly drift?: ShownSettings;
    readonly settingsNotTaken?: ShownSettings;
}

function compared({ recorded, program, ...more }: Known, shown?: ShownSettings): Compared {
    return {
        declared: ONE,
        spec: spec([ONE], program),
        recorded: spec([ONE], recorded),
        entry: entry("i-1", "ACTIVATED", more),
        client: shown && client("i-1", "ACTIVATED", shown as Partial<ObservedClient>),
    };
}

describe("a setting that the service reports", () => {
    // The last two columns: what differs from what the service shows, and what differs in a preview.
    test.each<[string, Known, ShownSettings, readonly string[], readonly string[]]>([
        ["is as declared", { recorded: ON, program: ON }, ON, [], []],
        ["was changed from outside", { recorded: ON, program: ON }, OFF, OFF_TO_ON, []],
        ["is not shown, and is as recorded", { recorded: ON, program: ON }, {}, [], []],
        [
            "is not shown, and the program changed it",
            { recorded: OFF, program: ON },
            {},
            OFF_TO_ON,
            OFF_TO_ON,
        ],
        [
            "was changed by the program, and is not yet there",
            { recorded: OFF, program: ON },
            OFF,
            OFF_TO_ON,
            OFF_TO_ON,
        ],
        [
            "was changed by the program, and is there already",
            { recorded: OFF, program: ON },
            ON,
            [],
            OFF_TO_ON,
        ],
        ["is no longer declared", { recorded: ON, program: {} }, OFF, [], []],
        ["was never declared", { recorded: {}, program: {} }, ON, [], []],
        [
            "is declared for the first time",
            { recorded: {}, program: ON },
            {},
            ["useHttps (none) → true"],
            ["useHttps (none) → true"],
        ],
        [
            "was seen to have drifted, and still has",
            { recorded: ON, program: ON, drift: OFF },
            OFF,
            OFF_TO_ON,
            OFF_TO_ON,
        ],
        [
            "was seen to have drifted, and is back",
            { recorded: ON, program: ON, drift: OFF },
            ON,
            [],
            OFF_TO_ON,
        ],
        [
            "was seen to have drifted to what is declared now",
            { recorded: ON, program: OFF, drift: OFF },
            OFF,
            [],
            [],
        ],
        [
            "was not taken over, and is as it was",
            { recorded: ON, program: ON, settingsNotTaken: OFF },
            OFF,
            [],
            [],
        ],
        [
            "was not taken over, and is not shown any more",
            { recorded: ON, program: ON, settingsNotTaken: OFF },
            {},
            [],
            [],
        ],
        [
            "was not taken over, and is there now",
            { recorded: ON, program: ON, settingsNotTaken: OFF },
            ON,
            [],
            [],
        ],
        [
            "was not taken over, and the program declares what is there",
            { recorded: ON, program: OFF, settingsNotTaken: OFF },
            OFF,
            [],
            [],
        ],
        [
            "was not taken over, with another value than the program has now",
            { recorded: {}, program: ON, settingsNotTaken: OFF },
            OFF,
            OFF_TO_ON,
            OFF_TO_ON,
        ],
        [
            "was not taken over, and something else is there now",
            {
                recorded: { alertSetting: "A" },
                program: { alertSetting: "A" },
                settingsNotTaken: { alertSetting: "B" },
            },
            { alertSetting: "C" },
            ["alertSetting C → A"],
            [],
        ],
        [
            "was not taken over, and the program has changed it since",
            {
                recorded: { alertSetting: "A" },
                program: { alertSetting: "D" },
                settingsNotTaken: { alertSetting: "B" },
            },
            { alertSetting: "B" },
            ["alertSetting B → D"],
            ["alertSetting B → D"],
        ],
        [
            "is one of two, of which the other was not taken over",
            {
                recorded: { useHttps: true, alertSetting: "A" },
                program: { useHttps: true, alertSetting: "A" },
                drift: OFF,
                settingsNotTaken: { alertSetting: "B" },
            },
            { useHttps: false, alertSetting: "B" },
            OFF_TO_ON,
            OFF_TO_ON,
        ],
    ])("%s", (_, known, shown, observed, previewed) => {
        expect(settingsDifferences(compared(known, shown))).toEqual(observed);
        expect(settingsDifferences(compared(known))).toEqual(previewed);
    });

    test("has drifted, with what is shown, where that differs and is shown", () => {
        const both = { useHttps: true, alertSetting: "A" };
        const known = { recorded: both, program: both };
        expect(driftOf(compared(known, { useHttps: false, alertSetting: "B" }))).toStrictEqual({
            useHttps: false,
            alertSetting: "B",
        });
        expect(driftOf(compared(known, { useHttps: false }))).toStrictEqual({ useHttps: false });
        expect(driftOf(compared(known, both))).toStrictEqual({});
        expect(driftOf(compared(known))).toStrictEqual({});
        expect(driftOf(compared({ recorded: OFF, program: ON }, {}))).toStrictEqual({});
        expect(driftOf(compared({ ...known, settingsNotTaken: OFF }, { ...both, ...OFF }))).toStrictEqual({});
    });

    test("was not taken over where a client that was installed with it shows another", () => {
        const shows = (settings: ShownSettings): ObservedClient =>
            client("i-1", "ACTIVATED", settings as Partial<ObservedClient>);
        const both = spec([ONE], { useHttps: true, alertSetting: "A" });
        expect(settingsNotTaken(both, shows({ useHttps: false, alertSetting: "B" }))).toStrictEqual({
            useHttps: false,
            alertSetting: "B",
        });
        expect(settingsNotTaken(both, shows({ useHttps: true, alertSetting: "B" }))).toStrictEqual({
            alertSetting: "B",
        });
        expect(settingsNotTaken(both, shows({}))).toStrictEqual({});
        expect(settingsNotTaken(spec([ONE]), shows({ useHttps: false, alertSetting: "B" }))).toStrictEqual(
            {},
        );
    });

    test.each<[string, Known, ShownSettings, ShownSettings]>([
        ["it is as it was", { recorded: ON, program: ON, settingsNotTaken: OFF }, OFF, OFF],
        ["it has been taken over", { recorded: ON, program: ON, settingsNotTaken: OFF }, ON, {}],
        ["it is not shown any more", { recorded: ON, program: ON, settingsNotTaken: OFF }, {}, {}],
        [
            "the program declares what is there",
            { recorded: ON, program: OFF, settingsNotTaken: OFF },
            OFF,
            {},
        ],
        ["the program has changed it", { recorded: {}, program: ON, settingsNotTaken: OFF }, OFF, {}],
        ["there never was such a setting", { recorded: ON, program: ON }, OFF, {}],
    ])("that was not taken over stays on record where that is so: %s", (_, known, shown, left) => {
        expect(stillNotTaken(compared(known, shown))).toStrictEqual(left);
    });

    test("that nobody looked at is on record no longer as one that was not taken over", () => {
        expect(stillNotTaken(compared({ recorded: ON, program: ON, settingsNotTaken: OFF }))).toStrictEqual(
            {},
        );
    });
});

describe("any reported setting", () => {
    const value = fc.constantFrom("A", "B", "C", undefined);
    const settings = fc
        .record({ recorded: value, program: value, shown: value, drift: value, notTaken: value })
        .map(({ recorded, program, shown, drift, notTaken }) => {
            const of = (text: string | undefined): { alertSetting?: string } =>
                text === undefined ? {} : { alertSetting: text };
            return {
                known: {
                    ...{ recorded: of(recorded), program: of(program) },
                    ...(drift !== undefined && { drift: of(drift) }),
                    ...(notTaken !== undefined && { settingsNotTaken: of(notTaken) }),
                },
                shown: of(shown),
            };
        });

    test("that is shown as declared, or not declared at all, is never a reason", () => {
        fc.assert(
            fc.property(settings, ({ known, shown }) => {
                const wanted = known.program.alertSetting;
                fc.pre(wanted === undefined || wanted === shown.alertSetting);
                expect(settingsDifferences(compared(known, shown))).toEqual([]);
                expect(driftOf(compared(known, shown))).toEqual({});
                expect(
                    settingsNotTaken(spec([ONE], known.program), client("i-1", "ACTIVATED", shown)),
                ).toEqual({});
            }),
        );
    });

    test("that is shown otherwise is either drift, or was not taken over, and a reason only as drift", () => {
        fc.assert(
            fc.property(settings, ({ known, shown }) => {
                const { program, recorded } = known;
                fc.pre(program.alertSetting !== undefined && shown.alertSetting !== undefined);
                fc.pre(program.alertSetting !== shown.alertSetting);
                const the = compared(known, shown);
                const isKnown =
                    program.alertSetting === recorded.alertSetting &&
                    the.entry?.settingsNotTaken?.alertSetting === shown.alertSetting;
                expect(stillNotTaken(the)).toEqual(isKnown ? shown : {});
                expect(driftOf(the)).toEqual(isKnown ? {} : shown);
                expect(settingsDifferences(the)).toEqual(
                    isKnown
                        ? []
                        : [`alertSetting ${shown.alertSetting ?? ""} → ${program.alertSetting ?? ""}`],
                );
            }),
        );
    });

    test("that an installation did not change is no reason in the next run, whatever the service shows", () => {
        fc.assert(
            fc.property(settings, ({ known: { program }, shown }) => {
                const seen = client("i-1", "ACTIVATED", shown);
                const left = settingsNotTaken(spec([ONE], program), seen);
                const after = { recorded: program, program, settingsNotTaken: left };
                expect(settingsDifferences(compared(after, shown))).toEqual([]);
                expect(settingsDifferences(compared(after))).toEqual([]);
                expect(stillNotTaken(compared(after, shown))).toEqual(left);
            }),
        );
    });

    test("has drifted in a preview exactly where it has for the look that put it on record", () => {
        fc.assert(
            fc.property(settings, ({ known: { program }, shown }) => {
                const drift = driftOf(compared({ recorded: program, program }, shown));
                const after = { recorded: program, program, drift };
                expect(settingsDifferences(compared(after))).toEqual(
                    settingsDifferences(compared(after, shown)),
                );
            }),
        );
    });
});

describe("drift that a refresh has found", () => {
    const program = spec([ONE], ON);
    const drifted = entry("i-1", "ACTIVATED", { pendingAction: "reinstall", drift: OFF });
    const shows = (useHttps: boolean): ClientIndex =>
        new ClientIndex([client("i-1", "ACTIVATED", { useHttps })]);
    const before = (recorded: ClientEntry) => state([recorded], program);

    test("is shown by a preview with the value that was seen, and promised by it", () => {
        const preview = planFleet(program, before(drifted));
        expect(preview).toMatchObject([{ kind: "reinstall", reasons: OFF_TO_ON, repair: false }]);
        expect(promisedBy(preview)).toEqual(REINSTALLED);
    });

    test("is put right where it is still there", () => {
        expect(planFleet(program, before(drifted), shows(false), REINSTALLED)).toMatchObject([
            { kind: "reinstall", reasons: OFF_TO_ON },
        ]);
    });

    test("is over where the service shows what is declared", () => {
        expect(planFleet(program, before(drifted), shows(true), REINSTALLED)).toMatchObject([
            { kind: "keep", reasons: [], deferred: [] },
        ]);
    });

    test("is not what an open reinstallation without it is about: that is still to be done", () => {
        const { drift: _, ...open } = drifted;
        expect(planFleet(program, before(open), shows(true), REINSTALLED)).toMatchObject([
            { kind: "reinstall", reasons: ["still to be done"] },
        ]);
    });

    test("is named together with what the program has changed since", () => {
        const changed = spec([ONE], { ...ON, resourceGroupId: "rg-1" });
        const reasons = [...OFF_TO_ON, "resourceGroupId (none) → rg-1"];
        expect(planFleet(changed, before(drifted))).toMatchObject([{ kind: "reinstall", reasons }]);
        expect(planFleet(changed, before(drifted), shows(true), REINSTALLED)).toMatchObject([
            { kind: "reinstall", reasons: ["resourceGroupId (none) → rg-1"] },
        ]);
    });
});
