import * as pulumi from "@pulumi/pulumi";
import { splitCredentials } from "../provider/credentialsInput";

const EMPTY_KEYS = [
    { accessKeyId: "", accessKeySecret: "" },
    { accessKeyId: null, accessKeySecret: null },
    { accessKeyId: undefined, accessKeySecret: "" },
];

describe("an access key that is empty is none", () => {
    test.each(EMPTY_KEYS)("in a plain array: %j", (key) => {
        const { instances, credentials } = splitCredentials([{ instanceId: "i-1", ...key }]);
        expect(instances).toEqual([{ instanceId: "i-1" }]);
        // What is left only marks the whole as a secret.
        expect(credentials).toHaveLength(1);
    });

    test.each(EMPTY_KEYS)("in an Output: %j", async (key) => {
        const { credentials } = splitCredentials(pulumi.output([{ instanceId: "i-1", ...key }]));
        const resolved = new Promise((resolve) => {
            (credentials as pulumi.Output<unknown>).apply(resolve);
        });
        expect(await resolved).toEqual([]);
    });
});

test("a half that is empty leaves the other alone", () => {
    const { credentials } = splitCredentials([
        { instanceId: "i-1", accessKeyId: "LTAI-x", accessKeySecret: "" },
    ]);
    expect(Object.keys((credentials as object[])[0] ?? {})).toEqual(["instanceId", "accessKeyId"]);
});
