import { useConfig } from "../../provider/config/settings";
import { HbrError } from "../../provider/hbr/errors";
import type { HbrApi } from "../../provider/hbr/port";
import { redact, stackOf } from "../../provider/hbr/secrets";
import { Cancelled } from "../../provider/interrupted";
import { diff } from "../../provider/hooks";
import { lookUp } from "../../provider/read";
import { ProviderError } from "../../provider/providerError";
import { reconcile, type Runtime } from "../../provider/reconcile";
import { PartialFailure } from "../../provider/report";
import { emptyState, specOf } from "../../provider/state";
import { explained, keysIn } from "../../provider/unexpected";
import { UnfinishedRuns } from "../../provider/unfinished";
import { VirtualClock } from "../support/virtualClock";
import { checked, known, recorded } from "./recorded";

/** What an error becomes, and what the debug log has of it. */
function explain(error: unknown, secrets: readonly string[] = []): { shown: unknown; debug: string[] } {
    const debug: string[] = [];
    return { shown: explained(error, { debug: (text) => debug.push(text) }, secrets), debug };
}

const REPORT =
    "this is a fault in pulumi-alicloud-hbr; please report it, with the stack that the same command shows with --debug";

describe("an error that nobody has expected", () => {
    afterEach(() => {
        useConfig(() => undefined);
    });

    test("is one sentence for the user, and keeps its stack and its causes in the debug log", () => {
        const error = new TypeError("clients is not iterable", { cause: new RangeError("too far") });
        const { shown, debug } = explain(error);
        expect(shown).toBeInstanceOf(ProviderError);
        expect((shown as Error).message).toBe(`TypeError: clients is not iterable: ${REPORT}`);
        expect(debug).toHaveLength(1);
        const lines = debug[0]?.split("\n") ?? [];
        expect(lines[0]).toBe("TypeError: clients is not iterable");
        expect(lines[1]).toMatch(/^ {4}at .*unexpected\.test\.ts:\d+:\d+/);
        expect(lines).toContain("caused by RangeError: too far");
    });

    test("shows no secret, in neither of the two", () => {
        const config: Record<string, string> = {
            "alicloud:accessKey": "LTAIown",
            "alicloud:secretKey": "own-secret",
            "alicloud:securityToken": "own-token",
        };
        useConfig((key) => config[key]);
        const props = {
            instances: [{ instanceId: "i-1", accessKeyId: "LTAIraw", accessKeySecret: "raw\nsecret" }],
            credentials: { "i-2": { accessKeyId: "LTAIclient", accessKeySecret: "client-secret" } },
        };
        const secrets = [...keysIn(props), ...Object.values(config)];
        expect(secrets).toHaveLength(7);
        // As V8 does it: "Cannot use 'in' operator to search for 'x' in …".
        const error = new TypeError(`no 'x' in ${secrets.join(" or ")}\n    at raw\nsecret`, {
            cause: new Error(`Signature=${encodeURIComponent("own-secret")}`),
        });
        const { shown, debug } = explain(error, keysIn(props));
        for (const text of [(shown as Error).message, ...debug])
            for (const secret of [...secrets, "raw", "own%2Dsecret"]) expect(text).not.toContain(secret);
        expect((shown as Error).message).toMatch(/^TypeError: no 'x' in \[redacted\] or/);
        expect(debug[0]).toMatch(/\n {4}at /);
    });

    test("may be anything", () => {
        expect(explain("boom")).toMatchObject({ shown: { message: `boom: ${REPORT}` }, debug: ["boom"] });
        expect(explain(undefined).debug).toEqual(["undefined"]);
    });

    test("in a hook is the one text that the engine gets", async () => {
        const broken = { ...recorded(), clients: null } as never;
        const error = await diff("v-1", broken, checked()).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(ProviderError);
        expect((error as Error).message).toMatch(/^TypeError: .*: this is a fault in pulumi-alicloud-hbr; /);
        expect((error as Error).stack).not.toContain("TypeError");
    });

    test("in a run keeps every result in the state, like any other end", async () => {
        const clock = new VirtualClock();
        const debug: string[] = [];
        const ignore = (): void => undefined;
        const runtime = (createClients: HbrApi["createClients"], pages: () => unknown): Runtime => ({
            clock,
            random: () => 0.5,
            stopSignal: new AbortController().signal,
            lastAnswer: { at: -Infinity },
            unfinished: new UnfinishedRuns(),
            throttledAt: () => -Infinity,
            log: () => ({ info: ignore, warning: ignore, status: ignore, debug: (text) => debug.push(text) }),
            api: () =>
                ({ createClients, describeClients: () => Promise.resolve(pages()) }) as unknown as HbrApi,
        });
        const failing = () => Promise.reject(new TypeError("boom client-secret"));
        const inputs = known({
            instances: [{ instanceId: "i-1", accessKeyId: "LTAIclient", accessKeySecret: "client-secret" }],
        });
        const creation = {
            inputs,
            recorded: emptyState(specOf(inputs)),
            taskIds: [],
            hook: "create",
        } as const;
        const sentence = `TypeError: boom [redacted]: ${REPORT}`;

        const before = reconcile(
            creation,
            runtime(failing, () => {
                throw new TypeError("boom client-secret");
            }),
        );
        await expect(before).rejects.toMatchObject({ name: "ProviderError", message: sentence });

        const empty = { clients: [], totalCount: 0 };
        const after: unknown = await reconcile(
            creation,
            runtime(failing, () => empty),
        ).catch((reason: unknown) => reason);
        expect(after).toBeInstanceOf(PartialFailure);
        expect((after as PartialFailure).reasons[0]).toBe(sentence);
        expect((after as PartialFailure).properties.clients["i-1"]).toMatchObject({
            pendingAction: "install",
        });
        expect(debug).toEqual(Array(2).fill(expect.stringMatching(/^TypeError: boom \[redacted\]\n {4}at /)));
    });

    test("in a look-up of the program shows its stack as the cause", async () => {
        const failing = lookUp({ vaultId: "v-1", region: "cn-hangzhou" }, () => {
            throw new TypeError("no configuration");
        });
        const error = (await failing.catch((reason: unknown) => reason)) as Error;
        expect(error.message).toBe(`TypeError: no configuration: ${REPORT}`);
        expect(error.cause).toMatch(/^TypeError: no configuration\n {4}at /);
    });
});

test("an error whose text is for the user stays as it is, and is not in the debug log", () => {
    const details = { operation: "X", errorClass: "rejected", code: "Y" } as const;
    for (const error of [new ProviderError("no"), new HbrError("no", details), new Cancelled()])
        expect(explain(error)).toEqual({ shown: error, debug: [] });
});

test("a stack without lines of its own, and a message that looks like some", () => {
    const plain = (text: string): string => redact(text);
    expect(stackOf(Object.assign(new Error("x"), { stack: undefined }), plain)).toBe("Error: x");
    const error = new Error("first\n    at second");
    expect(stackOf(error, plain).split("\n").slice(0, 2)).toEqual([
        "Error: first     at second",
        expect.stringMatching(/^ {4}at .*unexpected\.test/),
    ]);
});
