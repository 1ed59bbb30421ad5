import type { IncomingMessage } from "node:http";
import { ControlError } from "./errors";

export const CONTROL_PREFIX = "/_simulator";

/** The operations of the control API. Each method validates its own input. */
export interface ControlTarget {
    world(): unknown;
    setWorld(world: never): void;
    patchVault(vaultId: string, change: never): unknown;
    patchInstance(instanceId: string, change: never): unknown;
    patchClient(clientId: string, change: never): unknown;
    addClient(client: never): unknown;
    deleteClient(clientId: string): void;
    requests(): unknown;
    resetRequests(): void;
    addFault(fault: never): void;
    faults(): unknown;
    clearFaults(): void;
    setLimits(limits: never): void;
    limits(): unknown;
    setSwitches(switches: never): void;
    switches(): unknown;
    killAfter(kill: never): void;
}

export interface ControlAnswer {
    readonly status: number;
    readonly answer: unknown;
}

/** `id` comes from the path, `input` is the parsed body. Its type is `never` because the target validates it. */
type Route = (target: ControlTarget, input: never, id: string) => unknown;

/** By method and path; `*` stands for an ID. */
const ROUTES: Readonly<Record<string, Route>> = {
    "GET /world": (target) => target.world(),
    "PUT /world": (target, input) => {
        target.setWorld(input);
        return target.world();
    },
    "PATCH /vaults/*": (target, input, id) => target.patchVault(id, input),
    "PATCH /instances/*": (target, input, id) => target.patchInstance(id, input),
    "POST /clients": (target, input) => target.addClient(input),
    "PATCH /clients/*": (target, input, id) => target.patchClient(id, input),
    "DELETE /clients/*": (target, _, id) => {
        target.deleteClient(id);
        return {};
    },
    "GET /requests": (target) => target.requests(),
    "DELETE /requests": (target) => {
        target.resetRequests();
        return {};
    },
    "GET /faults": (target) => target.faults(),
    "POST /faults": (target, input: never) => {
        for (const fault of Array.isArray(input) ? (input as never[]) : [input]) target.addFault(fault);
        return target.faults();
    },
    "DELETE /faults": (target) => {
        target.clearFaults();
        return {};
    },
    "GET /limits": (target) => target.limits(),
    "PUT /limits": (target, input) => {
        target.setLimits(input);
        return target.limits();
    },
    "GET /switches": (target) => target.switches(),
    "PUT /switches": (target, input) => {
        target.setSwitches(input);
        return target.switches();
    },
    "POST /kill-after": (target, input) => {
        target.killAfter(input);
        return {};
    },
};

/** Answers a request to the control API. Invalid input gets 400 with the reason. */
export function handleControl(
    target: ControlTarget,
    request: IncomingMessage,
    path: string,
    body: Buffer | undefined,
): ControlAnswer {
    try {
        refuseBrowsers(request);
        if (body === undefined) throw new ControlError(413, "the body is too large");
        const { route, id } = findRoute(request.method ?? "", path.slice(CONTROL_PREFIX.length));
        return { status: 200, answer: route(target, parseBody(body), id) };
    } catch (error) {
        if (error instanceof ControlError) return { status: error.status, answer: { error: error.message } };
        return { status: 500, answer: { error: String(error) } };
    }
}

/** Refuses browsers: a web page could otherwise use its visitor's browser to kill processes. */
function refuseBrowsers({ headers }: IncomingMessage): void {
    const host = (headers.host ?? "").replace(/:\d+$/, "");
    if (headers.origin !== undefined || !["127.0.0.1", "localhost", "[::1]"].includes(host)) {
        throw new ControlError(403, "only for programs on this machine");
    }
}

function findRoute(method: string, path: string): { route: Route; id: string } {
    const [, collection = "", id] = /^\/([a-z-]+)(?:\/([^/]+))?$/.exec(path) ?? [];
    const pattern = id === undefined ? `/${collection}` : `/${collection}/*`;
    const route = ROUTES[`${method} ${pattern}`];
    if (route !== undefined) return { route, id: decodeId(id ?? "") };
    const methods = Object.keys(ROUTES).filter((key) => key.endsWith(` ${pattern}`));
    if (methods.length === 0) throw new ControlError(404, `there is no ${path}`);
    throw new ControlError(405, `${path} takes ${methods.map((key) => key.split(" ")[0]).join(", ")}`);
}

function decodeId(id: string): string {
    try {
        return decodeURIComponent(id);
    } catch {
        throw new ControlError(400, `${id} is no id`);
    }
}

function parseBody(body: Buffer): never {
    if (body.length === 0) return undefined as never;
    try {
        return JSON.parse(body.toString("utf8")) as never;
    } catch (error) {
        throw new ControlError(400, `the body is not JSON: ${String(error)}`);
    }
}
