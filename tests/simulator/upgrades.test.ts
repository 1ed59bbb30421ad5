import type { ClientInput, SwitchesInput } from "../../simulator";
import { inProcess, install, listed, putBack, VAULT } from "./support";

const CLIENT = { vaultId: VAULT, instanceId: "i-1", clusterId: "cl-1", clientId: "c-1" };
const FILE_CLIENT = { clientType: "ECS_CLIENT" as const, instanceId: "i-1", clientId: "f-1" };
const INSTANCES = ["i-1", "i-2"].map((instanceId) => ({ instanceId, installTime: "100s" }));
/** An upgrade takes half the time of an installation. */
const UPGRADE_MS = 50_000;

/** A world with client c-1 on i-1, which then gets the switches. */
function withClient(record: Partial<ClientInput> = {}, switches: SwitchesInput = {}) {
    const set = inProcess({ world: { instances: INSTANCES, clients: [{ ...CLIENT, ...record }] } });
    set.simulator.setSwitches(switches);
    return set;
}

describe("latestVersion", () => {
    const NEWER = { latestVersion: "2.11.0" };

    test("puts every client behind that has no maximum of its own", async () => {
        const { simulator, call } = inProcess({
            world: {
                instances: INSTANCES,
                clients: [CLIENT, { ...CLIENT, clientId: "c-own", maxVersion: "2.10.9" }, FILE_CLIENT],
            },
        });
        simulator.setSwitches(NEWER);
        expect(await listed(call)).toMatchObject([
            { ClientVersion: "2.10.3", MaxVersion: "2.11.0" },
            { ClientVersion: "2.10.3", MaxVersion: "2.10.9" },
        ]);
        expect(await call("DescribeBackupClients", { ClientType: "ECS_CLIENT" })).toMatchObject({
            Clients: [{ ClientVersion: "2.10.3", MaxClientVersion: "2.11.0" }],
        });
    });

    test("is what an installation brings that is started from then on", async () => {
        const { simulator, call, clock } = inProcess();
        await install(call, "i-1");
        simulator.setSwitches(NEWER);
        await install(call, "i-2");
        clock.time += 100_000;
        expect(await listed(call)).toMatchObject([
            { ClientVersion: "2.10.3", MaxVersion: "2.11.0" },
            { ClientVersion: "2.11.0", MaxVersion: "2.11.0" },
        ]);
    });

    test("is what an upgrade brings, unless the client has a maximum of its own", async () => {
        const { simulator, call, clock } = withClient({}, NEWER);
        simulator.addClient({ ...CLIENT, clientId: "c-own", clientVersion: "2.10.0", maxVersion: "2.10.9" });
        await call("UpgradeClient", { ClientId: "c-1" });
        await call("UpgradeClient", { ClientId: "c-own" });
        clock.time += UPGRADE_MS;
        expect(await listed(call)).toMatchObject([
            { Status: "ACTIVATED", ClientVersion: "2.11.0", MaxVersion: "2.11.0" },
            { Status: "ACTIVATED", ClientVersion: "2.10.9", MaxVersion: "2.10.9" },
        ]);
    });

    test("ends the own maximum of a client that is installed again", async () => {
        const { call, clock } = withClient({ status: "NOT_INSTALLED", maxVersion: "2.9.0" });
        await install(call, "i-1");
        clock.time += 100_000;
        expect(await listed(call)).toMatchObject([{ ClientVersion: "2.10.3", MaxVersion: "2.10.3" }]);
    });

    test("is the version of records that come without one", () => {
        const { simulator } = inProcess();
        simulator.setSwitches(NEWER);
        expect(simulator.addClient(CLIENT)).toMatchObject({ clientVersion: "2.11.0" });
        simulator.setWorld({ clients: [CLIENT, { ...CLIENT, clientId: "c-2", clientVersion: "1.0.0" }] });
        expect(simulator.world().clients).toMatchObject([
            { clientVersion: "2.11.0" },
            { clientVersion: "1.0.0" },
        ]);
    });

    test("does not become a maximum of its own in a world that is read and put back", async () => {
        const { simulator, call } = withClient();
        putBack(simulator);
        simulator.setSwitches(NEWER);
        expect(await listed(call)).toMatchObject([{ ClientVersion: "2.10.3", MaxVersion: "2.11.0" }]);
    });
});
