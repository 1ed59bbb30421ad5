import fc from "fast-check";
import { UNKNOWN_VALUE } from "../../provider/unknown";
import { canonicalInputs, type RawInputs } from "../../provider/check/inputs";

const REGION = "cn-hangzhou";
const KEY = { accessKeyId: "LTAI-x", accessKeySecret: "hush" };

function canonical(news: RawInputs, olds: RawInputs = {}): unknown {
    const { inputs, failures } = canonicalInputs(olds, news, REGION);
    expect(failures).toEqual([]);
    return inputs;
}

const orUnknown = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | string> =>
    fc.oneof({ weight: 5, arbitrary: value }, { weight: 1, arbitrary: fc.constant(UNKNOWN_VALUE) });

const instance = fc.record(
    {
        instanceId: fc.nat({ max: 50 }).map((n) => `i-${n}`),
        clusterId: orUnknown(fc.constantFrom("cl-1", "cl-2")),
        sourceTypes: orUnknown(fc.constantFrom(["HANA"], ["ORACLE"])),
        key: orUnknown(fc.constant("LTAI-x")),
    },
    { requiredKeys: ["instanceId"] },
);

const rollout = fc.record(
    {
        batchSize: orUnknown(fc.constantFrom(5, 20)),
        parallelism: orUnknown(fc.constantFrom(2, 4)),
        maxFailures: orUnknown(fc.constantFrom(0, 3)),
        bootTimeout: orUnknown(fc.constantFrom("0s", "5m", "90s")),
    },
    { requiredKeys: [] },
);

const settings = fc.record(
    {
        alertSetting: orUnknown(fc.constant("INHERITED")),
        useHttps: orUnknown(fc.boolean()),
        resourceGroupId: orUnknown(fc.constant("rg-1")),
        region: orUnknown(fc.constantFrom(REGION, "cn-beijing")),
        crossAccount: orUnknown(fc.constant("123")),
        removal: orUnknown(fc.constantFrom("UninstallAndDelete", "Uninstall", "Retain")),
        adoptExisting: orUnknown(fc.boolean()),
        triggers: orUnknown(fc.constantFrom<unknown>("", 0, [null], { a: null })),
        timeout: fc.constant("5m"),
    },
    { requiredKeys: [] },
);

/** What a program means; an argument that is absent is not among the keys. */
const program = fc.record({
    settings,
    rollout,
    instances: fc.uniqueArray(instance, {
        minLength: 1,
        maxLength: 4,
        selector: ({ instanceId }) => instanceId,
    }),
});

type Program = typeof program extends fc.Arbitrary<infer T> ? T : never;
type Choose = <T>(...choices: readonly T[]) => T;

/** Writes a program down in one of the ways that mean the same. */
class Speller {
    constructor(private readonly choose: Choose) {}

    spell({ settings, rollout, instances }: Program): RawInputs {
        const { crossAccount, timeout } = settings;
        const order = this.choose(instances, instances.toReversed());
        const apart = order.map((each) => this.choose<object | null>(null, { ...this.key(each.key) }));
        return {
            vaultId: "v-1",
            ...this.text("alertSetting", settings.alertSetting),
            ...this.optional("useHttps", settings.useHttps),
            ...this.text("resourceGroupId", settings.resourceGroupId),
            ...this.text("region", settings.region, REGION),
            ...this.text(
                "crossAccountType",
                crossAccount === undefined ? undefined : "CROSS_ACCOUNT",
                "SELF_ACCOUNT",
            ),
            ...this.text(
                "crossAccountUserId",
                crossAccount === "123" ? this.choose<unknown>("123", 123) : crossAccount,
            ),
            ...this.text("crossAccountRoleName", crossAccount),
            ...this.optional("removal", settings.removal, "Uninstall"),
            ...this.optional("adoptExisting", settings.adoptExisting, true),
            ...this.optional("triggers", settings.triggers),
            ...this.record("rollout", {
                ...this.optional("batchSize", rollout.batchSize, 20),
                ...this.optional("parallelism", rollout.parallelism),
                ...this.optional("maxFailures", rollout.maxFailures),
                ...this.text("bootTimeout", rollout.bootTimeout, "5m"),
            }),
            ...this.record("__timeouts", {
                ...this.text("create", timeout),
                ...this.text("delete", undefined),
            }),
            instances: order.map((each, index) => ({
                instanceId: each.instanceId,
                ...this.text("clusterId", each.clusterId),
                ...this.optional("sourceTypes", each.sourceTypes, ["HANA"]),
                ...(apart[index] === null && this.key(each.key)),
            })),
            credentials: [
                ...apart.map((key, index) => key && { instanceId: order[index]?.instanceId, ...key }),
                "",
            ],
        };
    }

    private key(key: string | undefined): object {
        return { ...this.text("accessKeyId", key), ...this.text("accessKeySecret", key) };
    }

    /** An argument whose value `""` is as good as none. */
    private text(name: string, value: unknown, byDefault?: string): object {
        const empty = this.choose(true, false);
        return empty && (value === undefined || value === byDefault)
            ? { [name]: "" }
            : this.optional(name, value, byDefault);
    }

    private optional(name: string, value: unknown, byDefault?: unknown): object {
        const isDefault = value === undefined || JSON.stringify(value) === JSON.stringify(byDefault);
        if (!isDefault) return { [name]: value };
        return this.choose({}, { [name]: null }, byDefault === undefined ? {} : { [name]: byDefault });
    }

    private record(name: string, value: object): object {
        const isEmpty = Object.values(value).every((each) => each === null || each === "");
        return isEmpty ? this.choose({}, { [name]: null }, { [name]: value }) : { [name]: value };
    }
}

describe("what means the same is the same", () => {
    test("however a program writes defaults, and what it does not give", () => {
        fc.assert(
            fc.property(program, fc.gen(), (meaning, generate) => {
                const speller = new Speller(
                    (...choices) =>
                        choices[generate(fc.nat, { max: choices.length - 1 })] as (typeof choices)[number],
                );
                const [one, other] = [speller.spell(meaning), speller.spell(meaning)];
                expect(canonical(one)).toEqual(canonical(other));
            }),
            { numRuns: 1000 },
        );
    });

    const FLEET = { vaultId: "v-1", instances: [{ instanceId: "i-1" }] };
    const CROSS = { crossAccountType: "CROSS_ACCOUNT", crossAccountRoleName: "r", crossAccountUserId: "1" };

    test.each<[string, RawInputs, RawInputs]>([
        ["crossAccountType", { crossAccountType: "SELF_ACCOUNT" }, {}],
        ["removal", { removal: "Uninstall" }, {}],
        ["adoptExisting", { adoptExisting: true }, {}],
        ["a rollout without anything", { rollout: {} }, {}],
        ["a rollout of nulls", { rollout: { batchSize: null, maxFailures: null } }, {}],
        ["a rollout of defaults", { rollout: { batchSize: 20, bootTimeout: "5m" } }, {}],
        ["customTimeouts without anything", { __timeouts: {} }, {}],
        ["customTimeouts of nulls", { __timeouts: { create: null, update: "" } }, {}],
        [
            "empty texts",
            {
                alertSetting: "",
                resourceGroupId: "",
                region: "",
                crossAccountType: "",
                crossAccountUserId: "",
                crossAccountRoleName: "",
            },
            {},
        ],
        ["a user as a number", { ...CROSS, crossAccountUserId: 1 }, CROSS],
        [
            "an instance with empty texts",
            { instances: [{ instanceId: "i-1", clusterId: "", accessKeyId: "", accessKeySecret: "" }] },
            {},
        ],
        [
            "empty keys apart",
            { credentials: [{ instanceId: "i-1", accessKeyId: "", accessKeySecret: "" }] },
            {},
        ],
    ])("%s", (_, one, other) => {
        expect(canonical({ ...FLEET, ...one })).toEqual(canonical({ ...FLEET, ...other }));
    });

    test("one half of a key and an empty one are half a key", () => {
        const credentials = [{ instanceId: "i-1", accessKeyId: "LTAI-x", accessKeySecret: "" }];
        const { failures } = canonicalInputs({}, { ...FLEET, credentials }, REGION);
        expect(failures).toEqual([
            {
                property: "instances[0].accessKeySecret",
                reason: expect.stringMatching(/^is required/) as unknown,
            },
        ]);
    });

    test("an empty text in instances that ignoreChanges keeps is as good as none", () => {
        const olds = {
            ...FLEET,
            instances: { "i-1": { instanceId: "i-1", clusterId: "", sourceTypes: ["HANA"] } },
        };
        expect(canonical(olds, olds)).toEqual(canonical(FLEET));
    });

    test.each([
        ["empty", [{ instanceId: "i-1", accessKeyId: "", accessKeySecret: "" }]],
        ["null", [{ instanceId: "i-1", accessKeyId: null, accessKeySecret: null }]],
        ["absent", [null]],
        ["no list", []],
    ])("new keys that are %s leave those of instances that ignoreChanges keeps", (_, credentials) => {
        const instances = { "i-1": { instanceId: "i-1", sourceTypes: ["HANA"] } };
        const olds = { ...FLEET, instances, credentials: { "i-1": KEY } };
        expect(canonical({ ...FLEET, instances, credentials }, olds)).toMatchObject({
            credentials: { "i-1": KEY },
        });
    });

    test("keys that ignoreChanges keeps, or that an import brings, are those of their instances", () => {
        const credentials = { "i-1": KEY, "i-gone": KEY };
        expect(canonical({ ...FLEET, credentials })).toEqual(
            canonical({ ...FLEET, instances: [{ instanceId: "i-1", ...KEY }] }),
        );
        const instances = { "i-1": { instanceId: "i-1", sourceTypes: ["HANA"] } };
        expect(canonical({ ...FLEET, instances, credentials })).toMatchObject({
            credentials: { "i-1": KEY },
        });
    });
});
