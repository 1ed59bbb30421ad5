import type { DeclaredInstance, FleetSpec } from "../../provider/fleet/model";
import { areShown, clusterChange, settingsDifferences, showSetting } from "../../provider/fleet/differences";
import { type Unknown, UNKNOWN_VALUE } from "../../provider/unknown";
import { declared, entry, spec, withoutCluster } from "./builders";

const ONE = declared("i-1");
const KEY = { accessKeyId: "id-1", accessKeySecret: "secret-1" };

/** Why a client that nobody looks at has to be reinstalled: the settings of the state against those of the program. */
function differences(
    instance: DeclaredInstance,
    after: FleetSpec<Unknown>,
    before: FleetSpec<Unknown>,
): readonly string[] {
    return settingsDifferences({
        ...{ declared: instance, spec: after, recorded: before },
        ...{ entry: entry(instance.instanceId), client: undefined },
    });
}

describe("settings that differ from what a client was installed with", () => {
    test.each([
        ["nothing", {}, {}, []],
        [
            "another resource group",
            { resourceGroupId: "rg-1" },
            { resourceGroupId: "rg-2" },
            ["resourceGroupId rg-1 → rg-2"],
        ],
        ["a resource group less", { resourceGroupId: "rg-1" }, {}, ["resourceGroupId rg-1 → (none)"]],
        [
            "useHttps, where the service does not report it",
            {},
            { useHttps: true },
            ["useHttps (none) → true"],
        ],
        ["useHttps no longer declared", { useHttps: true }, {}, []],
        ["alertSetting", {}, { alertSetting: "INHERITED" }, ["alertSetting (none) → INHERITED"]],
        ["other triggers", { triggers: [1] }, { triggers: [2] }, ["triggers changed"]],
        ["equal triggers, built anew", { triggers: { a: [1] } }, { triggers: { a: [1] } }, []],
        [
            "triggers not known yet",
            { triggers: ["a"] },
            { triggers: [UNKNOWN_VALUE] },
            ["triggers not known yet"],
        ],
        [
            "a useHttps not known yet",
            { useHttps: true },
            { useHttps: UNKNOWN_VALUE },
            ["useHttps true → (unknown)"],
        ],
    ])("%s", (_, before, after, reasons) => {
        expect(differences(ONE, spec<Unknown>([ONE], after), spec([ONE], before))).toEqual(reasons);
    });

    test("other source types, in no order", () => {
        const before = spec([{ ...ONE, sourceTypes: ["A", "B"] }]);
        const swapped = { ...ONE, sourceTypes: ["B", "A"] };
        const fewer = { ...ONE, sourceTypes: ["A"] };
        expect(differences(swapped, spec([swapped]), before)).toEqual([]);
        expect(differences(fewer, spec([fewer]), before)).toEqual(["sourceTypes A+B → A"]);
    });

    test.each([
        ["given", {}, { "i-1": KEY }],
        ["taken away", { "i-1": KEY }, {}],
        ["changed", { "i-1": KEY }, { "i-1": { ...KEY, accessKeySecret: "secret-2" } }],
        ["changed in its id", { "i-1": KEY }, { "i-1": { ...KEY, accessKeyId: "id-2" } }],
    ])("an access key that is %s shows without its value", (_, before, after) => {
        const credentials = (keys: object) => new Map(Object.entries(keys as Record<string, typeof KEY>));
        const reasons = differences(
            ONE,
            spec([ONE], { credentials: credentials(after) }),
            spec([ONE], { credentials: credentials(before) }),
        );
        expect(reasons).toEqual(["access key changed"]);
    });

    test.each([
        [["A"], ["A", "B"], "sourceTypes A → A+B"],
        [["A", "B"], ["A", "C"], "sourceTypes A+B → A+C"],
    ])("source types %j, and then %j", (before, after, reason) => {
        const recorded = spec([{ ...ONE, sourceTypes: before }]);
        const instance = { ...ONE, sourceTypes: after };
        const reasons = differences(instance, spec([instance]), recorded);
        expect(reasons).toEqual([reason]);
    });

    test("an access key whose id is not known yet says so", () => {
        const unknown = { accessKeyId: UNKNOWN_VALUE, accessKeySecret: "secret-1" };
        const after = spec([ONE], { credentials: new Map([["i-1", unknown]]) });
        expect(differences(ONE, after, spec([ONE]))).toEqual(["access key not known yet"]);
    });

    test("an access key not known yet says so", () => {
        const unknown = { accessKeyId: "id-1", accessKeySecret: UNKNOWN_VALUE };
        const after = spec([ONE], { credentials: new Map([["i-1", unknown]]) });
        const before = spec([ONE], { credentials: new Map([["i-1", KEY]]) });
        expect(differences(ONE, after, before)).toEqual(["access key not known yet"]);
    });

    test("the access key of another instance is of no concern", () => {
        const after = spec([ONE], { credentials: new Map([["i-2", KEY]]) });
        expect(differences(ONE, after, spec([ONE]))).toEqual([]);
    });
});

describe("a move to another cluster", () => {
    test.each([
        ["to another one", ONE, entry("i-1", "ACTIVATED", { clusterId: "cl-0" }), "clusterId cl-0 → cl-1"],
        ["out of a cluster", withoutCluster("i-1"), entry("i-1"), "clusterId cl-1 → (none)"],
        ["nowhere", ONE, entry("i-1"), undefined],
        ["of an instance that is new", ONE, undefined, undefined],
        ["to one not known yet", declared("i-1", UNKNOWN_VALUE), entry("i-1"), "clusterId cl-1 → (unknown)"],
    ])("%s", (_, instance, recorded, reason) => {
        expect(clusterChange(instance, recorded)).toBe(reason);
    });

    test.each([
        [undefined, "(none)"],
        ["", "(none)"],
        [UNKNOWN_VALUE, "(unknown)"],
        [false, "false"],
        ["x", "x"],
    ])("a setting %p is shown as %s", (value, text) => {
        expect(showSetting(value)).toBe(text);
    });
});

test("shown settings account for the reasons if there are as many, and each is one of them", () => {
    const both = { useHttps: false, alertSetting: "NONE" };
    const [https, alert] = ["useHttps false → true", "alertSetting NONE → INHERITED"] as const;
    expect(areShown([https, alert], both)).toBe(true);
    expect(areShown([], {})).toBe(true);
    expect(areShown([https], both)).toBe(false);
    expect(areShown([https, "sourceTypes HANA → OTHER"], both)).toBe(false);
    expect(areShown(["access key changed", "triggers changed"], both)).toBe(false);
});
