import type { ObservedClient } from "../../provider/fleet/model";
import type { HbrApi } from "../../provider/hbr/port";
import { lookUp, readClients } from "../../provider/read";
import { client } from "../fleet/builders";
import { answer } from "../hbr/loopback";
import { withService } from "./service";

const EMPTY = answer(200, { Success: true, Clients: { Client: [] }, TotalCount: 0 });
const REGION = { "alicloud:region": "cn-shanghai" };

describe("a look-up of the program", () => {
    test("asks for the vault and the cluster that it names, in the region that it names", async () => {
        await withService(async (loopback, config) => {
            loopback.handler = EMPTY;
            const scope = { vaultId: "v-1", clusterId: "cl-1", region: "cn-beijing" };
            expect(await lookUp(scope, config)).toMatchObject({
                vaultId: "v-1",
                region: "cn-beijing",
                clients: {},
            });
            expect(loopback.seen.map(({ query }) => [query.get("VaultId"), query.get("ClusterId")])).toEqual([
                ["v-1", "cl-1"],
            ]);
        }, REGION);
    });

    test("takes the configured region, and the whole vault, where it names none", async () => {
        await withService(async (loopback, config) => {
            loopback.handler = EMPTY;
            expect((await lookUp({ vaultId: "v-1" }, config)).region).toBe("cn-shanghai");
            expect(loopback.seen.map(({ query }) => [query.get("VaultId"), query.get("ClusterId")])).toEqual([
                ["v-1", null],
            ]);
        }, REGION);
    });

    test("refuses a region that cannot be one by the name of the argument, and asks nobody", async () => {
        await withService(async (loopback, config) => {
            const wrong = lookUp({ vaultId: "v-1", region: "cn_beijing.evil" }, config);
            await expect(wrong).rejects.toThrow(/^region /);
            expect(loopback.seen).toEqual([]);
        }, REGION);
    });

    test("fails with the service's word and the advice, and the error itself as the cause", async () => {
        await withService(async (loopback, config) => {
            loopback.handler = answer(404, { Code: "VaultNotExist", Message: "no such vault" });
            const error: unknown = await lookUp({ vaultId: "v-1" }, config).catch(
                (reason: unknown) => reason,
            );
            expect((error as Error).message).toMatch(/VaultNotExist: no such vault.*; .*region/);
            expect((error as Error).cause).toMatchObject({ code: "VaultNotExist" });
        }, REGION);
    });
});

describe("of several clients of an instance, a resource that is only read has", () => {
    const one = (status: ObservedClient["status"], more: Partial<ObservedClient> = {}): ObservedClient =>
        client("i-1", status, { clientId: "c-1", createdTime: 1, ...more });
    const other = (status: ObservedClient["status"], more: Partial<ObservedClient> = {}): ObservedClient =>
        client("i-1", status, { clientId: "c-2", createdTime: 2, ...more });

    test.each<[string, ObservedClient[], string]>([
        ["the activated one", [one("ACTIVATED"), other("UNKNOWN")], "c-1"],
        ["the one in progress, beside an old record", [other("NOT_INSTALLED"), one("INSTALLING")], "c-1"],
        ["the newest of those without either", [other("UNKNOWN"), one("NOT_INSTALLED")], "c-2"],
        [
            "the activated one of another cluster",
            [one("ACTIVATED", { clusterId: "cl-2" }), other("INSTALLING")],
            "c-1",
        ],
    ])("%s", async (_, clients, clientId) => {
        for (const listed of [clients, clients.toReversed()]) {
            const page = { clients: listed, totalCount: listed.length };
            const api = { describeClients: () => Promise.resolve(page) } as unknown as HbrApi;
            const outputs = await readClients(api, { vaultId: "v-1", region: "cn-hangzhou" });
            const [found] = listed.filter((each) => each.clientId === clientId);
            expect(outputs.clients["i-1"]).toMatchObject({ clientId, status: found?.status });
            expect(outputs.instances["i-1"]).toMatchObject({ clusterId: found?.clusterId });
        }
    });
});
