import type { ClientInput } from "../../simulator";
import { inProcess, listed, putBack, VAULT, type Answer } from "./support";

const FILE: ClientInput = { clientType: "ECS_CLIENT", instanceId: "i-1", clientId: "c-file" };
const HANA: ClientInput = { vaultId: VAULT, instanceId: "i-2", clusterId: "cl-1", clientId: "c-hana" };

/** What a client shows whose settings were never set. */
const DEFAULTS = {
    AlertOnPartialComplete: false,
    DataNetworkType: "VPC",
    DataProxySetting: "USE_CONTROL_PROXY",
    MaxCpuCore: "0",
    MaxMemory: 0,
    MaxWorker: "0",
    ProxyHost: "",
    ProxyPassword: "",
    ProxyPort: 0,
    ProxyUser: "",
    UseHttps: false,
};

const ALL = {
    AlertOnPartialComplete: "True",
    DataNetworkType: "PUBLIC",
    DataProxySetting: "CUSTOM",
    MaxCpuCore: "2",
    MaxMemory: "4096",
    MaxWorker: "3",
    ProxyHost: "192.168.11.100",
    ProxyPassword: "LEAK",
    ProxyPort: "3128",
    ProxyUser: "user",
    UseHttps: "true",
};

const SHOWN = {
    ...ALL,
    AlertOnPartialComplete: true,
    MaxMemory: 4096,
    ProxyPort: 3128,
    UseHttps: true,
};

function withClients() {
    const world = { vaults: [VAULT, "v-2"], clients: [FILE, HANA] };
    const { simulator, call, clock } = inProcess({ world, installTime: 100_000 });
    const settings = async (): Promise<unknown> => {
        const list = await call("DescribeBackupClients", { ClientType: "ECS_CLIENT" });
        return (list["Clients"] as Answer[])[0]?.["Settings"];
    };
    return { simulator, call, clock, settings };
}

describe("UpdateClientSettings", () => {
    test("sets every setting of a file client, which DescribeBackupClients shows", async () => {
        const { call, settings } = withClients();
        expect(await settings()).toEqual(DEFAULTS);
        expect(await call("UpdateClientSettings", { ClientId: "c-file", ...ALL })).toEqual({
            RequestId: expect.any(String) as string,
            Success: true,
            Code: "200",
            Message: "successful",
        });
        expect(await settings()).toEqual(SHOWN);
    });

    test("leaves alone what a call does not give", async () => {
        const { call, settings } = withClients();
        await call("UpdateClientSettings", { ClientId: "c-file", ...ALL });
        // What Terraform's provider sends after an installation for which nothing is set.
        await call("UpdateClientSettings", { ClientId: "c-file" });
        await call("UpdateClientSettings", { ClientId: "c-file", MaxWorker: 5, ProxyHost: "" });
        expect(await settings()).toEqual({ ...SHOWN, MaxWorker: "5" });
    });

    test("sets those of a SAP HANA client, of which DescribeClients shows UseHttps", async () => {
        const { simulator, call, settings } = withClients();
        const wanted = { ClientId: "c-hana", VaultId: VAULT, UseHttps: true, DataNetworkType: "CLASSIC" };
        expect(await call("UpdateClientSettings", wanted)).toMatchObject({ Success: true });
        expect(await listed(call)).toMatchObject([{ UseHttps: true, NetworkType: "VPC" }]);
        expect(simulator.world().clients).toMatchObject([
            { clientId: "c-file" },
            { clientId: "c-hana", useHttps: true, settings: { dataNetworkType: "CLASSIC" } },
        ]);
        expect(await settings()).toEqual(DEFAULTS);
    });

    test("changes a client that is being installed, and its installation goes on", async () => {
        const { call, clock } = withClients();
        await call("InstallBackupClients", { InstanceIds: ["i-9"] });
        const [, client] = (await call("DescribeBackupClients", { ClientType: "ECS_CLIENT" }))[
            "Clients"
        ] as Answer[];
        await call("UpdateClientSettings", { ClientId: client?.["ClientId"] as string, MaxCpuCore: 4 });
        clock.time += 100_000;
        const { Clients } = await call("DescribeBackupClients", { ClientType: "ECS_CLIENT" });
        expect(Clients).toMatchObject([{}, { Status: "ACTIVATED", Settings: { MaxCpuCore: "4" } }]);
    });

    test("keeps the password out of the log of requests", async () => {
        const { simulator, call } = withClients();
        await call("UpdateClientSettings", { ClientId: "c-file", ...ALL });
        const report = simulator.requests();
        expect(JSON.stringify(report)).not.toContain("LEAK");
        expect(report.log[0]?.parameters).toMatchObject({ ProxyUser: "user", ProxyPassword: "***" });
    });

    test.each([
        [{}, "MissingParameter"],
        [{ ClientId: "c-none" }, "ResourceNotFound"],
        [{ ClientId: "c-hana", VaultId: "v-none" }, "VaultNotExist"],
        [{ ClientId: "c-hana", VaultId: "v-2" }, "ResourceNotFound"],
        [{ ClientId: "c-file", VaultId: VAULT }, "200"],
        [{ ClientId: "c-file", UseHttps: "yes" }, "InvalidParameter"],
        [{ ClientId: "c-file", AlertOnPartialComplete: "1" }, "InvalidParameter"],
        [{ ClientId: "c-file", DataNetworkType: "INTERNET" }, "InvalidParameter"],
        [{ ClientId: "c-file", DataProxySetting: "ENABLE" }, "InvalidParameter"],
        [{ ClientId: "c-file", MaxCpuCore: "all" }, "InvalidParameter"],
        [{ ClientId: "c-file", MaxMemory: -1 }, "InvalidParameter"],
        [{ ClientId: "c-file", MaxWorker: "1.5" }, "InvalidParameter"],
        [{ ClientId: "c-file", ProxyPort: 65_536 }, "InvalidParameter"],
    ])("%j: %s", async (parameters, code) => {
        const { call, settings } = withClients();
        expect(await call("UpdateClientSettings", { ...parameters, ProxyUser: "user" })).toMatchObject({
            Code: code,
        });
        const isSet = code === "200";
        expect(await settings()).toEqual({ ...DEFAULTS, ProxyUser: isSet ? "user" : "" });
    });
});

describe("the settings of a client", () => {
    test("outlast a reinstallation that keeps the client", async () => {
        const { call, clock, settings } = withClients();
        await call("UpdateClientSettings", { ClientId: "c-file", ...ALL });
        await call("UninstallBackupClients", { ClientIds: ["c-file"] });
        clock.time += 100_000;
        await call("InstallBackupClients", { InstanceIds: ["i-1"] });
        expect(await settings()).toEqual(SHOWN);
    });

    test("begin anew with a client that a reinstallation replaces", async () => {
        const { simulator, call, clock, settings } = withClients();
        simulator.setSwitches({ keepClientId: false });
        await call("UpdateClientSettings", { ClientId: "c-file", ...ALL });
        await call("UninstallBackupClients", { ClientIds: ["c-file"] });
        clock.time += 100_000;
        await call("InstallBackupClients", { InstanceIds: ["i-1"] });
        expect(await settings()).toEqual(DEFAULTS);
    });

    test("can be changed from outside one by one, and are part of the world", async () => {
        const { simulator, call, settings } = withClients();
        await call("UpdateClientSettings", { ClientId: "c-file", ...ALL });
        simulator.patchClient("c-file", { settings: { maxWorker: 7 } });
        putBack(simulator);
        expect(await settings()).toEqual({ ...SHOWN, MaxWorker: "7" });
        expect(simulator.world().clients[1]).not.toHaveProperty("settings");
    });
});
