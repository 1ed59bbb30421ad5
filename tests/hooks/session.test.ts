import type { ResourceLog } from "../../provider/engine";
import type { HbrApi } from "../../provider/hbr/port";
import { apiFor, guarded, systemClock } from "../../provider/session";
import { useConfig } from "../../provider/config/settings";
import { answer, Loopback } from "../hbr/loopback";

test("the time-out of a large fleet in small batches, months at most, is not over at once", async () => {
    const over = new AbortController();
    const months = systemClock.sleep(10_000 * 20 * 60_000, over.signal).then(() => "over");
    const moment = systemClock.sleep(20).then(() => "not over");
    await expect(Promise.race([months, moment])).resolves.toBe("not over");
    over.abort(new Error("enough"));
    await expect(months).rejects.toThrow("enough");
});

test("a run that is to stop may still read, and changes nothing any more", async () => {
    const asked: string[] = [];
    const api = new Proxy({} as HbrApi, {
        get: (_target, name) => () => {
            asked.push(String(name));
            return Promise.resolve({});
        },
    });
    const stopped = guarded(api, AbortSignal.abort(new Error("enough")));
    const client = { vaultId: "v", clientId: "c" };
    await stopped.describeTask("t");
    await stopped.describeClients({ vaultId: "v", pageNumber: 1, pageSize: 99 });
    await stopped.checkRole({ crossAccountUserId: "1", crossAccountRoleName: "r" });
    await stopped.describeHanaInstances({ vaultId: "v", clusterId: "cl" });
    await expect(stopped.createClients({ vaultId: "v", targets: [] })).rejects.toThrow("enough");
    await expect(stopped.uninstallClient(client)).rejects.toThrow("enough");
    await expect(stopped.deleteClient(client)).rejects.toThrow("enough");
    expect(asked).toEqual(["describeTask", "describeClients", "checkRole", "describeHanaInstances"]);
});

test("keys of clients that a run knows of are shown in no text of the service", async () => {
    const loopback = new Loopback();
    const config: Record<string, string> = {
        "alicloud:accessKey": "ak",
        "alicloud:secretKey": "sk",
        "alicloud:protocol": "HTTP",
        "alicloud:endpoints": JSON.stringify([{ hbr: await loopback.listen() }]),
    };
    useConfig((key) => config[key]);
    try {
        const message = "the key client-secret is not valid";
        loopback.handler = answer(200, { Success: true, Result: [{ instanceId: "i-1", message }] });
        const log = { debug: () => undefined } as unknown as ResourceLog;
        const { signal } = new AbortController();
        const told = async (secrets?: Iterable<string>) => {
            const { results } = await apiFor("cn-hangzhou", log, signal, secrets).describeTask("t-1");
            return results[0]?.errorMessage;
        };
        expect(await told()).toBe(message);
        expect(await told(new Set(["client-secret"]))).toBe("the key [redacted] is not valid");
        // The connection is shared: what one resource knows serves all.
        expect(await told()).toBe("the key [redacted] is not valid");
    } finally {
        useConfig(() => undefined);
        await loopback.close();
    }
});
