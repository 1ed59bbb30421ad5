import { credentialFor } from "../../provider/config/credentials";
import { resolveSettings } from "../../provider/config/settings";
import { HbrClient } from "../../provider/hbr/client";
import { type ClientScope, listClients } from "../../provider/hbr/listClients";
import type { HbrApi } from "../../provider/hbr/port";
import { RateLimiter } from "../../provider/hbr/rateLimiter";
import { resilient } from "../../provider/hbr/retry";
import { systemClock } from "../../provider/session";
import { Simulator } from "../../simulator";
import { implementations } from "./implementations";

/*
 * What only a connection can do, with the real clients, the limiter and the retries.
 */

const SCOPE: ClientScope = { vaultId: "v-simulator" };
const INSTALL = { ...SCOPE, targets: [{ instanceId: "i-1", clusterId: "cl-1", sourceTypes: ["HANA"] }] };

describe.each(implementations)("%s", (_name, transportOf) => {
    let simulator: Simulator;
    let plain: HbrApi;
    let api: HbrApi;

    beforeEach(async () => {
        const clients = Array.from({ length: 60 }, (_, index) => ({ ...SCOPE, instanceId: `i-${index}` }));
        simulator = new Simulator({ world: { vaults: [SCOPE.vaultId], clients } });
        const { endpoint, accessKeyId, accessKeySecret } = await simulator.listen();
        const config: Record<string, string> = {
            "alicloud:accessKey": accessKeyId,
            "alicloud:secretKey": accessKeySecret,
        };
        const credential = credentialFor(resolveSettings((key) => config[key], {})).client;
        plain = new HbrClient(transportOf({ endpoint, protocol: "HTTP", credential }));
        const limiter = new RateLimiter(systemClock, Math.random);
        api = resilient(plain, { limiter, clock: systemClock, random: () => 0 });
    });

    afterEach(() => simulator.close());

    test.each(["gzip", "chunked"] as const)("an answer that is sent as %s is read", async (kind) => {
        simulator.addFault({ action: "*", kind, times: "always" });
        expect(await listClients(api, SCOPE)).toHaveLength(60);
        expect((await api.createClients(INSTALL)).taskId).toMatch(/^t-/);
    });

    test("a connection that is closed as the next request goes out: a read is made again, a write is not", async () => {
        simulator.addFault({ action: "DescribeClients", kind: "close-next", times: 2 });
        expect(await listClients(api, SCOPE)).toHaveLength(60);
        expect(await listClients(api, SCOPE)).toHaveLength(60);
        expect(simulator.faults()).toEqual([]);
        await expect(api.createClients(INSTALL)).rejects.toMatchObject({
            code: "ConnectionFailed",
            errorClass: "unavailable",
        });
        expect(simulator.requests().byAction).toEqual({ DescribeClients: 2 });
        expect((await api.createClients(INSTALL)).taskId).toMatch(/^t-/);
    });

    test.each([502, 503])("a page of HTML with status %i is no answer: it is asked again", async (status) => {
        simulator.addFault({ action: "DescribeClients", kind: "not-json", status, effect: "before" });
        await expect(plain.describeClients({ ...SCOPE, pageNumber: 1, pageSize: 99 })).rejects.toMatchObject({
            code: "ServiceUnavailable",
            errorClass: "unavailable",
        });
        simulator.addFault({ action: "DescribeClients", kind: "not-json", status, effect: "before" });
        expect(await listClients(api, SCOPE)).toHaveLength(60);
        expect(simulator.faults()).toEqual([]);
    });

    test("the clock of the service is 20 minutes ahead: one error that says so; 14 minutes do no harm", async () => {
        simulator.setSwitches({ clockSkew: "14m" });
        expect(await listClients(api, SCOPE)).toHaveLength(60);
        for (const clockSkew of ["20m", "-20m"]) {
            simulator.setSwitches({ clockSkew });
            await expect(listClients(api, SCOPE)).rejects.toMatchObject({
                code: "InvalidTimeStamp.Expired",
                errorClass: "account",
            });
        }
        expect(simulator.requests().total).toBe(3);
    });
});
