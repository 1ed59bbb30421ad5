import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CLIENT_STATUSES, Simulator, type ClientInput, type WorldInput } from "../../simulator";
import { clientInfo, inProcess, install, listed, look, statuses, VAULT } from "./support";

/** For each list of a world, a record with what it must have. */
const SMALLEST = {
    instances: { instanceId: "i-1" },
    clients: { instanceId: "i-1", vaultId: VAULT },
    hanaInstances: { vaultId: VAULT, clusterId: "cl-1" },
    roles: { crossAccountUserId: "1", crossAccountRoleName: "r" },
};

const CLIENT = { vaultId: VAULT, instanceId: "i-1", clusterId: "cl-1", clientId: "c-1" };

describe("worlds", () => {
    test("the default one has a vault, and accepts any instance", async () => {
        const { simulator, call } = inProcess({ world: {} });
        expect(simulator.world()).toMatchObject({
            strict: false,
            vaults: [{ vaultId: VAULT }],
            instances: [],
            clients: [],
        });
        await install(call, "i-whatever");
        expect(await statuses(call)).toEqual(["i-whatever INSTALLING"]);
    });

    test("a client can be in any status, with its whole record", async () => {
        const record = {
            clientVersion: "1.2.3",
            useHttps: true,
            alertSetting: "OWN",
            statusMessage: "HANA_NOT_SUPPORT",
            networkType: "CLASSIC" as const,
        };
        const clients = CLIENT_STATUSES.map((status, index) => ({
            ...CLIENT,
            ...record,
            clientId: `c-${index}`,
            instanceId: `i-${index}`,
            status,
        }));
        const { call } = inProcess({ world: { clients } });
        expect(await listed(call)).toMatchObject(
            CLIENT_STATUSES.map((Status, index) => ({
                ClientId: `c-${index}`,
                ClientVersion: "1.2.3",
                UseHttps: true,
                AlertSetting: "OWN",
                StatusMessage: "HANA_NOT_SUPPORT",
                NetworkType: "CLASSIC",
                Status,
            })),
        );
    });

    test("a passing status goes on to its normal end", async () => {
        const clients = (["INSTALLING", "REGISTERED", "UNINSTALLING", "UPGRADING"] as const).map(
            (status, index) => {
                return { ...CLIENT, clientId: `c-${index}`, instanceId: `i-${index}`, status };
            },
        );
        const { call, clock } = inProcess({ world: { clients } });
        clock.time += 1_000_000;
        expect(await statuses(call)).toEqual([
            "i-0 ACTIVATED",
            "i-1 ACTIVATED",
            "i-2 NOT_INSTALLED",
            "i-3 ACTIVATED",
        ]);
    });

    test("what is read can be put back", async () => {
        const { simulator, call } = inProcess({
            world: {
                strict: true,
                instances: [
                    {
                        instanceId: "i-1",
                        failInstall: "X",
                        failUpgrade: "Y",
                        fallOverAfter: "1m",
                        heartbeat: false,
                    },
                ],
                clients: [CLIENT],
                roles: [{ crossAccountUserId: "1234567890123456", crossAccountRoleName: "backup" }],
            },
        });
        await call("UninstallClient", { ClientId: "c-1" });
        const read = JSON.parse(JSON.stringify(simulator.world())) as WorldInput;
        simulator.setWorld(read);
        expect(JSON.parse(JSON.stringify(simulator.world()))).toEqual({ ...read, tasks: [] });
    });

    test.each([
        [{ vault: [] }, /^vault: /],
        [{ clients: [{ ...CLIENT, status: "INSTALLED" }] }, /^clients.0.status: /],
        [{ clients: [{ ...CLIENT, vaultId: "v-none" }] }, "clients.0.vaultId: there is no v-none"],
        [{ clients: [{ instanceId: "i-1" }] }, "clients.0.vaultId: is missing"],
        [{ clients: [CLIENT, CLIENT] }, "clients.1.clientId: c-1 is there twice"],
        [{ instances: [{ instanceId: "i-1" }, { instanceId: "i-1" }] }, "instances: i-1 is there twice"],
        [{ instances: [{ instanceId: "i-1", installTime: "soon" }] }, /^instances.0.installTime: /],
        [{ instances: [{ instanceId: "i-1", failUpgrade: true }] }, /^instances.0.failUpgrade: /],
        [{ instances: [{ instanceId: "i-1", fallOverAfter: "late" }] }, /^instances.0.fallOverAfter: /],
        [{ instances: [{ instanceId: "i-1", heartbeat: "weak" }] }, /^instances.0.heartbeat: /],
        [{ instances: [{ instanceId: "i-1", state: "Asleep" }] }, /^instances.0.state: /],
        [{ roles: [{ crossAccountUserId: 1, crossAccountRoleName: "r" }] }, /^roles.0.crossAccountUserId: /],
        [
            { roles: [{ crossAccountUserId: "me", crossAccountRoleName: "r" }] },
            "roles.0.crossAccountUserId: an account id, as a text",
        ],
        [[], /Expected Object/],
    ])("%j is refused, and the old world stays", (world, reason) => {
        const { simulator } = inProcess();
        const before = simulator.world();
        expect(() => {
            simulator.setWorld(world as WorldInput);
        }).toThrow(reason);
        expect(simulator.world()).toEqual(before);
        expect(() => new Simulator({ world: world as WorldInput })).toThrow(reason);
    });

    test("the JSON schema names only what the parser takes", () => {
        const schema = JSON.parse(
            readFileSync(join(__dirname, "../../simulator/world.schema.json"), "utf8"),
        ) as {
            properties: Record<string, unknown>;
            $defs: Record<string, { properties: Record<string, { enum?: string[] }> }>;
        };
        expect(schema.$defs["client"]?.properties["status"]?.enum).toEqual([...CLIENT_STATUSES]);
        // Each property of the schema is known to the parser: a wrong value is refused for its type, not as unknown.
        const refusal = (world: unknown): string => {
            try {
                inProcess({ world: world as WorldInput });
                return "";
            } catch (error) {
                return String(error);
            }
        };
        for (const name of Object.keys(schema.properties))
            expect(refusal({ [name]: null })).toMatch(/Invalid type/);
        for (const [list, definition] of [
            ["instances", "instance"],
            ["clients", "client"],
            ["hanaInstances", "hanaInstance"],
            ["roles", "role"],
        ] as const) {
            const names = Object.keys(schema.$defs[definition]?.properties ?? {});
            expect(names.length).toBeGreaterThan(1);
            for (const name of names) {
                // An empty object is wrong for each property but the one that is an object itself.
                const record = { ...SMALLEST[list], [name]: name === "settings" ? null : {} };
                expect(refusal({ [list]: [record] })).toMatch(`${list}.0.${name}: Invalid`);
                expect(refusal({ [list]: [record] })).not.toMatch("Expected never");
            }
        }
        const settings = Object.keys(schema.$defs["settings"]?.properties ?? {});
        expect(settings).toHaveLength(10);
        for (const name of settings) {
            const record = { ...SMALLEST.clients, settings: { [name]: {} } };
            expect(refusal({ clients: [record] })).toMatch(`clients.0.settings.${name}: Invalid`);
            expect(refusal({ clients: [record] })).not.toMatch("Expected never");
        }
    });
});

describe("changes from outside", () => {
    test("an instance that stops loses its clients' heartbeats; started again they are back", async () => {
        const { simulator, call } = inProcess({ world: { clients: [CLIENT] } });
        simulator.patchInstance("i-1", { state: "Stopped" });
        expect(await statuses(call)).toEqual(["i-1 UNKNOWN"]);
        simulator.patchInstance("i-1", { state: "Running" });
        expect(await statuses(call)).toEqual(["i-1 ACTIVATED"]);
    });

    test("an instance that stops in the middle of an installation fails it", async () => {
        const { simulator, call } = inProcess();
        const taskId = await install(call, "i-1");
        simulator.patchInstance("i-1", { state: "Stopped" });
        expect(await look(call, taskId)).toMatchObject({
            description: "completed",
            result: [{ clientStatus: "INSTALL_FAILED", errorCode: "InstanceNotRunning" }],
        });
    });

    test("an instance that is released does not exist, also in a world that is not strict", async () => {
        const { simulator, call } = inProcess();
        simulator.patchInstance("i-1", { state: "Released" });
        expect(await call("CreateClients", { VaultId: VAULT, ClientInfo: clientInfo("i-1") })).toMatchObject({
            Code: "InstanceNotExists",
        });
    });

    test("an instance's settings come and go", async () => {
        const { simulator, call, clock } = inProcess();
        simulator.patchInstance("i-new", { failInstall: "X", installTime: "1s", instanceName: "new" });
        const taskId = await install(call, "i-new");
        clock.time += 1000;
        expect(await look(call, taskId)).toMatchObject({ result: [{ errorCode: "X" }] });
        expect(await listed(call)).toMatchObject([{ InstanceName: "new" }]);
        expect(simulator.patchInstance("i-new", { failInstall: null, installTime: null })).toEqual({
            instanceId: "i-new",
            state: "Running",
            cloudAssistant: true,
            instanceName: "new",
        });
    });

    test("a client changes, and the task at work on it sees it", async () => {
        const { simulator, call } = inProcess();
        const taskId = await install(call, "i-1");
        const [client] = await listed(call);
        const clientId = client?.["ClientId"] as string;
        simulator.patchClient(clientId, { useHttps: true });
        expect(await listed(call)).toMatchObject([{ UseHttps: true, Status: "INSTALLING" }]);
        simulator.patchClient(clientId, { status: "DEACTIVATED", statusMessage: "LICENSE" });
        expect(await listed(call)).toMatchObject([
            { UseHttps: true, Status: "DEACTIVATED", StatusMessage: "LICENSE" },
        ]);
        expect(await look(call, taskId)).toMatchObject({
            description: "completed",
            result: [{ clientStatus: "DEACTIVATED" }],
        });
    });

    test("a client comes, made now", async () => {
        const { simulator, call, clock } = inProcess({ world: { clients: [CLIENT] } });
        simulator.setSwitches({ listLag: "10s" });
        const added = { vaultId: VAULT, instanceId: "i-2", clusterId: "cl-1", status: "INSTALLING" as const };
        expect(simulator.addClient(added)).toMatchObject({ clientId: "c-i-2-1", ...added });
        expect(await statuses(call)).toEqual(["i-1 ACTIVATED"]);
        clock.time += 10_000;
        expect(await statuses(call)).toEqual(["i-1 ACTIVATED", "i-2 INSTALLING"]);
        clock.time += 1_000_000;
        expect(await statuses(call)).toEqual(["i-1 ACTIVATED", "i-2 ACTIVATED"]);
        expect(simulator.requests()).toMatchObject({ installs: {}, writesTo: {} });
    });

    test.each([
        [CLIENT, "clientId: c-1 is there twice"],
        [{ ...CLIENT, vaultId: "v-none" }, "vaultId: there is no v-none"],
        [{ ...CLIENT, status: "INSTALLED" }, /^status: /],
    ])("a client that comes as %j is refused", (record, reason) => {
        const { simulator } = inProcess({ world: { clients: [CLIENT] } });
        expect(() => simulator.addClient(record as ClientInput)).toThrow(reason);
    });

    test("a record vanishes", async () => {
        const { simulator, call } = inProcess({ world: { clients: [CLIENT] } });
        simulator.deleteClient("c-1");
        expect(await listed(call)).toEqual([]);
        expect(await call("UninstallClient", { ClientId: "c-1" })).toMatchObject({
            Code: "ResourceNotFound",
        });
        expect(() => {
            simulator.deleteClient("c-1");
        }).toThrow("there is no client c-1");
    });
});
