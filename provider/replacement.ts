import type { ResourceLog } from "./engine";
import { durationOf } from "./forms";
import { HbrError } from "./hbr/errors";
import type { HbrApi } from "./hbr/port";
import { Deadline } from "./interrupted";
import { ProviderError } from "./providerError";
import { READ_PATIENCE_MS, reading } from "./reading";
import { PROCESS_RUNTIME, type ReadingRuntime } from "./reconcile";
import { type CanonicalInputs, type RecordedOutputs, secretsIn, specOf } from "./state";
import { isUnknown } from "./unknown";

/**
 * Verifies that the vault and the cross-account role of a replacement answer before anything is removed: one wrong letter in
 * `vaultId` would otherwise cost every client and then fail. Only what differs is verified, and only if it is known already.
 *
 * @throws ProviderError that says what does not answer, and that nothing was touched
 */
export async function verifyReplacement(
    old: RecordedOutputs,
    replacement: CanonicalInputs,
    runtime: ReadingRuntime = PROCESS_RUNTIME,
): Promise<void> {
    if (old.removal === "Retain") return;
    const log = runtime.log(old.__urn);
    const deadline = new Deadline(runtime.clock, durationOf(old.__timeouts?.delete));
    const settings = {
        log,
        patienceMs: READ_PATIENCE_MS,
        secrets: secretsIn(specOf(old)),
        signal: deadline.signal,
    };
    try {
        await reading(
            settings,
            async (apiOf, signal) => {
                await verifyVault(old, replacement, apiOf, signal);
                await verifyRole(old, replacement, apiOf, signal, log);
            },
            runtime,
        );
    } finally {
        deadline.stop();
    }
}

async function verifyVault(
    old: RecordedOutputs,
    { vaultId, region }: CanonicalInputs,
    apiOf: (region: string) => HbrApi,
    signal: AbortSignal,
): Promise<void> {
    if (vaultId === old.vaultId && region === old.region) return;
    if (isUnknown(vaultId) || isUnknown(region)) return;
    try {
        await apiOf(region).describeClients({ vaultId, pageNumber: 1, pageSize: 1 }, signal);
    } catch (error) {
        throw refusal(`cannot read vault ${vaultId} in region ${region}`, error);
    }
}

/** The error codes of CheckRole for a role that cannot be used. */
const ROLE_REFUSALS = ["RoleNotExist", "AssumeRoleFail"];

async function verifyRole(
    old: RecordedOutputs,
    replacement: CanonicalInputs,
    apiOf: (region: string) => HbrApi,
    signal: AbortSignal,
    log: ResourceLog,
): Promise<void> {
    const { region, crossAccountType, crossAccountUserId, crossAccountRoleName } = replacement;
    // The three go together: without a user there is no role, and the type says no more.
    const isSame =
        crossAccountUserId === old.crossAccountUserId && crossAccountRoleName === old.crossAccountRoleName;
    if (isSame || crossAccountUserId === undefined || crossAccountRoleName === undefined) return;
    if (isUnknown(region) || isUnknown(crossAccountType)) return;
    if (isUnknown(crossAccountUserId) || isUnknown(crossAccountRoleName)) return;
    const role = `role ${crossAccountRoleName} of account ${crossAccountUserId}`;
    try {
        await apiOf(region).checkRole({ crossAccountUserId, crossAccountRoleName }, signal);
    } catch (error) {
        if (!(error instanceof HbrError)) throw error;
        if (ROLE_REFUSALS.includes(error.code)) throw refusal(`cannot use ${role}`, error);
        log.warning(`${role} could not be checked before the replacement: ${error.message}`);
    }
}

/** Wraps an error of the service; any other (the reason of a stop) stays as it is. */
function refusal(what: string, error: unknown): unknown {
    if (!(error instanceof HbrError)) return error;
    return new ProviderError(`${what}, so nothing of the old fleet was touched: ${error.message}`, error);
}
