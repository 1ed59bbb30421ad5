import { instances, VirtualStack } from "./virtualStack";

/** A stack with so many installed clients, its counters at zero. */
export async function installed(count: number, more: object = {}): Promise<VirtualStack> {
    const stack = new VirtualStack();
    expect((await stack.up({ instances: instances(count), ...more })).reasons).toEqual([]);
    stack.simulator.resetRequests();
    return stack;
}
