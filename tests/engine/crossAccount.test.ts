import { expectOk } from "./harness";
import { clientsOf, fleet, recordsOf, scenes, statusesOf, touchedBy, vaultsOf } from "./support";

const scene = scenes();

const ROLE = { crossAccountUserId: "1234567890123456", crossAccountRoleName: "hbrcrossrole" };

describe("a fleet in another account", () => {
    it("is installed with the role of that account, refreshed and destroyed", async () => {
        const { stack, simulator } = await scene({ world: { ...vaultsOf("abroad"), roles: [ROLE] } });
        const program = [fleet("abroad", ["i-a1", "i-a2"], { crossAccountType: "CROSS_ACCOUNT", ...ROLE })];
        const up = expectOk(await stack.up(program));
        const [create] = simulator.requests().log.filter(({ action }) => action === "CreateClients");
        expect(create?.parameters).toMatchObject({
            CrossAccountType: "CROSS_ACCOUNT",
            CrossAccountUserId: "1234567890123456",
            CrossAccountRoleName: "hbrcrossrole",
        });
        expect(up.state.resource("abroad").outputs).toMatchObject({
            crossAccountType: "CROSS_ACCOUNT",
            ...ROLE,
        });
        expect(statusesOf(up.state, "abroad")).toEqual({ "i-a1": "ACTIVATED", "i-a2": "ACTIVATED" });

        const lost = clientsOf(up.state, "abroad")["i-a2"]?.clientId ?? "";
        simulator.deleteClient(lost);
        const refresh = expectOk(await stack.refresh());
        expect(statusesOf(refresh.state, "abroad")).toEqual({ "i-a1": "ACTIVATED", "i-a2": "NOT_INSTALLED" });
        expect(refresh.state.resource("abroad").outputs).toMatchObject(ROLE);

        simulator.resetRequests();
        expect(expectOk(await stack.destroy()).state.resources).toEqual([]);
        expect(touchedBy(simulator, "abroad")).toEqual({ installed: [], uninstalled: ["i-a1"], deleted: [] });
        expect(recordsOf(simulator, "abroad")).toEqual({ "i-a1": "NOT_INSTALLED" });
    });
});
