import type { ObservedClient } from "../../provider/fleet/model";
import type { CreateClientsAnswer } from "../../provider/hbr/port";
import { failedCall, type HbrError } from "../../provider/hbr/errors";
import { Boots } from "../../provider/run/boot";
import { confirmAll } from "../../provider/run/confirm";
import type { RunContext } from "../../provider/run/context";
import { Batch } from "../../provider/run/halt";
import { Installer } from "../../provider/run/install";
import { client, declared, spec } from "../fleet/builders";
import { type Script, ScriptedRun } from "./scripted";

export const SECOND = 1_000;
export const TAKEN: CreateClientsAnswer = { taskId: "t-1", instanceStatuses: [] };

export function error(code: string, statusCode = 400, text = "no"): HbrError {
    return failedCall({ operation: "CreateClients", code, text, statusCode, requestId: "R-1" });
}

export const UNAVAILABLE = error("InternalError", 500);

/** The clients of these instances, of which each is there from a time on (s). */
export function shown(from: Readonly<Record<string, number>>): Script["clients"] {
    return (at): ObservedClient[] =>
        Object.entries(from).flatMap(([id, seconds]) =>
            at < seconds * SECOND
                ? []
                : [client(id, at < (seconds + 60) * SECOND ? "INSTALLING" : "ACTIVATED")],
        );
}

/** An installation on these instances, as one batch. */
export async function installed(
    ids: readonly string[],
    { meanwhile, ...script }: Partial<Script> & { readonly meanwhile?: (run: RunContext) => void },
) {
    const all = ids.map((id) => declared(id));
    const scripted = new ScriptedRun({ clients: () => [], declared: spec(all), ...script });
    const { run } = scripted;
    await run.watch.look();
    const { room } = await run.inFlight.take([...ids], ids.length, false);
    const batch = new Batch(run.halt, ids, room);
    const boots = new Boots(
        run,
        () => true,
        () => Promise.resolve(),
    );
    meanwhile?.(run);
    let decidedAt = Infinity;
    const confirmations: Parameters<typeof confirmAll>[0] = [];
    const orders = all.map((each) => ({ declared: each, counts: "installed" as const }));
    const work = new Installer(run, boots).install(batch, orders, confirmations);
    // Asked once the first calls are answered.
    void run.clock
        .sleep(1)
        .then(() => run.halt.mayChangeHealthy())
        .then(() => (decidedAt = scripted.elapsedMs));
    const end: unknown = await work.then(
        () => confirmAll(confirmations),
        (reason: unknown) => reason,
    );
    await run.clock.sleep(SECOND);
    const { writes } = scripted;
    return { run, writes, end, decidedAt: () => decidedAt, failures: run.record.failures };
}
