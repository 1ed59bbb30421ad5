import { listClients } from "../../provider/hbr/listClients";
import { fleetOf } from "../program/fleet";
import type { CallCounts } from "../results";
import { VAULT, VirtualService } from "../virtual/service";

const INSTALL_TIME_MS = 60_000;

/** Calls and time of a first installation, a refresh and a removal, by size and `rollout`. */
export async function arithmetic(quick: boolean): Promise<readonly CallCounts[]> {
    const cases: readonly (readonly [size: number, parallelism?: number])[] = [
        [100],
        [100, 4],
        [1_000],
        [1_000, 4],
        [1_000, 25],
        ...(quick ? [] : ([[10_000], [10_000, 25], [10_000, 100]] as const)),
    ];
    const rows: CallCounts[] = [];
    for (const [size, parallelism] of cases) rows.push(await count(size, parallelism));
    return rows;
}

async function count(size: number, parallelism?: number): Promise<CallCounts> {
    const service = new VirtualService(1, { installTime: INSTALL_TIME_MS });
    const given = parallelism === undefined ? {} : { parallelism };
    let state: Awaited<ReturnType<VirtualService["create"]>> | undefined;
    const install = await service.cost(async () => {
        state = await service.create(fleetOf(size), { rollout: given });
    });
    const refresh = await service.cost(() => listClients(service.api(), { vaultId: VAULT }));
    const removal = await service.cost(async () => state && service.destroy(state));
    return { size, ...given, install, refresh, removal };
}
