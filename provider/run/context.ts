import type { Additions } from "./additions";
import type { RunEnvironment, RunGoal } from "./goal";
import type { Halt } from "./halt";
import type { InFlight } from "./inFlight";
import type { Lanes } from "./lanes";
import type { ReadBack } from "./readBack";
import type { FleetRecord } from "./record";
import type { Reporter } from "./reporter";
import type { SharedPolls } from "./sharedPolls";
import type { Vault } from "./vault";
import type { ClientWatch } from "./watch";

/** What the parts of one run share. */
export interface RunContext extends Pick<RunEnvironment, "clock" | "random" | "signal"> {
    readonly goal: RunGoal;
    readonly vault: Vault;
    readonly watch: ClientWatch;
    readonly additions: Additions;
    readonly polls: SharedPolls;
    readonly readBack: ReadBack;
    readonly record: FleetRecord;
    readonly reporter: Reporter;
    readonly halt: Halt;
    readonly inFlight: InFlight;
    readonly lanes: Lanes;
}
