import type { FleetSpec } from "../../provider/fleet/model";
import { failedCall } from "../../provider/hbr/errors";
import type { ClientQuery, CreateClientsRequest, HbrApi } from "../../provider/hbr/port";
import { Cancelled } from "../../provider/interrupted";
import { callFor } from "../../provider/run/createClients";
import { Refusals } from "../../provider/run/refusals";
import { Vault } from "../../provider/run/vault";
import { declared, entry, spec, withoutCluster } from "../fleet/builders";
import { VirtualClock } from "../support/virtualClock";
import { ScriptedRun } from "./scripted";

function error(code: string, statusCode = 400): Error {
    return failedCall({ operation: "CreateClients", code, text: "no", statusCode, requestId: "R-1" });
}

/** The vault of a program, against an API of which only this call is there. */
function vaultOf(api: Partial<HbrApi>, program: FleetSpec, recorded: Parameters<typeof entry>[] = []): Vault {
    const { goal } = new ScriptedRun({
        clients: () => [],
        declared: program,
        entries: recorded.map((each) => entry(...each)),
    }).run;
    const { signal } = new AbortController();
    return new Vault({ api: api as HbrApi, clock: new VirtualClock(), signal }, goal);
}

describe("the calls of a run", () => {
    test("install with the access key that the program names for an instance, and without one elsewhere", async () => {
        const credential = { accessKeyId: "LTAI-1", accessKeySecret: "secret" };
        const both = [declared("i-1"), declared("i-2")];
        const requests: CreateClientsRequest[] = [];
        const createClients: HbrApi["createClients"] = (request) => {
            requests.push(request);
            return Promise.resolve({ instanceStatuses: [] });
        };
        const vault = vaultOf({ createClients }, spec(both, { credentials: new Map([["i-2", credential]]) }));
        await vault.install(both, { isUnanswered: false });
        expect(requests.map(({ targets }) => targets)).toEqual([
            [declared("i-1"), { ...declared("i-2"), credential }],
        ]);
    });

    test.each<[string, FleetSpec, Parameters<typeof entry>[], string | undefined]>([
        ["the cluster that all instances are in", spec([declared("i-1")]), [["i-1"]], "cl-1"],
        ["the vault where they are in several", spec([declared("i-1", "cl-2")]), [["i-1"]], undefined],
        ["the vault where one names none", spec([declared("i-1"), withoutCluster("i-2")]), [], undefined],
    ])("list the clients of %s", async (_what, program, recorded, clusterId) => {
        const queries: ClientQuery[] = [];
        const describeClients: HbrApi["describeClients"] = (query) => {
            queries.push(query);
            return Promise.resolve({ clients: [], totalCount: 0 });
        };
        await vaultOf({ describeClients }, program, recorded).clients();
        expect(queries[0]?.clusterId).toBe(clusterId);
    });

    test("look up a cluster: an error is the reason against it, unless the account may not look", async () => {
        const looked = (refused: Error): ReturnType<Vault["lookUpCluster"]> =>
            vaultOf({ describeHanaInstances: () => Promise.reject(refused) }, spec([])).lookUpCluster("cl-2");
        expect(await looked(error("InvalidParameter"))).toMatchObject({
            failure: { code: "InvalidParameter" },
        });
        const { warning, ...rest } = await looked(error("Forbidden.RAM", 403));
        expect(warning).toMatch(/^cluster cl-2 could not be looked up \(Forbidden.RAM\)/);
        expect(rest).toEqual({});
        await expect(looked(new Cancelled())).rejects.toBeInstanceOf(Cancelled);
    });
});

describe("a call whose answer is lost", () => {
    test("may have got through, so that not everything is refused alike", async () => {
        const { run } = new ScriptedRun({
            clients: () => [],
            create: () => error("InternalError", 500),
            declared: spec([declared("i-1"), declared("i-2")]),
        });
        const [lost, refused] = ["i-1", "i-2"].map((id) => ({
            declared: declared(id),
            counts: "installed" as const,
        }));
        if (!lost || !refused) throw new Error("two orders");
        const refusals = new Refusals();
        const call = await callFor(run, [lost], refusals);
        expect(call).toMatchObject({ error: { code: "InternalError" } });
        const rejected = failedCall({
            operation: "CreateClients",
            code: "InvalidParameter",
            text: "no",
            statusCode: 400,
        });
        expect(refusals.note([refused], rejected)).toBe(false);
        expect(new Refusals().note([refused], rejected)).toBe(true);
    });
});
