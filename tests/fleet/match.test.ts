import { ClientIndex } from "../../provider/fleet/match";
import { client } from "./builders";

const PAIR = { instanceId: "i-1", clusterId: "cl-1" };

describe("the record that speaks for an instance", () => {
    test("is the one of its cluster", () => {
        const other = client("i-1", "ACTIVATED", { clientId: "c-2", clusterId: "cl-2" });
        const own = client("i-1", "NOT_INSTALLED", { clientId: "c-1" });
        expect(new ClientIndex([other, own]).match(PAIR)).toBe(own);
        expect(new ClientIndex([other]).match(PAIR)).toBeUndefined();
    });

    test("is, where a cluster is declared, none of another cluster, even if the state recorded that one", () => {
        const other = client("i-1", "ACTIVATED", { clientId: "c-2", clusterId: "cl-2" });
        expect(new ClientIndex([other]).match({ ...PAIR, clientId: "c-2" })).toBeUndefined();
    });

    test("is the first that is listed, of several that are equal", () => {
        const twins = ["c-1", "c-2"].map((clientId) =>
            client("i-1", "UNKNOWN", { clientId, createdTime: 1 }),
        );
        expect(new ClientIndex(twins).match(PAIR)).toBe(twins[0]);
    });

    test("is never that of another instance", () => {
        expect(new ClientIndex([client("i-2", "ACTIVATED")]).match(PAIR)).toBeUndefined();
    });

    const OLD = { createdTime: 1_000 };
    const NEW = { createdTime: 2_000 };
    test.each([
        ["an activated one before a newer one in progress", "ACTIVATED", OLD, "INSTALLING", NEW],
        ["an activated one before a newer dead one", "ACTIVATED", OLD, "NOT_INSTALLED", NEW],
        ["one in progress before a newer dead one", "INSTALLING", OLD, "INSTALL_FAILED", NEW],
        ["one that is being uninstalled before a newer dead one", "UNINSTALLING", OLD, "NOT_INSTALLED", NEW],
        ["the newer of two dead ones", "INSTALL_FAILED", NEW, "NOT_INSTALLED", OLD],
        ["the newer of two activated ones", "ACTIVATED", NEW, "ACTIVATED", OLD],
        ["a dated one before one without a date", "UNKNOWN", NEW, "UNKNOWN", {}],
    ] as const)("is, of several, %s", (_, winner, ofWinner, loser, ofLoser) => {
        const one = client("i-1", winner, { clientId: "c-winner", ...ofWinner });
        const other = client("i-1", loser, { clientId: "c-loser", ...ofLoser });
        expect(new ClientIndex([one, other]).match(PAIR)).toBe(one);
        expect(new ClientIndex([other, one]).match(PAIR)).toBe(one);
    });

    test.each([
        ["before a newer one, where neither has an agent", "NOT_INSTALLED", "INSTALL_FAILED", true],
        ["before a newer one, where both are out of order", "UNKNOWN", "DEACTIVATED", true],
        ["before a newer one, where both are activated", "ACTIVATED", "ACTIVATED", true],
        ["before a newer one, where both are in progress", "UNINSTALLING", "INSTALLING", true],
        ["not before an activated one", "UNKNOWN", "ACTIVATED", false],
        ["not before an activated one, though it is in progress", "INSTALLING", "ACTIVATED", false],
        ["not before one in progress", "NOT_INSTALLED", "INSTALLING", false],
        ["not before one in progress, though it has an agent", "DEACTIVATED", "UNINSTALLING", false],
    ] as const)("is the one that the state recorded %s", (_, ofRecorded, ofOther, isRecorded) => {
        const known = client("i-1", ofRecorded, { clientId: "c-known", ...OLD });
        const other = client("i-1", ofOther, { clientId: "c-other", ...NEW });
        const winner = isRecorded ? known : other;
        for (const clients of [
            [known, other],
            [other, known],
        ]) {
            expect(new ClientIndex(clients).match({ ...PAIR, clientId: "c-known" })).toBe(winner);
            expect(new ClientIndex(clients).match({ ...PAIR, clientId: "c-gone" })).toBe(other);
        }
    });

    test("has, beside it, all other records of its pair, and all that were listed", () => {
        const own = [client("i-1", "ACTIVATED"), client("i-1", "NOT_INSTALLED", { clientId: "c-old" })];
        const others = [
            client("i-1", "ACTIVATED", { clientId: "c-2", clusterId: "cl-2" }),
            client("i-2", "UNKNOWN"),
        ];
        const index = new ClientIndex([...own, ...others]);
        expect(index.allOf(PAIR)).toEqual(own);
        expect(index.allOf({ ...PAIR, clientId: "c-2" })).toEqual(own);
        expect(index.clients).toEqual([...own, ...others]);
    });

    test("is, where no cluster is declared, one without a cluster or the recorded one", () => {
        const { clusterId: _, ...bare } = client("i-1", "NOT_INSTALLED", { clientId: "c-bare" });
        const inCluster = client("i-1", "ACTIVATED", { clientId: "c-1" });
        const index = new ClientIndex([inCluster, bare]);
        expect(index.match({ instanceId: "i-1" })).toBe(bare);
        expect(index.match({ instanceId: "i-1", clientId: "c-1" })).toBe(inCluster);
        expect(new ClientIndex([inCluster]).match({ instanceId: "i-1", clientId: "c-9" })).toBeUndefined();
    });

    test("is found by its client id, and all of an instance by that", () => {
        const clients = [
            client("i-1", "ACTIVATED"),
            client("i-1", "UNKNOWN", { clientId: "c-b" }),
            client("i-2", "STOPPED"),
        ];
        const index = new ClientIndex(clients);
        expect(index.get("c-b")).toBe(clients[1]);
        expect(index.get("c-none")).toBeUndefined();
        expect(index.ofInstance("i-1")).toEqual(clients.slice(0, 2));
        expect(index.ofInstance("i-9")).toEqual([]);
    });
});
