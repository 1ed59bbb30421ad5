import { ClientIndex } from "../../provider/fleet/match";
import type { ClientEntry, ObservedClient } from "../../provider/fleet/model";
import type { TaskResult } from "../../provider/fleet/outcome";
import { canonicalInputs, type RawInputs } from "../../provider/check/inputs";
import type { VaultSnapshot } from "../../provider/read";
import {
    type CanonicalInputs,
    knownInputs,
    type KnownInputs,
    outputsOf,
    type RecordedOutputs,
} from "../../provider/state";

const ARGUMENTS = {
    vaultId: "v-1",
    instances: [
        { instanceId: "i-1", clusterId: "cl-1" },
        { instanceId: "i-2", clusterId: "cl-1" },
    ],
};

/** The checked arguments of a program; two instances in one cluster, unless it says otherwise. */
export function checked(program: RawInputs = {}): CanonicalInputs {
    return canonical({}, { ...ARGUMENTS, ...program });
}

/** The same of a program in which everything is known. */
export function known(program: RawInputs = {}): KnownInputs {
    return knownInputs(checked(program));
}

/** The canonical form of arguments that are right. */
export function canonical(olds: RawInputs, news: RawInputs, region = "cn-hangzhou"): CanonicalInputs {
    const { inputs, failures } = canonicalInputs(olds, news, region);
    expect(failures).toEqual([]);
    if (!inputs) throw new Error("arguments without a failure have a canonical form");
    return inputs;
}

/** What the state holds after such a program was applied; some clients may have come to something else. */
export function recorded(
    program: RawInputs = {},
    clients: Readonly<Record<string, Partial<ClientEntry>>> = {},
): RecordedOutputs {
    const inputs = known(program);
    const entries = Object.values(inputs.instances).map(({ instanceId, clusterId }): ClientEntry => {
        return {
            instanceId,
            ...(clusterId !== undefined && { clusterId }),
            status: "ACTIVATED",
            installed: true,
            clientId: `c-${instanceId}`,
            ...clients[instanceId],
        };
    });
    return outputsOf(inputs, new Map(entries.map((entry) => [entry.instanceId, entry])), ["t-1"]);
}

/** What a refresh reads: the clients, and the reports of the tasks that are over. */
export function snapshot(
    clients: readonly ObservedClient[],
    reports: Readonly<Record<string, readonly TaskResult[]>> = {},
): VaultSnapshot {
    const tasks = Object.entries(reports).map(
        ([taskId, results]) => [taskId, { state: "completed", results }] as const,
    );
    return { index: new ClientIndex(clients), tasks: new Map(tasks) };
}
