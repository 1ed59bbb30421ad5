import type { Period } from "./client";

/**
 * When the agents of each instance were silent although they were ACTIVATED. Even then, an agent beats at the moment
 * when it becomes ACTIVATED.
 */
export class Heartbeats {
    readonly #silences = new Map<string, readonly Period[]>();

    /** From now on the instance's agents beat or are silent. */
    change(instanceId: string, areBeating: boolean, now: number): void {
        const silences = this.#silences.get(instanceId) ?? [];
        const ongoing = silences.find(({ to }) => to === Infinity);
        if (areBeating === (ongoing === undefined)) return;
        this.#silences.set(
            instanceId,
            ongoing === undefined
                ? [...silences, { from: now, to: Infinity }]
                : [...silences.slice(0, -1), { ...ongoing, to: now }],
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
