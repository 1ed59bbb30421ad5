import { claim } from "../../provider/claims";
import type { HbrApi } from "../../provider/hbr/port";
import { reconcile, type Reconciliation, type Runtime } from "../../provider/reconcile";
import { PartialFailure } from "../../provider/report";
import { emptyState, specOf, stateOf } from "../../provider/state";
import { known, recorded } from "../hooks/recorded";
import { seededRandom, VirtualClock } from "../support/virtualClock";
import { installed } from "./installed";
import { instances, VAULT, VirtualStack } from "./virtualStack";
import { UnfinishedRuns } from "../../provider/unfinished";

const GONE = { action: "*", kind: "status", status: 404, code: "VaultNotExist", times: "always" } as const;

describe("a run that has ended", () => {
    test("well or not leaves no timer behind, which would keep the process alive", async () => {
        const stack = new VirtualStack();
        await stack.up({ instances: instances(2) });
        expect(stack.clock.sleeping).toBe(0);
        stack.simulator.addFault(GONE);
        expect((await stack.up({ instances: instances(2), triggers: [1] })).ok).toBe(false);
        expect(stack.clock.sleeping).toBe(0);
        stack.simulator.clearFaults();
        expect((await stack.destroy()).reasons).toEqual([]);
        expect(stack.clock.sleeping).toBe(0);
    });

    test("without a plan says what ended it, and counts nothing", async () => {
        const stack = await installed(2);
        stack.simulator.addFault({ ...GONE, status: 403, code: "NoPermission" });
        const end = await stack.destroy();
        expect(end.reasons[0]).toMatch(/^DescribeClients failed: NoPermission/);
        expect(end.infos).toEqual([]);
        expect(Object.keys(stack.state?.clients ?? {})).toHaveLength(2);
    });
});

test("a removal whose vault is gone has nothing left to do, and says what that may mean", async () => {
    const stack = await installed(2);
    stack.simulator.addFault(GONE);
    const end = await stack.destroy();
    expect(end).toMatchObject({ ok: true, reasons: [], infos: [] });
    expect(end.warnings).toEqual([
        expect.stringMatching(
            /^there is no vault v-1 \(region cn-hangzhou\): its clients count as removed.*\(i-001, i-002\)/,
        ),
    ]);
    expect(stack.state).toBeUndefined();
});

test("a client that another resource has claimed is left alone, and one that only its own has is uninstalled", async () => {
    const __urn = "urn:pulumi:dev::p::t::endings";
    const client = { region: "cn-hangzhou", vaultId: VAULT, clusterId: "cl-1" };
    const stack = await installed(3, { __urn });
    claim(
        __urn,
        instances(3).map((each) => ({ ...client, ...each })),
    );
    claim(`${__urn}-other`, [{ ...client, instanceId: "i-002" }]);
    try {
        const end = await stack.up({ instances: instances(1), __urn });
        expect(end.reasons).toEqual([]);
        expect(end.infos.at(-1)).toMatch(/^1 left alone, 1 uninstalled/);
        expect(stack.statuses()).toEqual({
            "i-001@cl-1": "ACTIVATED",
            "i-002@cl-1": "ACTIVATED",
            "i-003@cl-1": "NOT_INSTALLED",
        });
    } finally {
        claim(__urn, []);
        claim(`${__urn}-other`, []);
    }
});

test("an installation sends the settings of the program, and leaves the defaults to the service", async () => {
    const sent = async (more: object): Promise<readonly string[]> => {
        const stack = new VirtualStack();
        await stack.up({ instances: instances(1), ...more });
        const { log } = stack.simulator.requests();
        const call = log.find(({ action }) => action === "CreateClients");
        return Object.keys(call?.parameters ?? {}).sort();
    };
    const plain = ["ClientInfo", "VaultId"];
    expect(await sent({})).toEqual(plain);
    expect(await sent({ crossAccountType: "SELF_ACCOUNT" })).toEqual(plain);
    expect(await sent({ useHttps: true, alertSetting: "INHERITED" })).toEqual([
        "AlertSetting",
        "ClientInfo",
        "UseHttps",
        "VaultId",
    ]);
});

describe("reconcile", () => {
    /** How a run ends whose installations are refused, and the keys that it hides in its texts. */
    async function refused(reconciliation: Reconciliation): Promise<{ error: unknown; secrets: string[] }> {
        const ignore = (): void => undefined;
        const hidden = new Set<string>();
        const no = () => Promise.reject(new TypeError("no"));
        const runtime: Runtime = {
            clock: new VirtualClock(),
            random: seededRandom(1),
            stopSignal: new AbortController().signal,
            lastAnswer: { at: -Infinity },
            unfinished: new UnfinishedRuns(),
            throttledAt: () => -Infinity,
            log: () => ({ info: ignore, warning: ignore, status: ignore, debug: ignore }),
            api: (_region, _log, _signal, secrets) => {
                for (const secret of secrets) hidden.add(secret);
                const list = () => Promise.resolve({ clients: [], totalCount: 0 });
                return { createClients: no, describeClients: list } as unknown as HbrApi;
            },
        };
        const error: unknown = await reconcile(reconciliation, runtime).catch((reason: unknown) => reason);
        return { error, secrets: [...hidden].sort() };
    }

    const withKey = (key: string) => ({
        instances: [{ instanceId: "i-1", accessKeyId: `LTAI${key}`, accessKeySecret: `secret-${key}` }],
    });

    test("hides the keys of the state, and those of the program that replace them", async () => {
        const before = recorded(withKey("old"));
        const inputs = known(withKey("new"));
        const update = { inputs, recorded: stateOf(before), taskIds: [], hook: "update", id: "v-1" } as const;
        expect((await refused(update)).secrets).toEqual(["LTAInew", "LTAIold", "secret-new", "secret-old"]);
    });

    test("names what failed by the ID that the resource has, and a new resource by its vault", async () => {
        const inputs = known();
        const creation = {
            inputs,
            recorded: emptyState(specOf(inputs)),
            taskIds: [],
            hook: "create",
        } as const;
        const { error: created } = await refused(creation);
        expect(created).toBeInstanceOf(PartialFailure);
        expect(created).toMatchObject({ id: "v-1" });
        const { error: updated } = await refused({ ...creation, hook: "update", id: "v-1/cl-1" });
        expect(updated).toMatchObject({ id: "v-1/cl-1" });
    });
});
