/*
 * By default, the simulator deletes a client that has an agent, as Terraform's provider needs it. These are the tests of
 * removals once more, against a service that refuses it.
 */
import "./change.test";
import "./leftBehind.test";
import "./records.test";
import "./stopped.test";
import "./unconfirmed.test";
import { makeDeletingActive } from "./deletions";
import { installed } from "./installed";
import { VAULT } from "./virtualStack";

beforeAll(() => {
    makeDeletingActive("refuse");
});

test("the service refuses to delete a client that has an agent", async () => {
    const { simulator } = await installed(1);
    const [{ clientId } = { clientId: "" }] = simulator.world().clients;
    const { body } = await simulator.call("DeleteClient", { VaultId: VAULT, ClientId: clientId });
    expect(JSON.parse(body)).toMatchObject({ Code: "ClientIsActive" });
});
