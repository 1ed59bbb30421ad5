import * as pulumi from "@pulumi/pulumi";
import { taggedInstances, type Query } from "../../examples/fleet-from-tags/taggedInstances";

/** What Alibaba's plugin was asked, and what it answers. */
const asked: pulumi.runtime.MockCallArgs[] = [];
let instances: readonly { readonly id: string; readonly tags: Readonly<Record<string, string>> }[];

const mocks: pulumi.runtime.Mocks = {
    newResource: ({ name, inputs }) => ({ id: name, state: inputs as Record<string, unknown> }),
    call: (args) => {
        asked.push(args);
        return { instances };
    },
};

const QUERY: Query = { tags: { backup: "hana" }, clusterTag: "cluster", exclude: ["i-test"], minimum: 2 };

describe("the query of the example of a fleet from tags", () => {
    beforeAll(() => pulumi.runtime.setMocks(mocks));

    beforeEach(() => {
        asked.length = 0;
        instances = ["i-1", "i-test", "i-2"].map((id) => ({ id, tags: { cluster: "cl-prd" } }));
    });

    it("gives the instances with their clusters, without the excluded ones", async () => {
        await expect(taggedInstances(QUERY)).resolves.toEqual([
            { instanceId: "i-1", clusterId: "cl-prd" },
            { instanceId: "i-2", clusterId: "cl-prd" },
        ]);
    });

    it("asks for the tags alone: a status or a page would leave out instances whose clients are in order", async () => {
        await taggedInstances(QUERY);
        expect(asked.map(({ token, inputs }) => [token, inputs as unknown])).toEqual([
            ["alicloud:ecs/getInstances:getInstances", { tags: { backup: "hana" }, enableDetails: false }],
        ]);
    });

    it("fails with fewer instances than the minimum, not counting the excluded ones, and says what to do", async () => {
        await expect(taggedInstances({ ...QUERY, minimum: 3 })).rejects.toThrow(
            /finds too few instances: 2 without the excluded ones, and "minimum" is 3\..*pulumi config set minimum 2/,
        );
    });

    it("fails for an instance whose cluster is not known, instead of leaving it out", async () => {
        instances = [...instances, { id: "i-new", tags: {} }];
        await expect(taggedInstances(QUERY)).rejects.toThrow('Instance i-new has no tag "cluster"');
    });
});
