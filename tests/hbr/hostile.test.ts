import fc from "fast-check";

import { CLIENT_STATUSES } from "../../provider/fleet/model";
import { HbrClient } from "../../provider/hbr/client";
import { HbrError } from "../../provider/hbr/errors";
import { parseResult } from "../../provider/hbr/parseTask";

describe("hostile answers", () => {
    const names = [
        "Success",
        "Code",
        "Message",
        "RequestId",
        "TaskId",
        "InstanceStatuses",
        "InstanceStatus",
        "InstanceId",
        "ValidInstance",
        "Clients",
        "Client",
        "ClientId",
        "TotalCount",
        "Hanas",
        "Hana",
        "ClusterId",
        "Status",
        "Description",
        "Progress",
        "Result",
        "instanceId",
        "__proto__",
        "constructor",
        "toString",
        "length",
        "then",
    ];
    const key = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...names) }, fc.string());
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
        tree: fc.oneof(
            { depthSize: "medium", withCrossShrink: true },
            fc.oneof(
                fc.string(),
                fc.constantFrom(...names),
                fc.double(),
                fc.integer(),
                fc.boolean(),
                fc.constant(null),
            ),
            fc.array(tie("tree"), { maxLength: 4 }),
            fc.dictionary(key, tie("tree"), { maxKeys: 6, noNullPrototype: true }),
        ),
    }));
    // As it would arrive: through JSON, where "__proto__" is a key like any other.
    const body = tree.map((value) => JSON.parse(JSON.stringify(value)) as unknown);

    test("property: every answer gives a record of the right shape or an HbrError, for every call", async () => {
        await fc.assert(
            fc.asyncProperty(body, async (answer) => {
                const api = new HbrClient(() => Promise.resolve(answer));
                const settled = await Promise.allSettled([
                    api.createClients({ vaultId: "v", targets: [] }),
                    api.describeTask("t"),
                    api.describeClients({ vaultId: "v", pageNumber: 1, pageSize: 99 }),
                    api.uninstallClient({ vaultId: "v", clientId: "c" }),
                    api.describeHanaInstances({ vaultId: "v", clusterId: "cl" }),
                    api.checkRole({ crossAccountUserId: "1", crossAccountRoleName: "r" }),
                    api.deleteClient({ vaultId: "v", clientId: "c" }),
                ]);
                const [created, task, page, , hanas] = settled;
                for (const each of settled)
                    if (each.status === "rejected") expect(each.reason).toBeInstanceOf(HbrError);
                if (created.status === "fulfilled") {
                    for (const status of created.value.instanceStatuses) {
                        expect(typeof status.instanceId).toBe("string");
                        expect(typeof status.valid).toBe("boolean");
                    }
                }
                if (task.status === "fulfilled") {
                    for (const result of task.value.results) expect(typeof result.instanceId).toBe("string");
                }
                if (hanas.status === "fulfilled") {
                    for (const clusterId of hanas.value.clusterIds) expect(typeof clusterId).toBe("string");
                }
                if (page.status === "fulfilled") {
                    expect(Number.isSafeInteger(page.value.totalCount)).toBe(true);
                    for (const client of page.value.clients) {
                        expect(typeof client.clientId).toBe("string");
                        expect(CLIENT_STATUSES).toContain(client.status);
                    }
                }
            }),
            { numRuns: 1_000 },
        );
        expect(({} as Record<string, unknown>)["instanceId"]).toBeUndefined();
    });

    test("an instance called __proto__ is an instance", () => {
        const result = JSON.parse(
            '[{"instanceId":"__proto__","clientId":"c-1"},{"instanceId":"i-2","__proto__":{"clientId":"c-1"}}]',
        ) as unknown;
        expect(parseResult(result)).toEqual([
            { instanceId: "__proto__", clientId: "c-1" },
            { instanceId: "i-2" },
        ]);
    });

    test("inherited fields are nobody's", () => {
        const inherited: unknown = Object.create({ instanceId: "i-1" });
        expect(parseResult([inherited])).toEqual([]);
    });

    test("huge and deep answers", () => {
        const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
        expect(parseResult(deep)).toEqual([]);
        const many = Array.from({ length: 20_000 }, (_, index) => ({ instanceId: `i-${index}` }));
        expect(parseResult(JSON.stringify(many))).toHaveLength(20_000);
    });
});
