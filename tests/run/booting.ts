import { VirtualStack } from "./virtualStack";

export const MINUTE = 60_000;

/** A stack in which these instances come up after some time; Infinity: never. */
export function booting(upAfter: Readonly<Record<string, number>>, stack = new VirtualStack()): VirtualStack {
    for (const [instanceId, ms] of Object.entries(upAfter)) {
        stack.simulator.patchInstance(instanceId, { state: "Starting" });
        if (ms < Infinity)
            void stack.clock
                .sleep(ms)
                .then(() => stack.simulator.patchInstance(instanceId, { state: "Running" }));
    }
    return stack;
}

/** The CreateClients calls: when they came (ms since the first), and for which instances. */
export function creations(
    stack: VirtualStack,
): readonly { readonly at: number; readonly ids: readonly string[] }[] {
    const calls = stack.simulator.requests().log.filter(({ action }) => action === "CreateClients");
    return calls.map(({ at, parameters }) => {
        const targets = JSON.parse(parameters["ClientInfo"] ?? "[]") as { instanceId: string }[];
        return { at: at - (calls[0]?.at ?? 0), ids: targets.map(({ instanceId }) => instanceId) };
    });
}

/** The pauses between the calls for an instance (ms), from its first one alone. */
export function pauses(stack: VirtualStack, instanceId: string): readonly number[] {
    const times = creations(stack).flatMap(({ at, ids }) => (ids.join() === instanceId ? [at] : []));
    return times.slice(1).map((at, index) => at - (times[index] ?? 0));
}
