import { canonicalInputs, type RawInputs } from "../../provider/check/inputs";

const VALID = { vaultId: "v-1", instances: [{ instanceId: "i-1", clusterId: "cl-1" }] };

/** The failures of arguments that are right but for these, as `property: reason`. */
function failuresOf(wrong: RawInputs, region: string | undefined = "cn-hangzhou"): string[] {
    return canonicalInputs({}, { ...VALID, ...wrong }, region).failures.map(
        ({ property, reason }) => `${property}: ${reason}`,
    );
}

function failuresOfInstance(...wrong: unknown[]): string[] {
    return failuresOf({ instances: wrong });
}

describe("bad input", () => {
    test.each([
        ["no vault", { vaultId: undefined }, "vaultId: is required: the ID of a backup vault (v-…)"],
        ["a vault that is null", { vaultId: null }, /^vaultId: is required/],
        [
            "an id of another form",
            { vaultId: "vault" },
            'vaultId: "vault" is not the ID of a backup vault (v-…)',
        ],
        [
            "a cluster for a vault",
            { vaultId: "cl-9" },
            /^vaultId: "cl-9" is not .*: this is the ID of a cluster$/,
        ],
        ["an instance for a vault", { vaultId: "i-9" }, /^vaultId: "i-9" .*this is the ID of an instance$/],
        ["no instances", { instances: undefined }, "instances[0]: at least one instance is required"],
        ["an empty list", { instances: [] }, "instances[0]: at least one instance is required"],
        ["an empty map", { instances: {} }, "instances[0]: at least one instance is required"],
        [
            "one instance in place of a list",
            { instances: "i-1" },
            "instances[0]: instances is not an array (its value is not shown)",
        ],
        ["alertSetting", { alertSetting: "ON" }, 'alertSetting: "ON" is not one of "INHERITED"'],
        ["useHttps", { useHttps: "yes" }, 'useHttps: "yes" is neither true nor false'],
        ["resourceGroupId", { resourceGroupId: 5 }, /^resourceGroupId: 5 is not the ID of a resource group/],
        ["a region of another kind", { region: 5 }, "region: 5 is not a region id such as cn-hangzhou"],
        [
            "a region that is none",
            { region: "Hangzhou" },
            'region: "Hangzhou" is not a region id such as cn-hangzhou',
        ],
        [
            "removal",
            { removal: "Delete" },
            /^removal: "Delete" is not one of "UninstallAndDelete", "Uninstall", "Retain"$/,
        ],
        ["adoptExisting", { adoptExisting: 1 }, "adoptExisting: 1 is neither true nor false"],
        [
            "a batch of none",
            { rollout: { batchSize: 0 } },
            "rollout.batchSize: 0 is not a whole number from 1 to 20",
        ],
        [
            "a batch too big",
            { rollout: { batchSize: 21 } },
            "rollout.batchSize: 21 is not a whole number from 1 to 20",
        ],
        ["a broken batch", { rollout: { batchSize: 2.5 } }, /^rollout.batchSize: 2.5 /],
        ["a batch as text", { rollout: { batchSize: "5" } }, /^rollout.batchSize: "5" /],
        ["no parallelism", { rollout: { parallelism: 0 } }, /^rollout.parallelism: 0 /],
        [
            "fewer failures than none",
            { rollout: { maxFailures: -1 } },
            'rollout.maxFailures: -1 is neither a whole number of at least 0 nor a percentage such as "5%" (at most 100%)',
        ],
        [
            "a parallelism of nothing",
            { rollout: { parallelism: "0%" } },
            /^rollout.parallelism: "0%" is neither /,
        ],
        ["more than all", { rollout: { parallelism: "101%" } }, /^rollout.parallelism: "101%" is neither /],
        ["a percentage without its sign", { rollout: { parallelism: "5" } }, /^rollout.parallelism: "5" is /],
        ["a negative percentage", { rollout: { maxFailures: "-5%" } }, /^rollout.maxFailures: "-5%" is /],
        [
            "no wave",
            { rollout: { waves: [] } },
            "rollout.waves: [] names no wave: name at least one size, or leave it out",
        ],
        [
            "waves that are no list",
            { rollout: { waves: "10%" } },
            /^rollout.waves: "10%" is not an array such as /,
        ],
        [
            "a wave of none",
            { rollout: { waves: [1, 0] } },
            'rollout.waves[1]: 0 is neither a whole number of at least 1 nor a percentage such as "5%" (above 0%, at most 100%)',
        ],
        ["a soak of no time", { rollout: { soak: "0s" } }, /^rollout.soak: "0s" is not a duration/],
        [
            "a bootTimeout without a unit",
            { rollout: { bootTimeout: 0 } },
            "rollout.bootTimeout: 0 is not a duration: write it like 5m, 90s or 0s",
        ],
        ["a soak without a unit", { rollout: { soak: 5 } }, /^rollout.soak: 5 is not a duration/],
        [
            "a pause without waves",
            { rollout: { pauseAfter: "firstWave" } },
            'rollout.pauseAfter: "firstWave" needs rollout.waves, such as [1, "10%"]',
        ],
        [
            "a pause at another place",
            { rollout: { waves: [1], pauseAfter: "secondWave" } },
            'rollout.pauseAfter: "secondWave" is not one of "firstWave"',
        ],
        ["upgrades", { upgrades: "latest" }, 'upgrades: "latest" is not one of "Manual", "Latest"'],
        [
            "a rollout of another name",
            { rollout: { size: 3 } },
            "rollout.size: size is not an argument of rollout, which takes batchSize, parallelism, maxFailures, waves, soak, pauseAfter, bootTimeout",
        ],
        ["a rollout that is none", { rollout: 3 }, "rollout: 3 is not an object such as { batchSize: 20 }"],
        ["a rollout that is a list", { rollout: [] }, /^rollout: \[\] is not an object/],
        ["crossAccountType", { crossAccountType: "OTHER" }, /^crossAccountType: "OTHER" is not one of /],
        [
            "a user without a type",
            { crossAccountUserId: "1" },
            'crossAccountUserId: "1" goes only with crossAccountType "CROSS_ACCOUNT"',
        ],
        [
            "a role for the own account",
            { crossAccountType: "SELF_ACCOUNT", crossAccountRoleName: "r" },
            'crossAccountRoleName: "r" goes only with crossAccountType "CROSS_ACCOUNT"',
        ],
        [
            "no role for another account",
            { crossAccountType: "CROSS_ACCOUNT", crossAccountUserId: "1" },
            'crossAccountRoleName: is required with crossAccountType "CROSS_ACCOUNT"',
        ],
        [
            "no user for another account",
            { crossAccountType: "CROSS_ACCOUNT", crossAccountRoleName: "r" },
            'crossAccountUserId: is required with crossAccountType "CROSS_ACCOUNT"',
        ],
        [
            "a user that is no account",
            { crossAccountType: "CROSS_ACCOUNT", crossAccountRoleName: "r", crossAccountUserId: "me" },
            /^crossAccountUserId: "me" is not an account ID/,
        ],
        ...[-5, 1.5].map((id): [string, RawInputs, RegExp] => [
            `the user ${id}`,
            { crossAccountType: "CROSS_ACCOUNT", crossAccountRoleName: "r", crossAccountUserId: id },
            /^crossAccountUserId: -?[\d.]+ is not an account ID/,
        ]),
        [
            "a user too long for a number",
            { crossAccountType: "CROSS_ACCOUNT", crossAccountRoleName: "r", crossAccountUserId: 2 ** 60 },
            /^crossAccountUserId: \d+ is too long for a number: give the account ID as a string$/,
        ],
    ])("%s: one failure, on the property at fault", (_, wrong, failure) => {
        const failures = failuresOf(wrong);
        expect(failures).toHaveLength(1);
        expect(failures[0]).toEqual(typeof failure === "string" ? failure : expect.stringMatching(failure));
    });

    test.each([
        ["no id", [{}], "instances[0].instanceId: is required: the ID of an ECS instance (i-…)"],
        [
            "a cluster in place of the instance",
            [{ instanceId: "cl-1" }],
            'instances[0].instanceId: "cl-1" is not the ID of an ECS instance (i-…): this is the ID of a cluster, which belongs in clusterId',
        ],
        [
            "a client in place of the instance",
            [{ instanceId: "c-1" }],
            /^instances\[0\].instanceId: "c-1" .*the ID of a client$/,
        ],
        [
            "an id that is no text",
            [{ instanceId: 5 }],
            /^instances\[0\].instanceId: 5 is not the ID of an ECS instance/,
        ],
        [
            "an instance in place of the cluster",
            [{ instanceId: "i-1" }, { instanceId: "i-2", clusterId: "i-3" }],
            /^instances\[1\].clusterId: "i-3" is not the ID of a SAP HANA instance .* belongs in instanceId$/,
        ],
        [
            "an instance twice",
            [{ instanceId: "i-1" }, { instanceId: "i-2" }, { instanceId: "i-1", clusterId: "cl-2" }],
            /^instances\[2\].instanceId: "i-1" is already declared by instances\[0\]; .* takes a second resource$/,
        ],
        [
            "a misspelt argument",
            [{ instanceId: "i-1", cluster: "cl-1" }],
            "instances[0].cluster: cluster is not an argument of an instance; did you mean clusterId?",
        ],
        [
            "source types that are no list",
            [{ instanceId: "i-1", sourceTypes: "HANA" }],
            'instances[0].sourceTypes: "HANA" is not an array such as ["HANA"]',
        ],
        [
            "no source type at all",
            [{ instanceId: "i-1", sourceTypes: [] }],
            /^instances\[0\].sourceTypes: \[\] names no source type: name at least one/,
        ],
        [
            "an empty source type",
            [{ instanceId: "i-1", sourceTypes: [""] }],
            /^instances\[0\].sourceTypes\[0\]: "" is not a source type/,
        ],
        ["a text in place of an instance", ["i-1"], /^instances\[0\]: is not an object with an instanceId/],
        ["nothing in place of an instance", [null], /^instances\[0\]: is not an object with an instanceId/],
        ["a list in place of an instance", [["i-1"]], /^instances\[0\]: is not an object with an instanceId/],
        [
            "a key without its secret",
            [{ instanceId: "i-1", accessKeyId: "LTAI-x" }],
            "instances[0].accessKeySecret: is required because accessKeyId is given: an access key has two halves",
        ],
        [
            "a secret without its key",
            [{ instanceId: "i-1", accessKeySecret: "x" }],
            "instances[0].accessKeyId: is required because accessKeySecret is given: an access key has two halves",
        ],
        [
            "a secret that is no text",
            [{ instanceId: "i-1", accessKeyId: "LTAI-x", accessKeySecret: { hush: 1 } }],
            "instances[0].accessKeySecret: is not a text (its value is not shown)",
        ],
    ])("%s: one failure, on the instance at fault", (_, instances, failure) => {
        const failures = failuresOfInstance(...instances);
        expect(failures).toHaveLength(1);
        expect(failures[0]).toEqual(typeof failure === "string" ? failure : expect.stringMatching(failure));
    });

    test("each fault is reported, those of several instances too", () => {
        const properties = canonicalInputs(
            {},
            {
                vaultId: "x",
                useHttps: 1,
                instances: [{ instanceId: "j-1" }, { instanceId: "i-1", clusterId: "x" }],
            },
            "cn-hangzhou",
        ).failures.map(({ property }) => property);
        expect(properties).toEqual([
            "vaultId",
            "useHttps",
            "instances[0].instanceId",
            "instances[1].clusterId",
        ]);
    });

    test("a long value is cut", () => {
        expect(failuresOf({ vaultId: "x".repeat(500) })[0]?.length).toBeLessThan(150);
    });

    test("source types that are not documented are a warning for each kind, and passed on", () => {
        const { failures, warnings, inputs } = canonicalInputs(
            {},
            {
                ...VALID,
                instances: [
                    { instanceId: "i-1", sourceTypes: ["ORACLE", "HANA"] },
                    { instanceId: "i-2", sourceTypes: ["ORACLE"] },
                    { instanceId: "i-3", sourceTypes: ["OSS"] },
                    { instanceId: "i-4" },
                ],
            },
            "cn-hangzhou",
        );
        expect(failures).toEqual([]);
        expect(warnings).toEqual([
            expect.stringMatching(/^i-1, i-2: sourceTypes ORACLE is not documented/),
            expect.stringMatching(/^i-3: sourceTypes OSS is not documented/),
        ]);
        expect(inputs?.instances).toMatchObject({ "i-1": { sourceTypes: ["HANA", "ORACLE"] } });
    });
});
