import type { ClientEntry } from "../../provider/fleet/model";
import { FleetRecord } from "../../provider/run/record";
import { declared } from "../fleet/builders";

export const ONE = declared("i-1");
export const FAILURE = { code: "DiskFull", message: "no space" };

export function record(...entries: readonly ClientEntry[]): FleetRecord {
    return new FleetRecord(new Map(entries.map((each) => [each.instanceId, each])));
}

export function one(fleet: FleetRecord): ClientEntry | undefined {
    return fleet.entries.get("i-1");
}
