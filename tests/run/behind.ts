import { installed } from "./installed";
import type { VirtualStack } from "./virtualStack";

export const LATEST = { upgrades: "Latest" } as const;

/** A fleet whose clients are behind (2.10.3, and the latest is 2.11.0), as its state knows; its counters at zero. */
export async function behind(count: number, more: object = LATEST): Promise<VirtualStack> {
    const stack = await installed(count, more);
    stack.simulator.setSwitches({ latestVersion: "2.11.0" });
    await stack.refresh();
    stack.simulator.resetRequests();
    return stack;
}

/** The versions of the clients in the state. */
export function versions(stack: VirtualStack): readonly (string | undefined)[] {
    return Object.values(stack.state?.clients ?? {}).map(({ clientVersion }) => clientVersion);
}
