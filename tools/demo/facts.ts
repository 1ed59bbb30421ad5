import type { EngineEvent, Result } from "../../tests/engine/harness/run";
import type { Fleet } from "./fleet";

/** What the steps check of a run: in its outputs, in its messages, and in the service. */

/** How often something was done, by instance. */
type Counts = Readonly<Record<string, number>>;

/** The instances that are ACTIVATED in the example's exported outputs. */
export function exported(result: Result): string[] {
    return activatedIn((result.outputs["statuses"] ?? {}) as Record<string, string>);
}

export function activated(clients: Iterable<[string, { status: string }]>): string[] {
    return activatedIn(Object.fromEntries([...clients].map(([id, { status }]) => [id, status])));
}

function activatedIn(statuses: Record<string, string>): string[] {
    const ids = Object.entries(statuses).flatMap(([id, status]) => (status === "ACTIVATED" ? [id] : []));
    return ids.sort();
}

/** The instances on which an installation was started since then. */
export function newInstalls(fleet: Fleet, before: Counts): string[] {
    return Object.keys(countsSince(fleet.simulator.requests().installs, before)).sort();
}

/** What was counted since then, by instance. */
export function countsSince(now: Counts, before: Counts): Counts {
    return Object.fromEntries(
        Object.entries(now)
            .map(([id, count]) => [id, count - (before[id] ?? 0)] as const)
            .filter(([, count]) => count > 0),
    );
}

export function onceEach(instanceIds: readonly string[]): Counts {
    return Object.fromEntries(instanceIds.map((id) => [id, 1]));
}

/** The calls that have installed clients since then: when, and on how many instances. */
export function installCalls(fleet: Fleet, firstRequest: number): { at: number; count: number }[] {
    return fleet.simulator
        .requests()
        .log.slice(firstRequest)
        .filter(({ action }) => action === "CreateClients")
        .map(({ at, parameters }) => {
            const targets = JSON.parse(parameters["ClientInfo"] ?? "[]") as unknown[];
            return { at, count: targets.length };
        });
}

/** The instances whose agent does not use HTTPS. */
export function withoutHttps(fleet: Fleet): string[] {
    return [...fleet.agents()].flatMap(([id, { useHttps }]) => (useHttps ? [] : [id])).sort();
}

/** The plan line in the resource's messages. */
export function planOf(result: Result): string {
    return messagesOf(result).find((message) => message.startsWith("plan: ")) ?? "";
}

export function messagesOf({ events }: Result): string[] {
    return events.map((event: EngineEvent) => {
        const { message = "" } = (event["diagnosticEvent"] ?? {}) as { message?: string };
        return message.replaceAll(/<\{%[^%]*%\}>/g, "").trim();
    });
}
