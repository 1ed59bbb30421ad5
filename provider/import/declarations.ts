import type { BackupClientsArgs } from "../publicTypes";
import type { Fleet } from "./fleets";
import type { Options } from "./options";
import type { Declaration } from "./resources";

/** The resources that declare these fleets: one for each, named by what tells them apart. */
export function declarationsOf(fleets: readonly Fleet[], options: Options): readonly Declaration[] {
    const isManyVaults = new Set(fleets.map(({ vaultId }) => vaultId)).size > 1;
    const isManyClusters = new Set(fleets.map(({ clusterId }) => clusterId)).size > 1;
    return fleets.map((fleet) => {
        const { vaultId, clusterId = "without-cluster" } = fleet;
        const parts = [
            options.name,
            ...(isManyVaults ? [vaultId] : []),
            ...(isManyClusters ? [clusterId] : []),
        ];
        return { name: parts.join("-"), args: argsOf(fleet, options), fleet };
    });
}

function argsOf({ vaultId, members, shown }: Fleet, { sourceTypes, settings }: Options): Declaration["args"] {
    const instances = members.map(({ client, ...member }) => {
        const { instanceId, clusterId } = client;
        const types = sourceTypes ?? member.sourceTypes;
        return {
            instanceId,
            ...(clusterId !== undefined && { clusterId }),
            ...(types && { sourceTypes: [...types] }),
        };
    });
    // Whether the values are right ones, the check of the resource says.
    return {
        vaultId,
        instances,
        ...(shown as Partial<BackupClientsArgs>),
        ...(settings as Partial<BackupClientsArgs>),
    };
}
