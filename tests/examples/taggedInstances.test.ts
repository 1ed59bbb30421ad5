import * as pulumi from "@pulumi/pulumi";
import { taggedInstances, type Query } from "../../examples/fleet-from-tags/taggedInstances";

/** What Alibaba's plugin was asked, and what it answers. */
const asked: pulumi.runtime.MockCallArgs[] = [];
let failure: Error | undefined;
let instances: readonly { readonly id: string; readonly tags: Readonly<Record<string, string>> }[];

const mocks: pulumi.runtime.Mocks = {
    newResource: ({ name, inputs }) => ({ id: name, state: inputs as Record<string, unknown> }),
    call: (args) => {
        asked.push(args);
        if (failure) throw failure;
        return { instances };
    },
};

const QUERY: Query = { tags: { backup: "hana" }, clusterTag: "cluster", exclude: ["i-test"], minimum: 2 };

describe("the query of the example of a fleet from tags", () => {
    beforeAll(() => pulumi.runtime.setMocks(mocks));

    beforeEach(() => {
        asked.length = 0;
        failure = undefined;
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

    it("does not advise to lower the minimum to 0, which no fleet has", async () => {
        instances = instances.filter(({ id }) => id === "i-test");
        const error = taggedInstances(QUERY);
        await expect(error).rejects.toThrow(/too few instances: 0 without the excluded ones, .* is 2\./);
        await expect(error).rejects.not.toThrow("pulumi config set");
    });

    it.each([{}, { cluster: "" }])(
        "fails for an instance whose cluster is not known, instead of leaving it out (tags %j)",
        async (tags) => {
            instances = [...instances, { id: "i-new", tags }];
            await expect(taggedInstances(QUERY)).rejects.toThrow(
                'Instance i-new has no value in its tag "cluster"',
            );
        },
    );

    it("fails if the query fails, so that nothing is declared", async () => {
        failure = new Error("Forbidden.RAM");
        await expect(taggedInstances(QUERY)).rejects.toBeInstanceOf(Error);
    });

    it("keeps an instance that the answer has twice, which shifted while it was read: the provider refuses it in the preview", async () => {
        instances = ["i-1", "i-2", "i-1"].map((id) => ({ id, tags: { cluster: "cl-prd" } }));
        const found = await taggedInstances({ ...QUERY, exclude: [] });
        expect(found.map(({ instanceId }) => instanceId)).toEqual(["i-1", "i-2", "i-1"]);
    });

    it("warns of an excluded ID that the query does not find, because it may be misspelt", async () => {
        const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue();
        await taggedInstances(QUERY);
        expect(warn).not.toHaveBeenCalled();
        await taggedInstances({ ...QUERY, exclude: ["i-test", "i-tset"] });
        expect(warn.mock.calls).toEqual([[expect.stringMatching(/^The query .* not find i-tset, /)]]);
    });
});
