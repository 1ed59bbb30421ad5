import { UNKNOWN_VALUE } from "../../provider/unknown";
import type { ResourceLog } from "../../provider/engine";
import { type ErrorClass, HbrError } from "../../provider/hbr/errors";
import type { HbrApi } from "../../provider/hbr/port";
import type { ReadingRuntime } from "../../provider/reconcile";
import { verifyReplacement } from "../../provider/replacement";
import { systemClock } from "../../provider/session";
import type { CanonicalInputs, RecordedOutputs } from "../../provider/state";
import { checked, recorded } from "./recorded";

const CROSS = { crossAccountType: "CROSS_ACCOUNT", crossAccountUserId: "1", crossAccountRoleName: "r" };

function hbrError(code: string, errorClass: ErrorClass = "notFound"): HbrError {
    return new HbrError(`it failed: ${code}`, { operation: "X", errorClass, code });
}

/** The calls and warnings of the verification of a replacement. */
async function verify(
    before: Parameters<typeof recorded>[0],
    after: Parameters<typeof checked>[0],
    failing: { readonly vault?: Error; readonly role?: Error } = {},
): Promise<{ asked: unknown[]; warnings: string[]; error?: unknown }> {
    const stop = new AbortController();
    const calls: { readonly signal: AbortSignal; readonly query: object }[] = [];
    const warnings: string[] = [];
    const runtime: ReadingRuntime = {
        clock: systemClock,
        random: Math.random,
        stopSignal: stop.signal,
        lastAnswer: { at: -Infinity },
        log: () => ({ warning: (text: string) => warnings.push(text) }) as unknown as ResourceLog,
        api: (region) =>
            ({
                describeClients: (query: object, signal: AbortSignal) => {
                    calls.push({ signal, query: { region, ...query } });
                    return failing.vault ? Promise.reject(failing.vault) : Promise.resolve({ clients: [] });
                },
                checkRole: (role: object, signal: AbortSignal) => {
                    calls.push({ signal, query: { region, ...role } });
                    return failing.role ? Promise.reject(failing.role) : Promise.resolve({});
                },
            }) as unknown as HbrApi,
    };
    const error: unknown = await verifyReplacement(recorded(before), checked(after), runtime).catch(
        (reason: unknown) => reason,
    );
    stop.abort();
    const asked = calls.map(({ signal, query }) => ({ ...query, stops: signal.aborted }));
    return { asked, warnings, ...(error !== undefined && { error }) };
}

const VAULT = { vaultId: "v-2", pageNumber: 1, pageSize: 1, stops: true };
const ROLE = { crossAccountUserId: "1", crossAccountRoleName: "r", region: "cn-hangzhou", stops: true };

describe("before a replacement, only what differs is verified", () => {
    test.each<[string, Parameters<typeof verify>[0], Parameters<typeof verify>[1], unknown[]]>([
        ["nothing", {}, {}, []],
        ["instances and settings", {}, { instances: [{ instanceId: "i-9" }], useHttps: true }, []],
        ["another vault", {}, { vaultId: "v-2" }, [{ ...VAULT, region: "cn-hangzhou" }]],
        [
            "another region",
            {},
            { region: "cn-beijing" },
            [{ ...VAULT, vaultId: "v-1", region: "cn-beijing" }],
        ],
        ["both", {}, { vaultId: "v-2", region: "cn-beijing" }, [{ ...VAULT, region: "cn-beijing" }]],
        ["another account", {}, CROSS, [ROLE]],
        ["the same account", CROSS, CROSS, []],
        [
            "another user of it",
            CROSS,
            { ...CROSS, crossAccountUserId: "2" },
            [{ ...ROLE, crossAccountUserId: "2" }],
        ],
        [
            "another role",
            CROSS,
            { ...CROSS, crossAccountRoleName: "s" },
            [{ ...ROLE, crossAccountRoleName: "s" }],
        ],
        ["no other account any more", CROSS, {}, []],
        [
            "a vault and an account",
            {},
            { ...CROSS, vaultId: "v-2" },
            [{ ...VAULT, region: "cn-hangzhou" }, ROLE],
        ],
    ])("%s", async (_, before, after, asked) => {
        expect(await verify(before, after)).toEqual({ asked, warnings: [] });
    });

    test.each<[string, Parameters<typeof verify>[1], unknown[]]>([
        ["vault", { vaultId: UNKNOWN_VALUE }, []],
        ["region", { vaultId: "v-2", region: UNKNOWN_VALUE }, []],
        ["region, with another account", { ...CROSS, region: UNKNOWN_VALUE }, []],
        ["account", { ...CROSS, crossAccountUserId: UNKNOWN_VALUE }, []],
        ["role", { ...CROSS, crossAccountRoleName: UNKNOWN_VALUE }, []],
        ["kind of account", { ...CROSS, crossAccountType: UNKNOWN_VALUE }, []],
        [
            "role, beside a vault that is known",
            { ...CROSS, vaultId: "v-2", crossAccountRoleName: UNKNOWN_VALUE },
            [{ ...VAULT, region: "cn-hangzhou" }],
        ],
        ["vault, beside a role that is known", { ...CROSS, vaultId: UNKNOWN_VALUE }, [ROLE]],
    ])("and what is not known yet is passed over: %s", async (_, after, asked) => {
        const failing = asked.length > 0 ? {} : { vault: hbrError("X"), role: hbrError("X") };
        expect(await verify({}, after, failing)).toEqual({ asked, warnings: [] });
    });

    test("and nothing where the old clients stay anyway", async () => {
        const failing = { vault: hbrError("VaultNotExist"), role: hbrError("RoleNotExist") };
        const after = { ...CROSS, vaultId: "v-2" };
        expect(await verify({ removal: "Retain" }, after, failing)).toEqual({ asked: [], warnings: [] });
        // What the new program says of removals is of no concern to the old clients.
        const { asked } = await verify({}, { ...after, removal: "Retain" });
        expect(asked).toHaveLength(2);
    });
});

describe("a replacement is refused", () => {
    test.each(["VaultNotExist", "NoPermission", "Timeout", "Throttling"])(
        "where the new vault does not answer (%s), and nothing was touched",
        async (code) => {
            const cause = hbrError(code);
            const { error, asked } = await verify({}, { ...CROSS, vaultId: "v-2" }, { vault: cause });
            expect(error).toBeInstanceOf(Error);
            expect(error).toMatchObject({
                message:
                    "cannot read vault v-2 in region cn-hangzhou, " +
                    `so nothing of the old fleet was touched: it failed: ${code}`,
                cause,
            });
            expect(asked).toHaveLength(1);
        },
    );

    test.each(["RoleNotExist", "AssumeRoleFail"])(
        "where the new role cannot be used (%s), and nothing was touched",
        async (code) => {
            const cause = hbrError(code, "account");
            const { error, warnings } = await verify({}, CROSS, { role: cause });
            expect(error).toMatchObject({
                message:
                    "cannot use role r of account 1, " +
                    `so nothing of the old fleet was touched: it failed: ${code}`,
                cause,
            });
            expect(warnings).toEqual([]);
        },
    );

    test("with the reason of a stop as it is", async () => {
        const reason = new Error("cancelled");
        expect((await verify({}, { vaultId: "v-2" }, { vault: reason })).error).toBe(reason);
        expect((await verify({}, CROSS, { role: reason })).error).toBe(reason);
    });
});

test.each(["NoPermission", "Timeout", "InvalidApi.NotFound", "VaultNotExist"])(
    "a role that could not be checked (%s) is warned of, and keeps nobody from the replacement",
    async (code) => {
        expect(await verify({}, CROSS, { role: hbrError(code) })).toEqual({
            asked: [ROLE],
            warnings: [`role r of account 1 could not be checked before the replacement: it failed: ${code}`],
        });
    },
);

test("the replacement of a resource is what was checked last for its URN", async () => {
    const verifyReplacement = jest.fn<Promise<void>, [RecordedOutputs, CanonicalInputs]>();
    jest.doMock("../../provider/replacement", () => ({ verifyReplacement }));
    jest.doMock("../../provider/reconcile", () => ({ reconcile: () => Promise.resolve() }));
    jest.spyOn(console, "log").mockImplementation(() => undefined);
    const hooks = jest.requireActual<typeof import("../../provider/hooks")>("../../provider/hooks");
    const check = async (__urn: string | undefined, vaultId: string): Promise<void> => {
        const instances = [{ instanceId: "i-1" }];
        const { failures } = await hooks.check({}, { __urn, vaultId, instances, region: "cn-hangzhou" });
        expect(failures).toEqual([]);
    };
    const replacementOf = async (__urn: string | undefined): Promise<unknown> => {
        verifyReplacement.mockClear();
        await hooks.delete("v-1", { ...recorded(), ...(__urn !== undefined && { __urn }) });
        return verifyReplacement.mock.calls.map(([, { vaultId }]) => vaultId);
    };
    expect(await replacementOf("urn:a")).toEqual([]);
    await check("urn:a", "v-2");
    await check("urn:b", "v-3");
    await check("urn:a", "v-4");
    await check(undefined, "v-5");
    expect(await replacementOf("urn:a")).toEqual(["v-4"]);
    expect(await replacementOf("urn:b")).toEqual(["v-3"]);
    expect(await replacementOf(undefined)).toEqual([]);
});
