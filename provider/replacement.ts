import type { ResourceLog } from "./engine";
import { HbrError } from "./hbr/errors";
import type { HbrApi } from "./hbr/port";
import { isUnknown } from "./unknown";
import type { CanonicalInputs, RecordedOutputs } from "./state";

/** The arguments that `check` has seen last in this process, by URN. */
const checked = new Map<string, CanonicalInputs>();

/** Takes note of what the program declares now: a removal that makes way for it looks there first. */
export function noteChecked(inputs: CanonicalInputs): void {
    if (inputs.__urn !== undefined) checked.set(inputs.__urn, inputs);
}

/** The arguments that are to follow a resource; nothing where no program declares it in this run. */
export function successorOf(urn: string): CanonicalInputs | undefined {
    return checked.get(urn);
}

/** Error codes of CheckRole that say that the new identity cannot be used. */
const ROLE_REFUSALS = ["RoleNotExist", "AssumeRoleFail"];

/**
 * Looks at what is to replace a fleet before anything of that is removed: one wrong letter in `vaultId` would else cost
 * every client, and then fail. Only what differs is looked at, and what is not known yet is passed over.
 *
 * @throws Error that says what does not answer, and that nothing was touched
 */
export async function lookBeforeReplacement(
    old: RecordedOutputs,
    successor: CanonicalInputs,
    api: (region: string) => HbrApi,
    log: ResourceLog,
    signal: AbortSignal,
): Promise<void> {
    if (old.removal === "Retain") return;
    const { vaultId, region } = successor;
    const isElsewhere = vaultId !== old.vaultId || region !== old.region;
    if (isElsewhere && !isUnknown(vaultId) && !isUnknown(region)) {
        try {
            await api(region).describeClients({ vaultId, pageNumber: 1, pageSize: 1 }, signal);
        } catch (error) {
            throw refusal(`cannot read vault ${vaultId} in region ${region}`, error);
        }
    }
    await checkRole(old, successor, api, log, signal);
}

async function checkRole(
    old: RecordedOutputs,
    successor: CanonicalInputs,
    api: (region: string) => HbrApi,
    log: ResourceLog,
    signal: AbortSignal,
): Promise<void> {
    const { region, crossAccountType, crossAccountUserId, crossAccountRoleName } = successor;
    const isSame =
        crossAccountType === old.crossAccountType &&
        crossAccountUserId === old.crossAccountUserId &&
        crossAccountRoleName === old.crossAccountRoleName;
    if (isSame || crossAccountUserId === undefined || crossAccountRoleName === undefined) return;
    if (isUnknown(region) || isUnknown(crossAccountType)) return;
    if (isUnknown(crossAccountUserId) || isUnknown(crossAccountRoleName)) return;
    try {
        await api(region).checkRole({ crossAccountUserId, crossAccountRoleName }, signal);
    } catch (error) {
        const what = `role ${crossAccountRoleName} of account ${crossAccountUserId}`;
        if (!(error instanceof HbrError)) throw error;
        if (ROLE_REFUSALS.includes(error.code)) throw refusal(`cannot use ${what}`, error);
        log.warning(`${what} could not be checked before the replacement: ${error.message}`);
    }
}

function refusal(what: string, error: unknown): unknown {
    if (!(error instanceof HbrError)) return error;
    return new Error(`${what}, so nothing of the old fleet was touched: ${error.message}`, {
        cause: error,
    });
}
