import * as pulumi from "@pulumi/pulumi";
import type { ClientResult, ClientStatus } from "pulumi-alicloud-hbr";

const BACKUP_CLIENTS = "pulumi-nodejs:dynamic/alicloud-hbr:BackupClients";

/** An element of the argument `instances`, its Inputs resolved. */
interface Instance {
    instanceId: string;
    clusterId?: string;
}

/** What the program has declared: the arguments of each resource, by its name. */
export const declared = new Map<string, Record<string, unknown>>();

/** Mocks in which every client is active, except for failed ones, whose status is given by instance ID. */
export function mocksWith(statuses: Record<string, ClientStatus> = {}): pulumi.runtime.Mocks {
    return {
        newResource({ type, name, inputs }: { type: string; name: string; inputs: Record<string, unknown> }) {
            const args = unwrapped(inputs);
            declared.set(name, args);
            if (type !== BACKUP_CLIENTS) return { id: `${name}-id`, state: inputs };
            const clients = (args["instances"] as Instance[]).map((instance) => clientOf(instance, statuses));
            const failed = clients.filter(({ status }) => status !== "ACTIVATED");
            return {
                id: args["vaultId"] as string,
                state: {
                    ...inputs,
                    clients: Object.fromEntries(clients.map((client) => [client.instanceId, client])),
                    failedInstanceIds: failed.map(({ instanceId }) => instanceId),
                    taskIds: [],
                },
            };
        },
        call: () => ({}),
    };
}

/** The arguments as plain values: Pulumi hands each secret to the mocks in a wrapper. */
function unwrapped(inputs: Record<string, unknown>): Record<string, unknown> {
    const plain = Object.entries(inputs).map(([name, value]) => [
        name,
        pulumi.runtime.isRpcSecret(value) ? (pulumi.runtime.unwrapRpcSecret(value) as unknown) : value,
    ]);
    return Object.fromEntries(plain) as Record<string, unknown>;
}

function clientOf({ instanceId, clusterId }: Instance, statuses: Record<string, ClientStatus>): ClientResult {
    const status = statuses[instanceId] ?? "ACTIVATED";
    return {
        instanceId,
        ...(clusterId !== undefined && { clusterId }),
        status,
        installed: status === "ACTIVATED",
        ...(status === "ACTIVATED" && { clientId: `c-${instanceId}` }),
    };
}

/** The value of an Output. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
    return new Promise((resolve) => {
        output.apply(resolve);
    });
}
