import fc from "fast-check";

import { CLIENT_STATUSES } from "../../provider/fleet/status";
import { HbrClient } from "../../provider/hbr/client";
import { HbrError } from "../../provider/hbr/errors";
import type { InstallTarget } from "../../provider/hbr/port";
import { parseResult } from "../../provider/hbr/parseTask";

/** Keys of clients, as they may come back long after they were sent. */
const KEYS = { accessKeyId: "LTAI-canary-id", accessKeySecret: "canary/secret+" };
const CANARY = /canary/;
/** What a terminal would take for a command, and a line of its own. */
const NOISE = "\u001b[2J\u001b]0;x\u0007\u009b1m\u202e\b\n";

describe("what an answer quotes", () => {
    const quote = `${NOISE}${KEYS.accessKeyId} ${encodeURIComponent(KEYS.accessKeySecret)}${"x".repeat(10_000)}`;
    const noisy = `${NOISE}${"y".repeat(10_000)}`;
    const frame = { Success: true, RequestId: noisy };
    const client = { ClientId: `${NOISE}c-1`, InstanceId: "i-1", StatusMessage: quote, InstanceName: noisy };
    const bodies: Record<string, object> = {
        CreateClients: {
            ...frame,
            TaskId: `${NOISE}t-1`,
            InstanceStatuses: [{ InstanceId: "i-1", ValidInstance: false, ErrorCode: noisy }],
        },
        DescribeTask: {
            ...frame,
            Result: [
                { instanceId: "i-1", clientStatus: noisy, errorCode: quote, errorMessage: quote },
                { instanceId: `${NOISE}i-2`, clientId: noisy, message: quote },
            ],
        },
        DescribeClients: {
            ...frame,
            TotalCount: 1,
            Clients: [{ ...client, ClientVersion: noisy, NetworkType: noisy, AlertSetting: noisy }],
        },
        DescribeHanaInstances: { ...frame, Hanas: [{ ClusterId: `${NOISE}cl-1` }] },
        UninstallClient: { Success: false, Code: noisy, Message: quote, RequestId: noisy },
        DeleteClient: { Success: false, Code: quote, Message: noisy, RequestId: noisy },
    };
    const target = { instanceId: "i-1", sourceTypes: ["HANA"] };
    const clientReference = { vaultId: "v", clientId: "c" };

    /** All that the calls give or throw, as JSON. */
    async function everything(api: HbrClient, targets: readonly InstallTarget[]): Promise<string> {
        const settled = await Promise.allSettled([
            api.createClients({ vaultId: "v", targets }),
            api.describeTask("t"),
            api.describeClients({ vaultId: "v", pageNumber: 1, pageSize: 99 }),
            api.describeHanaInstances({ vaultId: "v", clusterId: "cl" }),
            api.uninstallClient(clientReference),
            api.deleteClient(clientReference),
        ]);
        const texts = settled.map((each) => {
            if (each.status === "fulfilled") return JSON.stringify(each.value);
            const error = each.reason as HbrError;
            return JSON.stringify([error.message, Object.entries(error)]);
        });
        return texts.join("\n");
    }

    test("keys that a client was sent with, in no later answer", async () => {
        const api = new HbrClient((operation) => Promise.resolve(bodies[operation]));
        const shown = await everything(api, [{ ...target, credential: KEYS }]);
        expect(shown).toContain("[redacted]");
        expect(shown).not.toMatch(CANARY);
    });

    test("keys that an earlier process has sent, once they are known", async () => {
        const api = new HbrClient((operation) => Promise.resolve(bodies[operation]));
        expect(await everything(api, [target])).toMatch(CANARY);
        api.rememberSecrets(Object.values(KEYS));
        expect(await everything(api, [target])).not.toMatch(CANARY);
    });

    test("the provider's own keys, those that it gets while a call is made, and those that it had", async () => {
        let own = [KEYS.accessKeyId];
        const api = new HbrClient(
            (operation) => {
                if (operation === "CreateClients") own = [KEYS.accessKeySecret];
                return Promise.resolve(bodies[operation]);
            },
            () => own,
        );
        await api.deleteClient(clientReference).catch(() => undefined);
        expect(await everything(api, [target])).not.toMatch(CANARY);
    });

    test("no commands for a terminal, no other lines, and nothing long", async () => {
        const api = new HbrClient((operation) => Promise.resolve(bodies[operation]));
        const shown = await everything(api, [target]);
        // JSON escapes the controls that it knows of.
        expect(shown).not.toMatch(/\\u00|\\[bnrt]|[\u0080-\u009f\u202e]/);
        expect(shown).not.toMatch(/[xy]{601}/);
        expect(shown).toContain('"clientId":"c-1"');
        expect(shown).toContain('"taskId":"t-1"');
        expect(shown).toContain('"instanceId":"i-2"');
    });
});

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
                    api.upgradeClient({ vaultId: "v", clientId: "c" }),
                    api.describeHanaInstances({ vaultId: "v", clusterId: "cl" }),
                    api.checkRole({ crossAccountUserId: "1", crossAccountRoleName: "r" }),
                    api.deleteClient({ vaultId: "v", clientId: "c" }),
                ]);
                const [created, task, page, , , hanas] = settled;
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
