import { createServer, type AddressInfo } from "node:net";
import type { ResourceLog } from "../../provider/engine";
import type { HbrApi } from "../../provider/hbr/port";
import { apiFor, guarded, systemClock, throttledAt } from "../../provider/session";
import { answer } from "../hbr/loopback";
import { withService } from "./service";

test("the time-out of a large fleet in small batches, months at most, is not over at once", async () => {
    const over = new AbortController();
    const months = systemClock.sleep(10_000 * 20 * 60_000, over.signal).then(() => "over");
    const moment = systemClock.sleep(20).then(() => "not over");
    await expect(Promise.race([months, moment])).resolves.toBe("not over");
    over.abort(new Error("enough"));
    await expect(months).rejects.toThrow("enough");
});

test("a pause that is cut short leaves no timer behind, which would hold up the end of the program", async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const before = timers();
    const over = new AbortController();
    const pause = systemClock.sleep(3_600_000, over.signal);
    expect(timers()).toBe(before + 1);
    over.abort(new Error("enough"));
    await expect(pause).rejects.toThrow("enough");
    expect(timers()).toBe(before);
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

describe("before each write, the engine", () => {
    /** Whose connections the provider's process would be given as the engine's. */
    async function engine() {
        const server = createServer((socket) => socket.destroy());
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as AddressInfo;
        const gone = (): Promise<unknown> => new Promise((resolve) => server.close(resolve));
        return { address: `127.0.0.1:${port}`, gone };
    }

    test("is asked whether it is still there: without it nothing is written, and the process ends", async () => {
        const { address, gone } = await engine();
        const [, , argument] = process.argv;
        process.argv[2] = address;
        const ended = jest.spyOn(process, "exit").mockImplementation(() => undefined as never);
        jest.useFakeTimers({
            doNotFake: ["nextTick", "setImmediate", "queueMicrotask", "performance", "Date"],
        });
        try {
            // Nothing has started the watch, so only the writes themselves look.
            await jest.isolateModulesAsync(async () => {
                const session =
                    jest.requireActual<typeof import("../../provider/session")>("../../provider/session");
                const asked: string[] = [];
                const api = new Proxy({} as HbrApi, {
                    get: (_target, name) => () => Promise.resolve(asked.push(String(name))),
                });
                const { signal } = new AbortController();
                const client = { vaultId: "v", clientId: "c" };
                const guardedApi = session.guarded(api, signal);
                await guardedApi.uninstallClient(client);
                await gone();
                const message = "the Pulumi engine that started this run is gone";
                await expect(guardedApi.createClients({ vaultId: "v", targets: [] })).rejects.toThrow(
                    message,
                );
                await expect(guardedApi.deleteClient(client)).rejects.toThrow(message);
                await guardedApi.describeTask("t");
                expect(asked).toEqual(["uninstallClient", "describeTask"]);
            });
            expect(ended).not.toHaveBeenCalled();
            jest.runOnlyPendingTimers();
            expect(ended).toHaveBeenCalledWith(1);
        } finally {
            jest.useRealTimers();
            ended.mockRestore();
            if (argument === undefined) process.argv.splice(2, 1);
            else process.argv[2] = argument;
        }
    });
});

const SILENT = { debug: () => undefined } as unknown as ResourceLog;

test("Throttling.User slows down every resource of the process, also of another region", async () => {
    await withService(async (loopback) => {
        const before = throttledAt();
        const seen: string[] = [];
        const refused = Promise.withResolvers<undefined>();
        let isOver = false;
        loopback.handler = (request, response, body) => {
            const action = String(request.headers["x-acs-action"]);
            seen.push(isOver ? action : `${action} refused`);
            if (isOver) {
                answer(200, { Success: true, Clients: { Client: [] }, TotalCount: 0 })(
                    request,
                    response,
                    body,
                );
                return;
            }
            // It refuses whatever comes before the time that it names.
            setTimeout(() => (isOver = true), 300);
            const headers = { "x-acs-retry-after": "400" };
            answer(400, { Code: "Throttling.User", Message: "slow down" }, headers)(request, response, body);
        };
        const { signal } = new AbortController();
        // The call is logged, then the limiter hears of it.
        const log = { debug: () => setTimeout(refused.resolve, 0, undefined) } as unknown as ResourceLog;
        const task = apiFor("cn-hangzhou", log, signal).describeTask("t-1");
        await refused.promise;
        expect(throttledAt()).toBeGreaterThan(before);
        expect(throttledAt()).toBeLessThanOrEqual(systemClock.now());
        const list = { vaultId: "v", pageNumber: 1, pageSize: 99 };
        await Promise.all([task, apiFor("cn-beijing", SILENT, signal).describeClients(list)]);
        expect(seen).toHaveLength(3);
        expect(seen.filter((each) => each.endsWith("refused"))).toEqual(["DescribeTask refused"]);
    });
});

test("the debug log has a line for each call, with the ID by which the service knows it", async () => {
    await withService(async (loopback) => {
        const lines: string[] = [];
        const log = { debug: (text: string) => lines.push(text) } as unknown as ResourceLog;
        const { signal } = new AbortController();
        loopback.handler = answer(200, { Success: true, RequestId: "r-1", Result: [] });
        await apiFor("cn-hangzhou", log, signal).describeTask("t-1");
        loopback.handler = answer(200, { Success: true, Result: [] });
        await apiFor("cn-hangzhou", log, signal).describeTask("t-1");
        expect(lines).toEqual([
            expect.stringMatching(/^DescribeTask: ok in \d+ ms, attempt 1, RequestId r-1$/),
            expect.stringMatching(/^DescribeTask: ok in \d+ ms, attempt 1, RequestId unknown$/),
        ]);
    });
});

test("keys of clients that a run knows of are shown in no text of the service", async () => {
    await withService(async (loopback) => {
        const message = "the key client-secret is not valid";
        loopback.handler = answer(200, { Success: true, Result: [{ instanceId: "i-1", message }] });
        const { signal } = new AbortController();
        const told = async (secrets?: Iterable<string>) => {
            const { results } = await apiFor("cn-hangzhou", SILENT, signal, secrets).describeTask("t-1");
            return results[0]?.errorMessage;
        };
        expect(await told()).toBe(message);
        expect(await told(new Set(["client-secret"]))).toBe("the key [redacted] is not valid");
        // The connection is shared: what one resource knows serves all.
        expect(await told()).toBe("the key [redacted] is not valid");
    });
});
