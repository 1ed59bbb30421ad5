import { inProcess, install, listed, look, shiftPages, statuses, VAULT } from "./support";

describe("DescribeClients", () => {
    const clients = Array.from({ length: 25 }, (_, index) => ({
        vaultId: index < 20 ? VAULT : "v-2",
        instanceId: `i-${index}`,
        clusterId: `cl-${index % 2}`,
        clientId: `c-${index}`,
    }));
    const world = { vaults: [VAULT, "v-2"], clients };

    test("gives pages, 10 by default, with the total", async () => {
        const { call } = inProcess({ world });
        const first = await call("DescribeClients", { VaultId: VAULT, ClientType: "ECS_AGENT" });
        expect(first).toMatchObject({ PageNumber: 1, PageSize: 10, TotalCount: 20 });
        expect((first["Clients"] as { Client: unknown[] }).Client).toHaveLength(10);
        const last = await call("DescribeClients", {
            VaultId: VAULT,
            ClientType: "ECS_AGENT",
            PageNumber: 3,
            PageSize: 9,
        });
        expect((last["Clients"] as { Client: unknown[] }).Client).toHaveLength(2);
        expect(await listed(call, { PageNumber: 4 })).toEqual([]);
    });

    test("misses a record where one vanishes and one comes between two pages, and the total tells nothing", async () => {
        const { simulator, call } = inProcess({ world });
        shiftPages(simulator, "c-3", { vaultId: VAULT, instanceId: "i-new", clusterId: "cl-1" });
        const read = async () => {
            const ids: unknown[] = [];
            const totals: unknown[] = [];
            for (const PageNumber of [1, 2]) {
                const answer = await call("DescribeClients", {
                    VaultId: VAULT,
                    ClientType: "ECS_AGENT",
                    PageNumber,
                });
                const { Client } = answer["Clients"] as { Client: Record<string, unknown>[] };
                ids.push(...Client.map((client) => client["InstanceId"]));
                totals.push(answer["TotalCount"]);
            }
            return { ids, totals };
        };
        const shifted = await read();
        expect(shifted.totals).toEqual([20, 20]);
        expect(shifted.ids).toHaveLength(20);
        expect(shifted.ids).toEqual(expect.arrayContaining(["i-3", "i-9", "i-11", "i-new"]));
        expect(shifted.ids).not.toContain("i-10");
        const settled = await read();
        expect(settled.ids).toContain("i-10");
        expect(settled.ids).not.toContain("i-3");
    });

    test("asked for one client, gives that record alone with a total of 1, as far behind as lists are", async () => {
        const { simulator, call, clock } = inProcess({ world });
        const ask = () =>
            call("DescribeClients", { VaultId: VAULT, ClientType: "ECS_AGENT", ClientId: "c-7" });
        const one = { TotalCount: 1, PageNumber: 1, Clients: { Client: [{ ClientId: "c-7" }] } };
        expect(await ask()).toMatchObject(one);
        simulator.setSwitches({ listLag: "10s" });
        simulator.patchClient("c-7", { status: "STOPPED" });
        expect(await ask()).toMatchObject({ TotalCount: 1, Clients: { Client: [{ Status: "ACTIVATED" }] } });
        clock.time += 10_000;
        expect(await ask()).toMatchObject({ TotalCount: 1, Clients: { Client: [{ Status: "STOPPED" }] } });
        simulator.deleteClient("c-7");
        expect(await ask()).toMatchObject(one);
        clock.time += 10_000;
        expect(await ask()).toMatchObject({ TotalCount: 0, Clients: { Client: [] } });
    });

    test("asked for one client, has the faults of any list", async () => {
        const { simulator, call } = inProcess({ world });
        const one = { VaultId: VAULT, ClientType: "ECS_AGENT", ClientId: "c-7" };
        simulator.addFault({ action: "DescribeClients", kind: "flat-list" });
        expect(await call("DescribeClients", one)).toMatchObject({ Clients: [{ ClientId: "c-7" }] });
        expect(await call("DescribeClients", { ...one, ClusterId: "cl-0" })).toMatchObject({ TotalCount: 0 });
    });

    test("filters by cluster and by client", async () => {
        const { call } = inProcess({ world });
        expect(await listed(call, { ClusterId: "cl-1" })).toHaveLength(10);
        expect(await listed(call, { ClientId: "c-7" })).toMatchObject([{ InstanceId: "i-7" }]);
        expect(await listed(call, { ClientId: "c-none" })).toEqual([]);
    });

    test("has every field of the service", async () => {
        const { call, clock } = inProcess();
        await install(call, "i-1");
        const created = clock.time / 1000;
        clock.time += 200_000;
        expect(await listed(call)).toEqual([
            {
                ClientId: expect.stringMatching(/^c-[0-9a-z]{20}$/) as string,
                ClientName: "client-i-1",
                ClientType: "ECS_AGENT",
                ClientVersion: "2.10.3",
                MaxVersion: "2.10.3",
                ClusterId: "cl-1",
                VaultId: VAULT,
                InstanceId: "i-1",
                InstanceName: "i-1",
                AlertSetting: "INHERITED",
                UseHttps: false,
                NetworkType: "VPC",
                Status: "ACTIVATED",
                StatusMessage: "",
                CreatedTime: created,
                UpdatedTime: created + 100,
                HeartBeatTime: created + 200,
            },
        ]);
    });

    test.each([
        [{ ClientType: "ECS_AGENT" }, "MissingParameter"],
        [{ VaultId: VAULT }, "MissingParameter"],
        [{ VaultId: "v-none", ClientType: "ECS_AGENT" }, "VaultNotExist"],
        [{ VaultId: VAULT, ClientType: "ECS_CLIENT" }, "InvalidParameter"],
        [{ VaultId: VAULT, ClientType: "ECS_AGENT", PageSize: 100 }, "InvalidParameter"],
        [{ VaultId: VAULT, ClientType: "ECS_AGENT", PageSize: 0 }, "InvalidParameter"],
        [{ VaultId: VAULT, ClientType: "ECS_AGENT", PageNumber: "x" }, "InvalidParameter"],
    ])("refuses %j: %s", async (parameters, code) => {
        const { call } = inProcess();
        expect(await call("DescribeClients", parameters)).toMatchObject({ Code: code });
    });
});

describe("UninstallClient, DeleteClient, UpgradeClient", () => {
    const client = { vaultId: VAULT, instanceId: "i-1", clusterId: "cl-1", clientId: "c-1" };
    const instances = [
        { instanceId: "i-1", installTime: "100s" },
        { instanceId: "i-stopped", state: "Stopped" as const },
    ];

    test("uninstalling takes half the install time; the record stays until it is deleted", async () => {
        const { call, clock } = inProcess({ world: { instances, clients: [client] } });
        const { TaskId } = await call("UninstallClient", { VaultId: VAULT, ClientId: "c-1" });
        expect(await statuses(call)).toEqual(["i-1 UNINSTALLING"]);
        clock.time += 50_000;
        expect(await look(call, TaskId)).toMatchObject({
            description: "completed",
            result: [{ instanceId: "i-1", clientId: "c-1", clientStatus: "NOT_INSTALLED", errorCode: "" }],
        });
        expect(await statuses(call)).toEqual(["i-1 NOT_INSTALLED"]);
        expect(await call("DeleteClient", { VaultId: VAULT, ClientId: "c-1" })).toMatchObject({
            Success: true,
        });
        expect(await listed(call)).toEqual([]);
    });

    test.each([
        ["i-stopped", "InstanceNotRunning"],
        ["i-none", "InstanceNotExists"],
    ])("uninstalling on %s fails with %s", async (instanceId, errorCode) => {
        const { call, clock } = inProcess({
            world: { strict: true, instances, clients: [{ ...client, instanceId }] },
        });
        const { TaskId } = await call("UninstallClient", { ClientId: "c-1" });
        clock.time += 1_000_000;
        expect((await look(call, TaskId)).result).toMatchObject([
            { clientStatus: "UNINSTALL_FAILED", errorCode },
        ]);
        // The machine is down, so nothing speaks against removing the record.
        expect(await call("DeleteClient", { ClientId: "c-1" })).toMatchObject({ Success: true });
    });

    test("a client that is not installed is uninstalled at once", async () => {
        const { call } = inProcess({ world: { clients: [{ ...client, status: "NOT_INSTALLED" }] } });
        const { TaskId } = await call("UninstallClient", { ClientId: "c-1" });
        expect(await look(call, TaskId)).toMatchObject({
            description: "completed",
            result: [{ clientStatus: "NOT_INSTALLED" }],
        });
    });

    test("a second uninstallation follows the first", async () => {
        const { call, clock } = inProcess({ world: { instances, clients: [client] } });
        const first = await call("UninstallClient", { ClientId: "c-1" });
        clock.time += 20_000;
        const second = await call("UninstallClient", { ClientId: "c-1" });
        clock.time += 30_000;
        expect(await look(call, first["TaskId"])).toMatchObject({ description: "completed" });
        expect(await look(call, second["TaskId"])).toMatchObject({ description: "completed" });
    });

    test("uninstalling interrupts an installation under way", async () => {
        const { call, clock } = inProcess();
        const installing = await install(call, "i-1");
        clock.time += 10_000;
        const [{ ClientId } = {}] = await listed(call);
        await call("UninstallClient", { ClientId: ClientId as string });
        expect((await look(call, installing)).result).toMatchObject([
            { clientStatus: "INSTALL_FAILED", errorCode: "Interrupted" },
        ]);
        expect(await statuses(call)).toEqual(["i-1 UNINSTALLING"]);
    });

    test.each(["UninstallClient", "DeleteClient", "UpgradeClient"])(
        "%s wants a client that exists",
        async (action) => {
            const { call } = inProcess({ world: { vaults: [VAULT, "v-2"], clients: [client] } });
            expect(await call(action, {})).toMatchObject({ Code: "MissingParameter" });
            expect(await call(action, { ClientId: "c-none" })).toMatchObject({ Code: "ResourceNotFound" });
            expect(await call(action, { VaultId: "v-none", ClientId: "c-1" })).toMatchObject({
                Code: "VaultNotExist",
            });
            expect(await call(action, { VaultId: "v-2", ClientId: "c-1" })).toMatchObject({
                Code: "ResourceNotFound",
            });
        },
    );

    test.each([
        ["ACTIVATED", "ClientIsActive"],
        ["INSTALLING", "ClientIsActive"],
        ["UNINSTALL_FAILED", "ClientIsActive"],
        ["NOT_INSTALLED", "200"],
        ["INSTALL_FAILED", "200"],
        ["UNKNOWN", "200"],
    ] as const)("deleting a client that is %s, with deleteActive refuse: %s", async (status, code) => {
        const { simulator, call } = inProcess({ world: { clients: [{ ...client, status }] } });
        simulator.setSwitches({ deleteActive: "refuse" });
        expect(await call("DeleteClient", { ClientId: "c-1" })).toMatchObject({ Code: code });
    });

    test("upgrades an active client, and no other", async () => {
        const { call, clock } = inProcess({
            world: { instances, clients: [{ ...client, clientVersion: "1.0.0" }] },
        });
        expect(await listed(call)).toMatchObject([{ ClientVersion: "1.0.0", MaxVersion: "2.10.3" }]);
        const { TaskId } = await call("UpgradeClient", { VaultId: VAULT, ClientId: "c-1" });
        expect(await statuses(call)).toEqual(["i-1 UPGRADING"]);
        expect(await call("UpgradeClient", { ClientId: "c-1" })).toMatchObject({ Code: "ClientIsNotActive" });
        clock.time += 50_000;
        expect(await look(call, TaskId)).toMatchObject({
            description: "completed",
            result: [{ clientStatus: "ACTIVATED" }],
        });
        expect(await listed(call)).toMatchObject([{ ClientVersion: "2.10.3", Status: "ACTIVATED" }]);
    });
});
