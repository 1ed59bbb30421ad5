import fc from "fast-check";
import { ClientIndex } from "../../provider/fleet/match";
import { type ObservedClient, type Removal } from "../../provider/fleet/model";
import { CLIENT_STATUSES, type ClientStatus } from "../../provider/fleet/status";
import { type ActionKind, planFleet } from "../../provider/fleet/plan";
import { client, declared, entry, spec, state } from "./builders";

const NAMED = entry("i-1", "ACTIVATED", { clientId: "c-named" });
/** Records that have no agent. */
const DEAD: readonly ClientStatus[] = ["NOT_INSTALLED", "INSTALL_FAILED"];

function kindOf(
    removal: Removal,
    clients: readonly ObservedClient[],
    recorded = NAMED,
): ActionKind | undefined {
    const before = state([recorded], spec([declared("i-1")], { removal }));
    return planFleet(undefined, before, new ClientIndex(clients))[0]?.kind;
}

const named = (status: ClientStatus): ObservedClient => client("i-1", status, { clientId: "c-named" });
const other = (status: ClientStatus): ObservedClient => client("i-1", status, { clientId: "c-other" });

describe("a removal of which records are left, and no agent", () => {
    test.each<[string, readonly ObservedClient[], ActionKind, ActionKind]>([
        ["no record at all", [], "done", "done"],
        ["the record that the state names", [named("NOT_INSTALLED")], "done", "uninstall"],
        [
            "the record that the state names, of a failed installation",
            [named("INSTALL_FAILED")],
            "done",
            "uninstall",
        ],
        ["another record", [other("NOT_INSTALLED")], "done", "done"],
        ["another record, of a failed installation", [other("INSTALL_FAILED")], "done", "done"],
        ["both", [named("NOT_INSTALLED"), other("INSTALL_FAILED")], "done", "uninstall"],
        [
            "the record that the state names, in another cluster",
            [client("i-1", "NOT_INSTALLED", { clientId: "c-named", clusterId: "cl-2" })],
            "done",
            "uninstall",
        ],
    ])("%s", (_, clients, uninstall, uninstallAndDelete) => {
        expect(kindOf("Uninstall", clients)).toBe(uninstall);
        expect(kindOf("UninstallAndDelete", clients)).toBe(uninstallAndDelete);
    });

    test.each(DEAD)("is done for a state that names no client, whatever is left (%s)", (status) => {
        for (const removal of ["Uninstall", "UninstallAndDelete"] as const)
            expect(kindOf(removal, [other(status)], entry("i-1", "NOT_INSTALLED"))).toBe("done");
    });

    test.each(DEAD)("is not done while an installation of the resource is open (%s)", (status) => {
        const open = entry("i-1", "INSTALLING", { pendingAction: "install", taskId: "t-1" });
        expect(kindOf("Uninstall", [other(status)], open)).toBe("uninstall");
        expect(kindOf("Uninstall", [], open)).toBe("uninstall");
        expect(kindOf("Uninstall", [], { ...open, errorCode: "Odd" })).toBe("done");
    });
});

describe("a removal of which an agent may be left", () => {
    const ALIVE = CLIENT_STATUSES.filter((status) => !DEAD.includes(status));

    test.each(ALIVE)("is still to be done: %s", (status) => {
        for (const removal of ["Uninstall", "UninstallAndDelete"] as const) {
            expect(kindOf(removal, [named(status)])).toBe("uninstall");
            expect(kindOf(removal, [named(status), other("ACTIVATED")])).toBe("uninstall");
        }
    });

    test.each(ALIVE)("is done where the agent is not this resource's: %s", (status) => {
        expect(kindOf("Uninstall", [other(status)])).toBe("done");
        expect(kindOf("Uninstall", [named("NOT_INSTALLED"), other(status)])).toBe("done");
        expect(kindOf("UninstallAndDelete", [other(status)])).toBe("done");
    });

    test.each(ALIVE)("knows its own client by an installation that is open: %s", (status) => {
        const { clientId: _, ...unnamed } = entry("i-1", "NOT_INSTALLED", { pendingAction: "uninstall" });
        expect(kindOf("Uninstall", [other(status)], unnamed)).toBe("uninstall");
        expect(kindOf("Uninstall", [other(status)], { ...unnamed, owned: false })).toBe("leave");
    });

    test.each(ALIVE)("retains it where that is what the program says: %s", (status) => {
        expect(kindOf("Retain", [named(status)])).toBe("retain");
    });
});

test("a removal that is looked at is done exactly where it has neither an agent nor its record to remove", () => {
    const clients = fc.uniqueArray(
        fc.record({
            clientId: fc.constantFrom("c-named", "c-a", "c-b"),
            status: fc.constantFrom(...CLIENT_STATUSES),
        }),
        { selector: ({ clientId }) => clientId },
    );
    const removals = fc.constantFrom("Uninstall" as const, "UninstallAndDelete" as const);
    fc.assert(
        fc.property(clients, removals, (records, removal) => {
            const own = records.find(({ clientId }) => clientId === "c-named");
            const isOpen = own && (!DEAD.includes(own.status) || removal === "UninstallAndDelete");
            const seen = records.map(({ clientId, status }) => client("i-1", status, { clientId }));
            expect(kindOf(removal, seen)).toBe(isOpen ? "uninstall" : "done");
        }),
    );
});
