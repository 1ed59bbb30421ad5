import { UNKNOWN_VALUE } from "../../provider/unknown";
import type { ResourceLog } from "../../provider/engine";
import { type ErrorClass, HbrError } from "../../provider/hbr/errors";
import type { HbrApi } from "../../provider/hbr/port";
import { lookBeforeReplacement, noteChecked, successorOf } from "../../provider/replacement";
import { checked, recorded } from "./recorded";

const NEVER = new AbortController().signal;
const CROSS = { crossAccountType: "CROSS_ACCOUNT", crossAccountUserId: "1", crossAccountRoleName: "r" };

function hbrError(code: string, errorClass: ErrorClass = "notFound"): HbrError {
    return new HbrError(`it failed: ${code}`, { operation: "X", errorClass, code });
}

/** What was asked and said while a fleet was to be replaced. */
async function look(
    before: Parameters<typeof recorded>[0],
    after: Parameters<typeof checked>[0],
    failing: { readonly vault?: Error; readonly role?: Error } = {},
): Promise<{ asked: unknown[]; warnings: string[]; error?: unknown }> {
    const asked: unknown[] = [];
    const warnings: string[] = [];
    const api = (region: string): HbrApi =>
        ({
            describeClients: (query: object, signal: AbortSignal) => {
                asked.push({ region, ...query, stops: signal === NEVER });
                return failing.vault ? Promise.reject(failing.vault) : Promise.resolve({ clients: [] });
            },
            checkRole: (role: object, signal: AbortSignal) => {
                asked.push({ region, ...role, stops: signal === NEVER });
                return failing.role ? Promise.reject(failing.role) : Promise.resolve({});
            },
        }) as unknown as HbrApi;
    const log = { warning: (text: string) => warnings.push(text) } as unknown as ResourceLog;
    try {
        await lookBeforeReplacement(recorded(before), checked(after), api, log, NEVER);
        return { asked, warnings };
    } catch (error) {
        return { asked, warnings, error };
    }
}

const VAULT = { vaultId: "v-2", pageNumber: 1, pageSize: 1, stops: true };
const ROLE = { crossAccountUserId: "1", crossAccountRoleName: "r", region: "cn-hangzhou", stops: true };

describe("before a replacement, only what differs is looked at", () => {
    test.each<[string, Parameters<typeof look>[0], Parameters<typeof look>[1], unknown[]]>([
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
        expect(await look(before, after)).toEqual({ asked, warnings: [] });
    });

    test.each<[string, Parameters<typeof look>[1], unknown[]]>([
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
        expect(await look({}, after, failing)).toEqual({ asked, warnings: [] });
    });

    test("and nothing where the old clients stay anyway", async () => {
        const failing = { vault: hbrError("VaultNotExist"), role: hbrError("RoleNotExist") };
        const after = { ...CROSS, vaultId: "v-2" };
        expect(await look({ removal: "Retain" }, after, failing)).toEqual({ asked: [], warnings: [] });
        // What the new program says of removals is of no concern to the old clients.
        const { asked } = await look({}, { ...after, removal: "Retain" });
        expect(asked).toHaveLength(2);
    });
});

describe("a replacement is refused", () => {
    test.each(["VaultNotExist", "NoPermission", "Timeout", "Throttling"])(
        "where the new vault does not answer (%s), and nothing was touched",
        async (code) => {
            const cause = hbrError(code);
            const { error, asked } = await look({}, { ...CROSS, vaultId: "v-2" }, { vault: cause });
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
            const { error, warnings } = await look({}, CROSS, { role: cause });
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
        expect((await look({}, { vaultId: "v-2" }, { vault: reason })).error).toBe(reason);
        expect((await look({}, CROSS, { role: reason })).error).toBe(reason);
    });
});

test.each(["NoPermission", "Timeout", "InvalidApi.NotFound", "VaultNotExist"])(
    "a role that could not be checked (%s) is warned of, and keeps nobody from the replacement",
    async (code) => {
        expect(await look({}, CROSS, { role: hbrError(code) })).toEqual({
            asked: [ROLE],
            warnings: [`role r of account 1 could not be checked before the replacement: it failed: ${code}`],
        });
    },
);

test("what follows a resource is what was checked last for its URN", () => {
    const first = checked({ __urn: "urn:a" });
    const last = checked({ __urn: "urn:a", vaultId: "v-2" });
    const other = checked({ __urn: "urn:b" });
    expect(successorOf("urn:a")).toBeUndefined();
    for (const inputs of [first, other, last, checked({ vaultId: "v-9" })]) noteChecked(inputs);
    expect(successorOf("urn:a")).toBe(last);
    expect(successorOf("urn:b")).toBe(other);
    expect(successorOf("")).toBeUndefined();
});
