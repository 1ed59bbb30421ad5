import type { HbrApi } from "./port";

/** An operation of the Cloud Backup API that this provider calls. */
export interface Operation {
    /** Its name in the API. */
    readonly name: string;
    /**
     * Whether it changes something. A read is made again when the service is unavailable; a write never is, because nobody
     * knows whether it acted, and none is made once a run is to stop.
     */
    readonly writes: boolean;
}

/** Every operation, by its method of the port. */
export const OPERATIONS: Readonly<Record<keyof HbrApi, Operation>> = {
    createClients: { name: "CreateClients", writes: true },
    uninstallClient: { name: "UninstallClient", writes: true },
    deleteClient: { name: "DeleteClient", writes: true },
    describeTask: { name: "DescribeTask", writes: false },
    describeClients: { name: "DescribeClients", writes: false },
    checkRole: { name: "CheckRole", writes: false },
    describeHanaInstances: { name: "DescribeHanaInstances", writes: false },
};

type Method = (request: unknown, signal?: AbortSignal) => Promise<unknown>;

/** What is done around a call; `call` makes it. */
export type Around = (
    operation: Operation,
    call: (signal: AbortSignal | undefined) => Promise<unknown>,
    signal: AbortSignal | undefined,
) => Promise<unknown>;

/** The same API, with something around each of its calls. */
export function decorated(api: HbrApi, around: Around): HbrApi {
    const methods = Object.entries(OPERATIONS).map(([name, operation]) => {
        const method: Method = (request, signal) => {
            const plain = Reflect.get(api, name) as Method;
            return around(operation, (own) => plain.call(api, request, own), signal);
        };
        return [name, method] as const;
    });
    return Object.fromEntries(methods) as unknown as HbrApi;
}
