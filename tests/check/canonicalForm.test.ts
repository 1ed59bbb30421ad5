import fc from "fast-check";
import { canonicalInputs } from "../../provider/check/inputs";
import { UNKNOWN_VALUE } from "../../provider/unknown";
import { canonical } from "../hooks/recorded";

const VALID = { vaultId: "v-1", instances: [{ instanceId: "i-1", clusterId: "cl-1" }] };

describe("the canonical form", () => {
    test("has every default, the instances as a map in the order of their ids, the keys apart", () => {
        const inputs = canonical(
            {},
            {
                vaultId: "v-1",
                instances: [
                    { instanceId: "i-2", clusterId: null },
                    { instanceId: "i-1", clusterId: "cl-1" },
                ],
                credentials: [
                    { instanceId: "i-2", accessKeyId: "LTAI-x", accessKeySecret: "hush" },
                    null,
                    "",
                ],
                rollout: { batchSize: 5 },
                useHttps: null,
                __urn: "urn:x",
            },
            "cn-hangzhou",
        );
        expect(inputs).toEqual({
            vaultId: "v-1",
            region: "cn-hangzhou",
            instances: {
                "i-1": { instanceId: "i-1", clusterId: "cl-1", sourceTypes: ["HANA"] },
                "i-2": { instanceId: "i-2", sourceTypes: ["HANA"] },
            },
            credentials: { "i-2": { accessKeyId: "LTAI-x", accessKeySecret: "hush" } },
            crossAccountType: "SELF_ACCOUNT",
            rollout: { batchSize: 5, bootTimeout: "5m" },
            removal: "Uninstall",
            upgrades: "Manual",
            adoptExisting: true,
            __urn: "urn:x",
            __version: 2,
        });
        expect(Object.keys(inputs.instances)).toEqual(["i-1", "i-2"]);
    });

    test("takes keys from the instances themselves too, and the region from the argument first", () => {
        const inputs = canonical(
            {},
            {
                ...VALID,
                region: "cn-beijing",
                instances: [{ instanceId: "i-1", accessKeyId: "LTAI-x", accessKeySecret: "hush" }],
            },
            "cn-hangzhou",
        );
        expect(inputs.region).toBe("cn-beijing");
        expect(inputs.credentials).toEqual({ "i-1": { accessKeyId: "LTAI-x", accessKeySecret: "hush" } });
        expect(JSON.stringify(inputs.instances)).not.toContain("LTAI-x");
    });

    test("keeps a 16-digit account ID whole, as text", () => {
        const cross = { crossAccountType: "CROSS_ACCOUNT", crossAccountRoleName: "r" };
        const userIdOf = (id: unknown): unknown =>
            canonical({}, { ...VALID, ...cross, crossAccountUserId: id }, "r").crossAccountUserId;
        expect(userIdOf(1234567890123456)).toBe("1234567890123456");
        expect(userIdOf("1234567890123456")).toBe("1234567890123456");
    });

    test("of instances that ignoreChanges keeps has their old keys, unless there are new ones", () => {
        const first = canonical(
            {},
            {
                ...VALID,
                instances: [
                    { instanceId: "i-2", accessKeyId: "LTAI-2", accessKeySecret: "hush-2" },
                    { instanceId: "i-1", accessKeyId: "LTAI-1", accessKeySecret: "hush-1" },
                ],
            },
            "cn-hangzhou",
        );
        const fresh = [{ instanceId: "i-2", accessKeyId: "LTAI-3", accessKeySecret: "hush-3" }, null];
        const inputs = canonical(
            { ...first },
            { vaultId: "v-1", instances: first.instances, credentials: fresh },
            "cn-hangzhou",
        );
        expect(inputs.instances).toEqual(first.instances);
        expect(inputs.credentials).toEqual({
            "i-1": { accessKeyId: "LTAI-1", accessKeySecret: "hush-1" },
            "i-2": { accessKeyId: "LTAI-3", accessKeySecret: "hush-3" },
        });
    });

    test("shows instances whose ids are not known yet under names of our own, each its own", () => {
        const inputs = canonical(
            {},
            {
                ...VALID,
                instances: [
                    UNKNOWN_VALUE,
                    { instanceId: UNKNOWN_VALUE, clusterId: "cl-1" },
                    { instanceId: "i-1" },
                ],
            },
            "cn-hangzhou",
        );
        expect(Object.keys(inputs.instances)).toHaveLength(3);
        expect(Object.keys(inputs.instances)).toEqual(
            expect.arrayContaining(["(unknown 1)", "(unknown 2)", "i-1"]),
        );
    });
});

/** Any JSON, with a value that is not known yet at any depth. */
const json = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constant(UNKNOWN_VALUE),
    fc.array(fc.constantFrom(UNKNOWN_VALUE, "x", 5), { maxLength: 2 }),
    fc.dictionary(fc.string({ maxLength: 4 }), fc.constantFrom<unknown>(UNKNOWN_VALUE, null, 5), {
        maxKeys: 2,
    }),
);

const orUnknown = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | string> =>
    fc.oneof({ weight: 4, arbitrary: value }, { weight: 1, arbitrary: fc.constant(UNKNOWN_VALUE) });

const SECRETS = { accessKeyId: "LTAI-hush", accessKeySecret: "hush-hush-hush" };

const rightInstance = fc.record(
    {
        instanceId: orUnknown(fc.nat({ max: 50 }).map((n) => `i-${n}`)),
        clusterId: orUnknown(fc.constantFrom("cl-1", "cl-2")),
        sourceTypes: orUnknown(
            fc.array(orUnknown(fc.constantFrom("HANA", "ORACLE")), { minLength: 1, maxLength: 3 }),
        ),
        accessKeyId: orUnknown(fc.constant(SECRETS.accessKeyId)),
        accessKeySecret: orUnknown(fc.constant(SECRETS.accessKeySecret)),
    },
    { requiredKeys: ["instanceId", "accessKeyId", "accessKeySecret"] },
);

/** Arguments that are right, or not known yet in any place. */
const rightInputs = fc.record(
    {
        vaultId: orUnknown(fc.constant("v-1")),
        instances: orUnknown(
            fc.uniqueArray(orUnknown(rightInstance), {
                minLength: 1,
                maxLength: 6,
                selector: (each) =>
                    typeof each === "string" || each.instanceId === UNKNOWN_VALUE ? {} : each.instanceId,
            }),
        ),
        alertSetting: orUnknown(fc.constant("INHERITED")),
        useHttps: orUnknown(fc.boolean()),
        resourceGroupId: orUnknown(fc.constant("rg-1")),
        region: orUnknown(fc.constant("cn-beijing")),
        removal: orUnknown(fc.constantFrom("UninstallAndDelete", "Uninstall", "Retain")),
        upgrades: orUnknown(fc.constantFrom("Manual", "Latest")),
        adoptExisting: orUnknown(fc.boolean()),
        rollout: orUnknown(
            fc.record({
                batchSize: orUnknown(fc.integer({ min: 1, max: 20 })),
                parallelism: orUnknown(fc.constantFrom(2, "5%")),
                maxFailures: orUnknown(fc.constantFrom(0, "10%")),
                waves: orUnknown(
                    fc.array(orUnknown(fc.constantFrom(1, 4, "10%")), { minLength: 1, maxLength: 3 }),
                ),
                soak: orUnknown(fc.constant("5m")),
                bootTimeout: orUnknown(fc.constantFrom("0s", "5m")),
                pauseAfter: orUnknown(fc.constant("firstWave")),
            }),
        ),
        triggers: json,
    },
    { requiredKeys: ["vaultId", "instances"] },
);

describe("any input", () => {
    const anyInputs = fc.dictionary(
        fc.constantFrom(
            "vaultId",
            "instances",
            "credentials",
            "rollout",
            "region",
            "crossAccountType",
            "crossAccountUserId",
        ),
        json,
    );

    test("never makes check throw, and no reason shows a value that is not known yet", () => {
        fc.assert(
            fc.property(anyInputs, anyInputs, (olds, news) => {
                const { failures } = canonicalInputs(olds, news, "cn-hangzhou");
                expect(failures.map(({ reason }) => reason).join()).not.toContain(UNKNOWN_VALUE);
                for (const { property } of failures)
                    expect(property).not.toMatch(/^(credentials|instances$)/);
            }),
            { numRuns: 500 },
        );
    });

    test("that is right has no failure, wherever it is not known yet", () => {
        fc.assert(
            fc.property(rightInputs, (news) => {
                expect(canonicalInputs({}, news, "cn-hangzhou").failures).toEqual([]);
            }),
            { numRuns: 500 },
        );
    });

    test("once checked is left as it is by a second check of the map", () => {
        fc.assert(
            fc.property(rightInputs, (news) => {
                const once = canonical({}, news);
                const twice = canonicalInputs({ ...once }, { ...once }, "cn-shanghai");
                expect(twice.failures).toEqual([]);
                expect(twice.inputs).toEqual(once);
            }),
            { numRuns: 500 },
        );
    });

    test("never shows an access key, whatever else is wrong with it", () => {
        const wrongInstance = fc.dictionary(
            fc.constantFrom("instanceId", "clusterId", "sourceTypes", "other"),
            json,
        );
        const misplaced = fc.dictionary(
            fc.constantFrom("accessKeySecret", "accessKeySecrt", "credentials", "clients", "instances"),
            fc.constant(SECRETS.accessKeySecret),
        );
        const instances = fc.array(fc.oneof(wrongInstance, rightInstance));
        fc.assert(
            fc.property(instances, json, misplaced, (elements, vaultId, more) => {
                const withKeys = elements.map((element) => ({ ...element, ...SECRETS, ...more }));
                const news = { vaultId, instances: withKeys, rollout: more, ...more };
                const { failures, warnings } = canonicalInputs({}, news, undefined);
                expect(JSON.stringify([failures, warnings])).not.toContain("hush");
                // The engine prints the value of a top-level property.
                for (const { property } of failures)
                    expect(news).not.toHaveProperty([property], SECRETS.accessKeySecret);
            }),
            { numRuns: 500 },
        );
    });
});
