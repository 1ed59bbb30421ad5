import { claim } from "../../provider/claims";
import { instances, VAULT, VirtualStack } from "./virtualStack";

/** Two resources of one program. */
function two(): [VirtualStack, VirtualStack] {
    const one = new VirtualStack();
    return [one, new VirtualStack({}, one)];
}

/** Says, as check does before anything is acted on, what a resource declares. */
function declares(urn: string, declared: readonly { instanceId: string; clusterId: string }[]): void {
    claim(
        urn,
        declared.map((instance) => ({ region: "cn-hangzhou", vaultId: VAULT, ...instance })),
    );
}

describe("two resources of one program", () => {
    afterEach(() => {
        declares("urn:one", []);
        declares("urn:other", []);
    });

    test("that declare the same instances in the same cluster install each once", async () => {
        const [one, other] = two();
        const ends = await Promise.all([
            one.up({ instances: instances(5), __urn: "urn:one" }),
            other.up({ instances: instances(5).reverse(), __urn: "urn:other" }),
        ]);
        expect(ends.flatMap(({ reasons }) => reasons)).toEqual([]);
        expect(ends[1].infos).toContain("5 adopted");
        expect(one.simulator.requests().installs).toEqual(
            Object.fromEntries(instances(5).map(({ instanceId }) => [instanceId, 1])),
        );
        expect(one.duplicateInstalls).toBe(0);
    });

    test("that declare the same instances in two clusters work on them one after the other", async () => {
        const [one, other] = two();
        const begin = one.clock.now();
        await Promise.all([
            one.up({ instances: instances(3), __urn: "urn:one" }),
            other.up({ instances: instances(3, "cl-2"), __urn: "urn:other" }),
        ]);
        const installs = one.simulator.requests().log.filter(({ action }) => action === "CreateClients");
        expect(installs).toHaveLength(2);
        // The second begins when the first is over, which takes 80 % of the install time at least.
        expect((installs[1]?.at ?? 0) - begin).toBeGreaterThan(48_000);
        expect(Object.values(one.statuses())).toEqual(Array(6).fill("ACTIVATED"));
    });

    test("that share no instance do not wait for each other", async () => {
        const [one, other] = two();
        const ends = await Promise.all([
            one.up({ instances: instances(1), __urn: "urn:one" }),
            other.up({ instances: instances(2).slice(1), __urn: "urn:other" }),
        ]);
        for (const { elapsedMs } of ends) expect(elapsedMs).toBeLessThan(80_000);
    });

    test.each(["the old one first", "the new one first", "at the same time"])(
        "hand an instance over, %s: its client is neither uninstalled nor installed anew",
        async (order) => {
            const [one, other] = two();
            await one.up({ instances: instances(2), __urn: "urn:one" });
            one.simulator.resetRequests();
            const [stays, moves] = [instances(2).slice(0, 1), instances(2).slice(1)];
            declares("urn:one", stays);
            declares("urn:other", moves);
            const give = () => one.up({ instances: stays, __urn: "urn:one" });
            const take = () => other.up({ instances: moves, __urn: "urn:other" });
            const reasons: string[] = [];
            if (order === "at the same time") {
                for (const end of await Promise.all([give(), take()])) reasons.push(...end.reasons);
            } else {
                for (const step of order === "the old one first" ? [give, take] : [take, give])
                    reasons.push(...(await step()).reasons);
            }
            expect(reasons).toEqual([]);
            expect(
                one.calls("CreateClients") + one.calls("UninstallClient") + one.calls("DeleteClient"),
            ).toBe(0);
            expect(Object.keys(one.state?.clients ?? {})).toEqual(["i-001"]);
            expect(other.state?.clients["i-002"]).toMatchObject({ status: "ACTIVATED" });
        },
    );
});
