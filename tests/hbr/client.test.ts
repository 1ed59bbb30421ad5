import { HbrClient } from "../../provider/hbr/client";
import type { CreateClientsRequest, Delivery } from "../../provider/hbr/port";
import type { Transport } from "../../provider/hbr/transport";

const KEY = { accessKeyId: "LTAI5tClientKey01", accessKeySecret: "client-secret-0123456789" };
const TARGET = { instanceId: "i-1", clusterId: "cl-1", sourceTypes: ["HANA"] };
const REQUEST: CreateClientsRequest = { vaultId: "v-1", targets: [TARGET] };
const WITH_KEY: CreateClientsRequest = { ...REQUEST, targets: [{ ...TARGET, credential: KEY }, TARGET] };
const ANSWER = { Success: true, TaskId: "t-1", InstanceStatuses: [] };

function refusing(message: string): Transport {
    return () => Promise.reject(Object.assign(new Error(message), { code: "BadRequest" }));
}

async function messageOf(call: Promise<unknown>): Promise<string> {
    return call.then(
        () => "",
        (error: unknown) => (error as Error).message,
    );
}

test("the keys of clients appear in no message, of this call or a later one", async () => {
    const client = new HbrClient(refusing(`no ${KEY.accessKeyId} nor ${KEY.accessKeySecret}`));
    const said = "BadRequest: no [redacted] nor [redacted]";
    expect(await messageOf(client.createClients(WITH_KEY))).toBe(`CreateClients failed: ${said}`);
    expect(await messageOf(client.describeTask("t-1"))).toBe(`DescribeTask failed: ${said}`);
});

describe("a call that may have acted", () => {
    test("is unanswered until its answer or error is there", async () => {
        const delivery: Delivery = { isUnanswered: false };
        const seen: boolean[] = [];
        const client = new HbrClient(() => {
            seen.push(delivery.isUnanswered);
            return Promise.resolve(ANSWER);
        });
        await client.createClients({ ...REQUEST, delivery });
        expect([...seen, delivery.isUnanswered]).toEqual([true, false]);
        await messageOf(new HbrClient(refusing("no")).createClients({ ...REQUEST, delivery }));
        expect(delivery.isUnanswered).toBe(false);
    });

    test("stays unanswered if it is aborted before", async () => {
        const delivery: Delivery = { isUnanswered: false };
        const stop = new AbortController();
        const client = new HbrClient(() => {
            stop.abort(new Error("stop"));
            return Promise.reject(new Error("cut"));
        });
        expect(await messageOf(client.createClients({ ...REQUEST, delivery }, stop.signal))).toBe("stop");
        expect(delivery.isUnanswered).toBe(true);
    });
});

test("an answer that says no names its operation", async () => {
    const client = new HbrClient(() => Promise.resolve({ Success: false, Code: "ClientIsActive" }));
    const reference = { vaultId: "v-1", clientId: "c-1" };
    const said = "failed: ClientIsActive: the service reports no success";
    expect(await messageOf(client.deleteClient(reference))).toBe(`DeleteClient ${said}`);
    expect(await messageOf(client.uninstallClient(reference))).toBe(`UninstallClient ${said}`);
    expect(await messageOf(client.upgradeClient(reference))).toBe(`UpgradeClient ${said}`);
});
