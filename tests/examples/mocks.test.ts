import * as pulumi from "@pulumi/pulumi";
import { declared, mocksWith, valueOf } from "../../examples/unit-test/mocks";
import { BackupClients, getBackupClients, type BackupClientsArgs } from "../../provider";
import { Simulator, type Listening } from "../../simulator";

const instances = [{ instanceId: "i-1", clusterId: "cl-1", accessKeyId: "key", accessKeySecret: "hush" }];

const configFor = ({ endpoint, accessKeyId, accessKeySecret }: Listening): Record<string, string> => ({
    "alicloud:region": "cn-hangzhou",
    "alicloud:protocol": "HTTP",
    "alicloud:endpoints": JSON.stringify([{ hbr: endpoint }]),
    "alicloud:accessKey": accessKeyId,
    "alicloud:secretKey": accessKeySecret,
});

describe("the mocks of the example of unit tests", () => {
    beforeAll(() => pulumi.runtime.setMocks(mocksWith({ "i-1": "INSTALL_FAILED", "i-2": "ACTIVATED" })));

    it("say of each fleet what failed in it, and nothing of another one", async () => {
        const failed = (...ids: string[]): Promise<string[]> => {
            const args = { vaultId: "v-1", instances: ids.map((instanceId) => ({ instanceId })) };
            return valueOf(new BackupClients("fleet", args).failedInstanceIds);
        };
        await expect(failed("i-1", "i-2")).resolves.toEqual(["i-1"]);
        await expect(failed("i-2", "i-3")).resolves.toEqual([]);
    });

    const SECRETS: Record<string, BackupClientsArgs> = {
        vault: { vaultId: pulumi.secret("v-1"), instances },
        instances: { vaultId: "v-1", instances: pulumi.secret(instances) },
        instance: { vaultId: "v-1", instances: [{ instanceId: pulumi.secret("i-1"), clusterId: "cl-1" }] },
    };

    it.each(Object.keys(SECRETS))("take a secret: the %s", async (name) => {
        const fleet = new BackupClients(name, SECRETS[name] as BackupClientsArgs);
        expect(await valueOf(fleet.id)).toBe("v-1");
        expect(Object.keys(await valueOf(fleet.clients))).toEqual(["i-1"]);
        expect(declared.get(name)).toMatchObject({ vaultId: "v-1", instances: [{ instanceId: "i-1" }] });
    });

    it("see the access keys in `credentials` only, unless the whole array is an Output", async () => {
        await valueOf(new BackupClients("plain", { vaultId: "v-1", instances }).urn);
        await valueOf(
            new BackupClients("output", { vaultId: "v-1", instances: pulumi.output(instances) }).urn,
        );
        const keys = { instanceId: "i-1", accessKeyId: "key", accessKeySecret: "hush" };
        expect(declared.get("plain")).toMatchObject({
            instances: [{ instanceId: "i-1", clusterId: "cl-1" }],
            credentials: [keys, ""],
        });
        expect(JSON.stringify(declared.get("plain")?.["instances"])).not.toContain("hush");
        expect(declared.get("output")).toMatchObject({ instances, credentials: [keys] });
    });

    it("leave `instances` an array, and what they do not return undefined, or unknown in a preview", async () => {
        const fleet = new BackupClients("known", { vaultId: "v-1", instances: [{ instanceId: "i-3" }] });
        expect(await valueOf(fleet.instances)).toEqual([{ instanceId: "i-3" }]);
        expect(await valueOf(fleet.removal)).toBeUndefined();

        await pulumi.runtime.setMocks(mocksWith(), "project", "stack", true);
        const previewed = new BackupClients("preview", { vaultId: "v-1", instances });
        expect(Object.keys(await valueOf(previewed.clients))).toEqual(["i-1"]);
        const called = jest.fn();
        previewed.removal.apply(called);
        await valueOf(previewed.taskIds);
        expect(called).not.toHaveBeenCalled();
    });
});

describe("what reads clients, with mocks", () => {
    const newResource = jest.fn(({ inputs }: pulumi.runtime.MockResourceArgs) => ({
        id: "v-1",
        state: { ...(inputs as Record<string, unknown>), clients: { "i-1": { status: "ACTIVATED" } } },
    }));
    const call = jest.fn(() => ({}));
    const simulator = new Simulator({
        world: { vaults: ["v-1"], clients: [{ vaultId: "v-1", instanceId: "i-9", clusterId: "cl-1" }] },
    });

    beforeAll(() => pulumi.runtime.setMocks({ newResource, call }));

    afterAll(() => simulator.close());

    it("`get` is a resource: its mock gets the ID, and no instances", async () => {
        expect(await valueOf(BackupClients.get("existing", "v-1/cl-1").clients)).toEqual({
            "i-1": { status: "ACTIVATED" },
        });
        expect(newResource.mock.lastCall).toMatchObject([{ name: "existing", id: "v-1/cl-1" }]);
        expect(newResource.mock.lastCall?.[0].inputs).not.toHaveProperty("instances");
    });

    it("`getBackupClients` asks the service, and no mock", async () => {
        pulumi.runtime.setAllConfig(configFor(await simulator.listen()));
        const { clients } = await getBackupClients({ vaultId: "v-1" });
        expect(Object.keys(clients)).toEqual(["i-9"]);
        expect(call).not.toHaveBeenCalled();
    });
});
