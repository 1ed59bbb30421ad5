import { Simulator, type SimulatorOptions } from "../../simulator";
import { ProviderServer } from "./providerServer";

const INSTALL_TIME_MS = 80;

/** Most of the time everybody waits: for the first look at a task, two seconds after its submission. */
const AT_ONCE = 6;

/** Starts a provider that talks to the simulator, for the engine at that address. */
export type StartProvider = (engineAddress: string) => Promise<ProviderServer>;

/**
 * Works with a simulator of its own.
 *
 * @param folder where the package is installed
 */
export async function withSimulator<T>(
    folder: string,
    world: NonNullable<SimulatorOptions["world"]>,
    work: (simulator: Simulator, start: StartProvider) => Promise<T>,
): Promise<T> {
    const simulator = new Simulator({ installTime: INSTALL_TIME_MS, seed: 1, world });
    try {
        const { endpoint, accessKeyId, accessKeySecret } = await simulator.listen();
        return await work(simulator, (engineAddress) =>
            ProviderServer.start(folder, engineAddress, {
                "alicloud:region": "cn-hangzhou",
                "alicloud:accessKey": accessKeyId,
                "alicloud:secretKey": accessKeySecret,
                "alicloud:protocol": "HTTP",
                "alicloud:endpoints": JSON.stringify([{ hbr: endpoint }]),
            }),
        );
    } finally {
        await simulator.close();
    }
}

/** Works on all items, some at a time; the results in the order of the items. */
export async function someAtOnce<T, R>(
    items: readonly T[],
    work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
    const results: R[] = [];
    const queue = [...items.entries()];
    const worker = async (): Promise<void> => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
            const [index, item] = next;
            results[index] = await work(item);
        }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return results;
}

/** The request at which a process is killed (1 is the first), and whether the request takes effect. */
export interface Kill {
    readonly request: number;
    readonly effect: "before" | "after";
}

/** A kill before each request of a run, and after each that changes something: a read has no effect. */
export function killsAt(actions: readonly string[]): readonly Kill[] {
    return actions.flatMap((action, index): Kill[] => {
        const request = index + 1;
        const before = { request, effect: "before" } as const;
        return action.startsWith("Describe") ? [before] : [before, { request, effect: "after" }];
    });
}
