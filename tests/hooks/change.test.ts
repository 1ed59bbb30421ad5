import { UNKNOWN_VALUE } from "../../provider/unknown";
import { changeOf, creationLine } from "../../provider/change";
import type { RawInputs } from "../../provider/check/inputs";
import { checked, recorded } from "./recorded";

const WARNING = "(their backups may be deleted with their records)";

const ONE = { instanceId: "i-1", clusterId: "cl-1" };
const TWO = { instanceId: "i-2", clusterId: "cl-1" };
const KEY = { accessKeyId: "LTAI-1", accessKeySecret: "hush-1" };
const CROSS = { crossAccountType: "CROSS_ACCOUNT", crossAccountUserId: "1", crossAccountRoleName: "r" };

describe("no diff", () => {
    test.each<[string, RawInputs, RawInputs]>([
        ["for the same program", {}, {}],
        ["for another order of the instances", {}, { instances: [TWO, ONE] }],
        [
            "for defaults written out",
            {},
            {
                instances: [{ ...ONE, sourceTypes: ["HANA"] }, TWO],
                removal: "Uninstall",
                crossAccountType: "SELF_ACCOUNT",
                adoptExisting: true,
                rollout: { batchSize: 20, parallelism: 4 },
                upgrades: "Manual",
                region: "cn-hangzhou",
            },
        ],
        ["for a soak that is empty", { rollout: { waves: [1] } }, { rollout: { waves: [1], soak: "" } }],
        [
            "for values that are null",
            {},
            { useHttps: null, resourceGroupId: null, instances: [ONE, { ...TWO, sourceTypes: null }] },
        ],
        [
            "for another order of source types",
            { instances: [{ ...ONE, sourceTypes: ["A", "B"] }] },
            { instances: [{ ...ONE, sourceTypes: ["B", "A", "A"] }] },
        ],
        ["for triggers that are equal", { triggers: [{ a: 1 }] }, { triggers: [{ a: 1 }] }],
        ["for the account as a number", { ...CROSS }, { ...CROSS, crossAccountUserId: 1 }],
        ["for another name of the resource alone", { __urn: "urn:old" }, { __urn: "urn:new" }],
        [
            "for an access key in the instance instead of apart",
            { instances: [ONE], credentials: [KEY] },
            { instances: [{ ...ONE, ...KEY }] },
        ],
    ])("%s", (_, before, after) => {
        expect(changeOf(recorded(before), checked(after))).toMatchObject({ changes: false, replaces: [] });
    });

    test("for a client that is only reported (disconnected, being upgraded)", () => {
        const before = recorded({}, { "i-1": { status: "UNKNOWN" }, "i-2": { status: "UPGRADING" } });
        expect(changeOf(before, checked()).changes).toBe(false);
    });

    test("for a provider credential: it is no argument at all", () => {
        expect(Object.keys(checked()).filter((name) => /key|secret|token/i.test(name))).toEqual([]);
    });
});

describe("an update", () => {
    test.each<[string, RawInputs, RawInputs, string]>([
        [
            "installs one instance more",
            {},
            { instances: [ONE, TWO, { instanceId: "i-3" }] },
            "plan: install 1: i-3; keep 2",
        ],
        ["removes one less", {}, { instances: [ONE] }, "plan: uninstall 1: i-2; keep 1"],
        [
            "deletes the record of one less, and warns of it",
            { removal: "UninstallAndDelete" },
            { removal: "UninstallAndDelete", instances: [ONE] },
            `plan: uninstall and delete 1: i-2 ${WARNING}; keep 1`,
        ],
        [
            "removes as the new program says",
            {},
            { instances: [ONE], removal: "Retain" },
            "plan: retain 1: i-2; keep 1",
        ],
        [
            "moves one to another cluster",
            {},
            { instances: [ONE, { ...TWO, clusterId: "cl-2" }] },
            "plan: reinstall 1: i-2 (clusterId cl-1 → cl-2); keep 1",
        ],
        [
            "moves one to another cluster, and deletes its record in the old one",
            { removal: "UninstallAndDelete" },
            { removal: "UninstallAndDelete", instances: [ONE, { ...TWO, clusterId: "cl-2" }] },
            "plan: reinstall 1: i-2 (clusterId cl-1 → cl-2); " +
                `uninstall and delete 1: i-2 in cl-1 ${WARNING}; keep 1`,
        ],
        [
            "reinstalls for useHttps",
            { useHttps: false },
            { useHttps: true },
            "plan: reinstall 2: i-1, i-2 (useHttps false → true)",
        ],
        [
            "reinstalls for alertSetting",
            {},
            { alertSetting: "INHERITED" },
            "plan: reinstall 2: i-1, i-2 (alertSetting (none) → INHERITED)",
        ],
        [
            "reinstalls for the resource group",
            { resourceGroupId: "rg-1" },
            { resourceGroupId: "rg-2" },
            "plan: reinstall 2: i-1, i-2 (resourceGroupId rg-1 → rg-2)",
        ],
        [
            "reinstalls for triggers",
            { triggers: 1 },
            { triggers: 2 },
            "plan: reinstall 2: i-1, i-2 (triggers changed)",
        ],
        [
            "reinstalls one for its source types",
            {},
            { instances: [ONE, { ...TWO, sourceTypes: ["X"] }] },
            "plan: reinstall 1: i-2 (sourceTypes HANA → X); keep 1",
        ],
        [
            "reinstalls one for its access key, without its value",
            {},
            { credentials: [KEY] },
            "plan: reinstall 1: i-1 (access key changed); keep 1",
        ],
        [
            "reinstalls with a setting not known yet",
            {},
            { resourceGroupId: UNKNOWN_VALUE },
            "plan: reinstall 2: i-1, i-2 (resourceGroupId (none) → (unknown))",
        ],
        [
            "shows an instance not known yet",
            {},
            { instances: [ONE, TWO, UNKNOWN_VALUE] },
            "plan: install 1: (unknown 1); keep 2",
        ],
        [
            "does not know the plan without the instances",
            {},
            { instances: UNKNOWN_VALUE },
            "plan: known once the instances are known",
        ],
    ])("%s", (_, before, after, line) => {
        expect(changeOf(recorded(before), checked(after))).toEqual({
            changes: true,
            replaces: [],
            settingsOnly: false,
            line,
        });
    });

    test.each<[string, RawInputs]>([
        ["removal", { removal: "Retain" }],
        ["rollout", { rollout: { batchSize: 3 } }],
        ["maxFailures", { rollout: { maxFailures: 0 } }],
        ["adoptExisting", { adoptExisting: false }],
        ["customTimeouts", { __timeouts: { create: "5m" } }],
    ])("of %s alone is recorded without a call", (_, after) => {
        expect(changeOf(recorded(), checked(after))).toEqual({
            changes: true,
            replaces: [],
            settingsOnly: true,
            line: "plan: record settings",
        });
    });

    test("repairs what a refresh found lost or broken", () => {
        const before = recorded({}, { "i-1": { status: "NOT_INSTALLED" }, "i-2": { status: "DEACTIVATED" } });
        expect(changeOf(before, checked()).line).toBe(
            "plan: repair 2: i-1 (NOT_INSTALLED), i-2 (DEACTIVATED)",
        );
    });

    test.each(["install", "reinstall", "uninstall"] as const)(
        "goes on with a pending %s",
        (pendingAction) => {
            const change = changeOf(
                recorded({}, { "i-1": { status: "INSTALLING", pendingAction } }),
                checked(),
            );
            expect(change).toMatchObject({ changes: true, settingsOnly: false });
        },
    );

    test("goes on with pending work also where the client itself asks for none", () => {
        const before = recorded(
            {},
            { "i-1": { status: "UNKNOWN", pendingAction: "install", errorCode: "UNKNOWN" } },
        );
        expect(changeOf(before, checked())).toMatchObject({ changes: true, settingsOnly: false });
    });

    test("goes on with a removal that is still open", () => {
        const before = recorded({}, { "i-2": { pendingAction: "uninstall" } });
        const { "i-1": one } = before.instances;
        const change = changeOf(
            { ...before, instances: one ? { "i-1": one } : {} },
            checked({ instances: [ONE] }),
        );
        expect(change).toMatchObject({ changes: true, line: "plan: uninstall 1: i-2; keep 1" });
    });

    test("leaves alone what is not the resource's, and is no longer declared", () => {
        const before = recorded(
            { removal: "UninstallAndDelete" },
            { "i-2": { owned: false, installed: false } },
        );
        expect(changeOf(before, checked({ removal: "UninstallAndDelete", instances: [ONE] }))).toMatchObject({
            changes: true,
            settingsOnly: false,
            line: "plan: leave alone 1: i-2; keep 1",
        });
    });

    test("takes over, or refuses, what is declared and not the resource's", () => {
        const before = recorded({}, { "i-2": { owned: false, installed: false, pendingAction: "install" } });
        expect(changeOf(before, checked()).line).toBe("plan: adopt 1: i-2; keep 1");
        expect(changeOf(before, checked({ adoptExisting: false })).line).toBe("plan: refuse 1: i-2; keep 1");
    });

    test("names the drift that a refresh has found", () => {
        const drifted = { pendingAction: "reinstall", drift: { useHttps: false } } as const;
        const before = recorded({ useHttps: true }, { "i-2": drifted });
        expect(changeOf(before, checked({ useHttps: true }))).toMatchObject({
            changes: true,
            settingsOnly: false,
            line: "plan: reinstall 1: i-2 (useHttps false → true); keep 1",
        });
    });

    test("has nothing to do for a setting that the service did not take over, until the program changes it", () => {
        const before = recorded({ useHttps: true }, { "i-2": { settingsNotTaken: { useHttps: false } } });
        expect(changeOf(before, checked({ useHttps: true }))).toMatchObject({ changes: false });
        expect(changeOf(before, checked({ useHttps: false })).line).toBe(
            "plan: reinstall 1: i-1 (useHttps true → false); keep 1",
        );
    });

    test("says what a wait is followed by", () => {
        const before = recorded({ useHttps: false }, { "i-1": { status: "UPGRADING" } });
        expect(changeOf(before, checked({ useHttps: true })).line).toBe(
            "plan: wait for 1: i-1 (then reinstall: useHttps false → true); " +
                "reinstall 1: i-2 (useHttps false → true)",
        );
    });
});

describe("a replacement", () => {
    test.each<[string, RawInputs, RawInputs, string]>([
        ["vaultId", {}, { vaultId: "v-2" }, "vaultId v-1 → v-2"],
        ["region", {}, { region: "cn-beijing" }, "region cn-hangzhou → cn-beijing"],
        [
            "crossAccountRoleName",
            CROSS,
            { ...CROSS, crossAccountRoleName: "s" },
            "crossAccountRoleName r → s",
        ],
        ["crossAccountUserId", CROSS, { ...CROSS, crossAccountUserId: "2" }, "crossAccountUserId 1 → 2"],
        [
            "crossAccountType",
            {},
            { crossAccountType: UNKNOWN_VALUE },
            "crossAccountType SELF_ACCOUNT → (unknown)",
        ],
        ["vaultId", {}, { vaultId: UNKNOWN_VALUE }, "vaultId v-1 → (unknown)"],
    ])(
        "for %s is one line: what changed, what is removed, what is installed",
        (property, before, after, reason) => {
            expect(changeOf(recorded(before), checked(after))).toEqual({
                changes: true,
                replaces: [property],
                settingsOnly: false,
                line: `plan: replace (${reason}); uninstall 2: i-1, i-2; install 2: i-1, i-2`,
            });
        },
    );

    test("for another account has all of its three properties", () => {
        expect(changeOf(recorded(), checked(CROSS))).toEqual({
            changes: true,
            replaces: ["crossAccountType", "crossAccountUserId", "crossAccountRoleName"],
            settingsOnly: false,
            line:
                "plan: replace (crossAccountType SELF_ACCOUNT → CROSS_ACCOUNT, crossAccountUserId (none) → 1, " +
                "crossAccountRoleName (none) → r); uninstall 2: i-1, i-2; install 2: i-1, i-2",
        });
    });

    test("removes as the old program said", () => {
        const { line } = changeOf(
            recorded({ removal: "Retain" }),
            checked({ vaultId: "v-2", removal: "Uninstall" }),
        );
        expect(line).toMatch(/; retain 2: i-1, i-2; install 2: /);
        const { line: deletes } = changeOf(
            recorded({ removal: "UninstallAndDelete" }),
            checked({ vaultId: "v-2", removal: "Uninstall" }),
        );
        expect(deletes).toBe(
            `plan: replace (vaultId v-1 → v-2); uninstall and delete 2: i-1, i-2 ${WARNING}; install 2: i-1, i-2`,
        );
    });

    test("removes nothing that is not the resource's", () => {
        const before = recorded(
            { removal: "UninstallAndDelete" },
            { "i-1": { owned: false, installed: false } },
        );
        expect(changeOf(before, checked({ vaultId: "v-2" })).line).toBe(
            `plan: replace (vaultId v-1 → v-2); uninstall and delete 1: i-2 ${WARNING}; leave alone 1: i-1; ` +
                "install 2: i-1, i-2",
        );
    });

    test("with unknown instances says so", () => {
        const { line, replaces } = changeOf(
            recorded(),
            checked({ vaultId: "v-2", instances: UNKNOWN_VALUE }),
        );
        expect(replaces).toEqual(["vaultId"]);
        expect(line).toMatch(/; known once the instances are known$/);
    });
});

test("a creation is shown as installs, or as not known yet", () => {
    expect(creationLine(checked())).toBe("plan: install 2: i-1, i-2");
    expect(creationLine(checked({ instances: UNKNOWN_VALUE }))).toBe(
        "plan: known once the instances are known",
    );
});
