import {
    assertRegion,
    type ConfigReader,
    currentSettings,
    requireRegion,
    useConfig,
} from "./config/settings";
import { listClients } from "./hbr/listClients";
import { resourceLog } from "./engine";
import { readOnlyOutputs } from "./refresh";
import { describeError } from "./report";
import { apiFor } from "./session";
import type { RecordedOutputs } from "./state";

/** What to look up. */
export interface LookUp {
    readonly vaultId: string;
    readonly clusterId?: string;
    readonly region?: string;
}

/** Lists clients for a program, outside of any resource. */
export async function lookUp(
    args: LookUp,
    config: ConfigReader,
): Promise<{ readonly clients: RecordedOutputs["clients"] }> {
    try {
        useConfig(config);
        if (args.region !== undefined) assertRegion(args.region, "region");
        const region = args.region ?? requireRegion(currentSettings());
        const { vaultId, clusterId } = args;
        const never = new AbortController().signal;
        const api = apiFor(region, resourceLog(undefined), never);
        const clients = await listClients(api, { vaultId, ...(clusterId !== undefined && { clusterId }) });
        return { clients: readOnlyOutputs({ vaultId, region }, clients).clients };
    } catch (error) {
        // The error of a program, which has no resource to show it at.
        throw new Error(describeError(error), { cause: error });
    }
}
