import { afterAll, expect, it } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { Simulator } from "pulumi-alicloud-hbr/simulator";
import { undeclared } from "../fleet";

const client = { vaultId: "v-1", clusterId: "cl-prd" };
const simulator = new Simulator({
    world: { vaults: ["v-1"], clients: ["i-1", "i-9"].map((instanceId) => ({ instanceId, ...client })) },
});

afterAll(() => simulator.close());

it("finds the clients of a simulated vault that the program does not declare", async () => {
    const { endpoint, accessKeyId, accessKeySecret } = await simulator.listen();
    pulumi.runtime.setAllConfig({
        "alicloud:region": "cn-hangzhou",
        "alicloud:protocol": "HTTP",
        "alicloud:endpoints": JSON.stringify([{ hbr: endpoint }]),
        "alicloud:accessKey": accessKeyId,
        "alicloud:secretKey": accessKeySecret,
    });
    await expect(undeclared("v-1", { "cl-prd": ["i-1"] })).resolves.toEqual(["i-9"]);
});
