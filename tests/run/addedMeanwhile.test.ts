import { callFor } from "../../provider/run/createClients";
import { Refusals } from "../../provider/run/refusals";
import { client, declared, spec } from "../fleet/builders";
import { ScriptedRun } from "./scripted";
import { instances, VAULT, VirtualStack } from "./virtualStack";

/** 100 clients of others, each created a second after the one before. */
const OTHERS = Array.from({ length: 100 }, (_, index) => ({
    vaultId: VAULT,
    instanceId: `i-other-${String(index).padStart(3, "0")}`,
    clusterId: "cl-1",
    clientId: `c-other-${index}`,
    status: "ACTIVATED" as const,
    createdTime: 1_600_000_000 + index,
}));

test.each([
    ["oldest", "c-other-5"],
    ["newest", "c-other-95"],
    ["instance", "c-other-5"],
] as const)(
    "a client that others install as one of theirs goes is adopted, though the list is sorted by %s",
    async (listOrder, gone) => {
        const stack = new VirtualStack({ world: { clients: OTHERS } });
        const { simulator, clock } = stack;
        simulator.setSwitches({ listOrder, progressShape: "zero" });
        // The run has read the list once more by then. The number of clients stays, and so does the last page.
        const exchanged = clock.sleep(10_000).then(() => {
            const theirs = { vaultId: VAULT, instanceId: "i-106", clusterId: "cl-1", clientId: "c-theirs" };
            simulator.addClient({ ...theirs, status: "ACTIVATED" });
            simulator.deleteClient(gone);
        });
        const end = await stack.up({ instances: instances(120), rollout: { parallelism: 4 } });
        await exchanged;
        expect([end.reasons, end.infos.at(-1)]).toEqual([[], "119 installed, 1 adopted"]);
        expect(simulator.requests().installs["i-106"]).toBeUndefined();
    },
);

test("the list before an installation shows what was added since the whole list was read", async () => {
    const theirs = client("i-1", "NOT_INSTALLED", { clientId: "c-theirs", createdTime: 1_000 });
    const listed = Array.from({ length: 150 }, (_, index) =>
        client(`i-other-${index}`, "ACTIVATED", { createdTime: index }),
    );
    const { run } = new ScriptedRun({
        clients: (at) => (at < 20_000 ? listed : [...listed, theirs]),
        declared: spec([declared("i-1")]),
    });
    await run.watch.look();
    await run.clock.sleep(31_000);
    await run.additions.recent();
    const { before } = await callFor(
        run,
        [{ declared: declared("i-1"), counts: "installed" }],
        new Refusals(),
    );
    // Otherwise it would be taken for the client that this installation makes, because it is older.
    expect(before.get("c-theirs")).toEqual(theirs);
});
