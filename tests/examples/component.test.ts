import * as pulumi from "@pulumi/pulumi";
import { HanaBackup, type HanaBackupArgs } from "../../examples/hana-component/hanaBackup";

/** What the program asked the engine for, by type. */
const registered = new Map<string, Record<string, unknown>>();

const mocks: pulumi.runtime.Mocks = {
    newResource({ type, name, inputs: given }) {
        const inputs = given as Record<string, unknown>;
        registered.set(type, inputs);
        switch (type) {
            case "alicloud:hbr/vault:Vault":
                return { id: "v-mock", state: inputs };
            case "alicloud:hbr/hanaInstance:HanaInstance":
                return { id: "v-mock:cl-mock", state: { ...inputs, hanaInstanceId: "cl-mock" } };
            case "pulumi-nodejs:dynamic/alicloud-hbr:BackupClients":
                return { id: "v-mock", state: { ...inputs, clients: { "i-1": { status: "ACTIVATED" } } } };
            default:
                return { id: name, state: inputs };
        }
    },
    call: ({ inputs }) => inputs as Record<string, unknown>,
};

const valueOf = <T>(output: pulumi.Output<T>): Promise<T> =>
    new Promise((resolve) => {
        output.apply(resolve);
    });

describe("the component of a database, its vault and its clients", () => {
    let backup: HanaBackup;

    beforeAll(async () => {
        await pulumi.runtime.setMocks(mocks, "hana-component", "dev");
        const args: HanaBackupArgs = {
            host: "192.168.1.10",
            sid: "PRD",
            instanceNumber: 0,
            userName: "SYSTEM",
            password: pulumi.secret("database-password"),
            instanceIds: ["i-1", pulumi.output("i-2")],
        };
        backup = new HanaBackup("prd", args);
        await pulumi.runtime.disconnect();
    });

    it("registers the database in its own vault, with its nodes", () => {
        expect(registered.get("alicloud:hbr/hanaInstance:HanaInstance")).toMatchObject({
            vaultId: "v-mock",
            sid: "PRD",
            ecsInstanceIds: ["i-1", "i-2"],
        });
    });

    it("installs the clients of its nodes, for the vault and the cluster that the others have made", () => {
        expect(registered.get("pulumi-nodejs:dynamic/alicloud-hbr:BackupClients")).toMatchObject({
            vaultId: "v-mock",
            instances: [
                { instanceId: "i-1", clusterId: "cl-mock" },
                { instanceId: "i-2", clusterId: "cl-mock" },
            ],
        });
    });

    it("gives the results of the clients as its own", async () => {
        expect(await valueOf(backup.clusterId)).toBe("cl-mock");
        expect(await valueOf(backup.clients)).toEqual({ "i-1": { status: "ACTIVATED" } });
    });

    it("places everything below itself, so that the clients go with the database", async () => {
        const urn = await valueOf(backup.urn);
        expect(urn).toContain("::example:index:HanaBackup::prd");
        expect(registered.get("pulumi-nodejs:dynamic/alicloud-hbr:BackupClients")?.["__urn"]).toContain(
            "example:index:HanaBackup$pulumi-nodejs:dynamic/alicloud-hbr:BackupClients::prd",
        );
    });
});
