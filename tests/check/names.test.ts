import { UNKNOWN_VALUE } from "../../provider/unknown";
import { canonicalInputs, type RawInputs } from "../../provider/check/inputs";

const VALID = { vaultId: "v-1", instances: [{ instanceId: "i-1" }] };
const SECRET = "hush-hush";

function failuresOf(more: RawInputs): unknown {
    return canonicalInputs({}, { ...VALID, ...more }, "cn-hangzhou").failures;
}

describe("a name that is no argument", () => {
    const TAKES =
        "vaultId, instances, alertSetting, useHttps, resourceGroupId, crossAccountType, crossAccountUserId, " +
        "crossAccountRoleName, region, rollout, removal, upgrades, adoptExisting, triggers";

    test.each([
        ["adoptExistng", "adoptExistng is not an argument of BackupClients; did you mean adoptExisting?"],
        ["adoptExitsing", /; did you mean adoptExisting\?$/],
        ["adopt_existing", /; did you mean adoptExisting\?$/],
        ["ADOPT-EXISTNIG", /; did you mean adoptExisting\?$/],
        ["useHTTPS", /; did you mean useHttps\?$/],
        ["vault", /; did you mean vaultId\?$/],
        ["instance", /; did you mean instances\?$/],
        ["trigger", /; did you mean triggers\?$/],
        ["crossAccountId", /, which takes /],
        ["name", `name is not an argument of BackupClients, which takes ${TAKES}`],
        ["x".repeat(500), /^x{79}… is not an argument of BackupClients, which takes /],
        ["instanceId", "instanceId belongs in an element of instances"],
        ["clusterId", "clusterId belongs in an element of instances"],
        ["sourceTypes", "sourceTypes belongs in an element of instances"],
        ["accessKeyId", "accessKeyId belongs in an element of instances"],
        ["accessKeySecret", "accessKeySecret belongs in an element of instances"],
        ["batchSize", "batchSize belongs in rollout"],
        ["parallelism", "parallelism belongs in rollout"],
        ["maxFailures", "maxFailures belongs in rollout"],
        ["customTimeouts", "customTimeouts belongs in the resource options"],
        [
            "maxFailure",
            "maxFailure is not an argument of BackupClients; did you mean maxFailures, which belongs in rollout?",
        ],
        ["access_key_secret", /; did you mean accessKeySecret, which belongs in an element of instances\?$/],
        ["clients", "clients is an output of BackupClients; it cannot be set"],
        ["taskIds", "taskIds is an output of BackupClients; it cannot be set"],
        ["failedInstanceIds", "failedInstanceIds is an output of BackupClients; it cannot be set"],
        ["credentials", "credentials is an output of BackupClients; it cannot be set"],
    ])("%s: one failure without a property, whose value the engine would print", (name, reason) => {
        const expected = typeof reason === "string" ? reason : (expect.stringMatching(reason) as unknown);
        expect(failuresOf({ [name]: SECRET })).toEqual([{ property: "", reason: expected }]);
    });

    test.each([
        ["clusterID", "clusterID is not an argument of an instance; did you mean clusterId?"],
        ["accessKeySecrt", /; did you mean accessKeySecret\?$/],
        [
            "vpc",
            "vpc is not an argument of an instance, which takes instanceId, clusterId, sourceTypes, accessKeyId, accessKeySecret",
        ],
    ])("%s in an instance: one failure at its path, without its value", (name, reason) => {
        const expected = typeof reason === "string" ? reason : (expect.stringMatching(reason) as unknown);
        expect(failuresOf({ instances: [{ instanceId: "i-1", [name]: SECRET }] })).toEqual([
            { property: `instances[0].${name}`, reason: expected },
        ]);
    });

    test.each([
        ["batchsize", "batchsize is not an argument of rollout; did you mean batchSize?"],
        ["paralelism", "paralelism is not an argument of rollout; did you mean parallelism?"],
        [
            "size",
            "size is not an argument of rollout, which takes batchSize, parallelism, maxFailures, waves, soak, pauseAfter, bootTimeout",
        ],
    ])("%s in rollout: one failure at its path", (name, reason) => {
        expect(failuresOf({ rollout: { [name]: 3 } })).toEqual([{ property: `rollout.${name}`, reason }]);
    });

    test("each of several is reported, at every level", () => {
        const wrong = {
            ...{ adoptExistng: true, clients: {} },
            rollout: { size: 1, sizes: 2 },
            instances: [{ instanceId: "i-1", one: 1, two: 2 }],
        };
        expect(failuresOf(wrong)).toHaveLength(6);
    });
});

describe("a name beside the arguments that is none of the program's", () => {
    test.each<[string, RawInputs]>([
        ["what is ours or Pulumi's", { __urn: "urn:x", __provider: "…", __version: 1, __other: {} }],
        ["access keys that the constructor took out", { credentials: ["", null] }],
        ["access keys that ignoreChanges keeps", { credentials: {} }],
        ["access keys not known yet", { credentials: UNKNOWN_VALUE }],
        ["outputs, which the constructor names without a value", { clients: undefined, taskIds: undefined }],
        ["what is null", { clients: null, anything: null }],
    ])("%s: no failure", (_, given) => {
        expect(failuresOf(given)).toEqual([]);
    });
});
