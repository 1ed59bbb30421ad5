import { beforeEach, describe, expect, it } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { hanaFleet, inactive, undeclared } from "../fleet";
import { declared, mocksWith, valueOf } from "../mocks";

const CLUSTERS = { "cl-prd": ["i-1", "i-2"], "cl-qas": ["i-3"] };

describe("the fleet", () => {
    beforeEach(() => pulumi.runtime.setMocks(mocksWith({ "i-3": "INSTALL_FAILED" })));

    it("has the instances of all clusters", async () => {
        await valueOf(hanaFleet("v-1", CLUSTERS).urn);
        expect(declared.get("hana")).toMatchObject({
            instances: [
                { instanceId: "i-1", clusterId: "cl-prd" },
                { instanceId: "i-2", clusterId: "cl-prd" },
                { instanceId: "i-3", clusterId: "cl-qas" },
            ],
        });
    });

    it("is rolled out in waves if it is large", async () => {
        const instanceIds = Array.from({ length: 11 }, (_, index) => `i-${index}`);
        await valueOf(hanaFleet("v-1", { "cl-prd": instanceIds }).urn);
        expect(declared.get("hana")).toMatchObject({ rollout: { waves: [1, "100%"], soak: "5m" } });
    });

    it("names the instances whose client is not active", async () => {
        await expect(valueOf(inactive(hanaFleet("v-1", CLUSTERS)))).resolves.toEqual(["i-3"]);
    });
});

describe("a look into the vault", () => {
    it("finds the clients that the program does not declare", async () => {
        const client = { status: "ACTIVATED", installed: true } as const;
        const lookUp = () =>
            Promise.resolve({
                clients: {
                    "i-1": { instanceId: "i-1", ...client },
                    "i-9": { instanceId: "i-9", ...client },
                    "i-old": { instanceId: "i-old", status: "NOT_INSTALLED" as const, installed: false },
                },
            });
        await expect(undeclared("v-1", CLUSTERS, lookUp)).resolves.toEqual(["i-9"]);
    });
});
