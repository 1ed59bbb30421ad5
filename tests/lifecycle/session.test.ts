import type { HbrApi } from "../../provider/hbr/port";
import { guarded, systemClock } from "../../provider/lifecycle/session";

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
