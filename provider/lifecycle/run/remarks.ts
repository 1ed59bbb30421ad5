import type { ResourceLog } from "../../engine";
import { idList } from "../../fleet/idList";

type Severity = "info" | "warning";

/** What a run has done that a user should know, said at its end: one line for all instances that it is true of. */
export class Remarks {
    private readonly instanceIds: Readonly<Record<Severity, Map<string, Set<string>>>> = {
        info: new Map(),
        warning: new Map(),
    };

    /** @param text what is true of the instance; stands after the ids */
    add(severity: Severity, instanceId: string, text: string): void {
        const byText = this.instanceIds[severity];
        byText.set(text, (byText.get(text) ?? new Set()).add(instanceId));
    }

    tell(log: ResourceLog): void {
        for (const severity of ["info", "warning"] as const) {
            for (const [text, ids] of this.instanceIds[severity]) {
                log[severity](`${idList([...ids].sort())}: ${text}`);
            }
        }
    }
}
