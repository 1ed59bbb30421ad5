import type { Period } from "./client";

/**
 * When the agents of instances were silent although their status says that they are active. An agent that becomes
 * ACTIVATED is heard of at that moment even then.
 */
export class Heartbeats {
    readonly #silences = new Map<string, readonly Period[]>();

    /** From now on the instance's agents beat or are silent. */
    change(instanceId: string, areBeating: boolean, now: number): void {
        const silences = this.#silences.get(instanceId) ?? [];
        const last = silences.at(-1);
        const areSilent = last?.to === Infinity;
        if (areSilent !== areBeating) return;
        this.#silences.set(
            instanceId,
            areBeating
                ? [...silences.slice(0, -1), { from: last?.from ?? now, to: now }]
                : [...silences, { from: now, to: Infinity }],
        );
    }

    /** The last beat of an agent that was active in that period and beats once every `interval`. */
    last(instanceId: string, active: Period, interval: number): number {
        const silences = this.#silences.get(instanceId) ?? [];
        const silence = silences.findLast(({ from, to }) => from <= active.to && active.to < to);
        const end = silence === undefined ? active.to : Math.max(active.from, silence.from);
        // After a silence, the beats are counted from its end.
        const resumed = silences.findLast(({ to }) => to <= end)?.to ?? active.from;
        const start = Math.max(active.from, resumed);
        return start + Math.floor((end - start) / interval) * interval;
    }
}
