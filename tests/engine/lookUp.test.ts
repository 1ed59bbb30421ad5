import fs from "node:fs";
import path from "node:path";
import { expectFailed, expectOk } from "./harness";
import { CLUSTER, clientsOf, OTHER_CLUSTER, saidOf, scenes, vaultsOf } from "./support";

const scene = scenes();

const world = {
    ...vaultsOf("hana"),
    clients: [
        { vaultId: "v-hana", instanceId: "i-a1", clusterId: CLUSTER, clientId: "c-1" },
        { vaultId: "v-hana", instanceId: "i-a2", clusterId: OTHER_CLUSTER, clientId: "c-2" },
        {
            vaultId: "v-hana",
            instanceId: "i-a3",
            clusterId: CLUSTER,
            clientId: "c-3",
            status: "DEACTIVATED" as const,
        },
    ],
};

describe("clients that are only read", () => {
    it("`BackupClients.get` reads those of a vault, or of one cluster, and takes charge of none", async () => {
        const { stack, simulator } = await scene({ world });
        const program = [
            { name: "vault", get: "v-hana" },
            { name: "cluster", get: `v-hana/${CLUSTER}` },
        ];
        expectOk(await stack.preview(program));
        const { state, outputs } = expectOk(await stack.up(program));
        expect(Object.keys(clientsOf(state, "vault"))).toEqual(["i-a1", "i-a2", "i-a3"]);
        expect(clientsOf(state, "cluster")).toMatchObject({
            "i-a1": { status: "ACTIVATED", clientId: "c-1", clusterId: CLUSTER, installed: true },
            "i-a3": { status: "DEACTIVATED" },
        });
        expect(Object.keys(clientsOf(state, "cluster"))).toEqual(["i-a1", "i-a3"]);
        expect(outputs).toMatchObject({ cluster: { id: `v-hana/${CLUSTER}`, failedInstanceIds: [] } });

        expectOk(await stack.destroy());
        expect(Object.keys(simulator.requests().byAction)).toEqual(["DescribeClients"]);
    });

    it("`getBackupClients` gives the same records to the program", async () => {
        const { stack, simulator } = await scene({ world });
        const folder = fs.mkdtempSync(path.join(__dirname, "..", "..", ".cache", "look-up-"));
        const file = path.join(folder, "index.ts");
        fs.writeFileSync(
            file,
            `import * as hbr from "pulumi-alicloud-hbr";
             export = async () => ({
                 cluster: (await hbr.getBackupClients({ vaultId: "v-hana", clusterId: "${CLUSTER}" })).clients,
                 gone: await hbr.getBackupClients({ vaultId: "v-gone" }).catch((error: Error) => error.message),
             });`,
        );
        const { outputs, stdout } = expectOk(await stack.up({ file }));
        fs.rmSync(folder, { recursive: true });
        expect(outputs.cluster).toMatchObject({
            "i-a1": { status: "ACTIVATED", clientId: "c-1", clusterId: CLUSTER, installed: true },
            "i-a3": { status: "DEACTIVATED", clientId: "c-3" },
        });
        expect(outputs.gone).toMatch(/VaultNotExist.*v-gone/);
        expect(stdout).not.toContain("    at ");
        expect(Object.keys(simulator.requests().byAction)).toEqual(["DescribeClients"]);
    });

    it("a vault that is not there: one error", async () => {
        const { stack } = await scene({ world });
        const up = expectFailed(await stack.up([{ name: "gone", get: "v-gone" }]));
        expect(saidOf(up, "gone")).toEqual(["error: there is no vault v-gone in region cn-hangzhou"]);
        expect(up.stdout + up.stderr).not.toContain("    at ");
    });
});
