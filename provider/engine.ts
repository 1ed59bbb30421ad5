import { subscribe } from "node:diagnostics_channel";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { Cancelled, EngineGone } from "./interrupted";

/**
 * What the engine hears from us and we from it, beyond the hooks. Nothing of it is a documented interface: where it
 * is missing, messages go to the console and a run is never failed for it.
 */

/** Writes on the row of one resource. */
export interface ResourceLog {
    /** Stands on the row and in the diagnostics. */
    info(text: string): void;
    warning(text: string): void;
    /** Seen with `pulumi up --debug`. */
    debug(text: string): void;
    /** The live status in the Info column; gone when the step is over. */
    status(text: string): void;
}

interface LogRequest {
    readonly text: string;
    readonly severity: "DEBUG" | "INFO" | "WARNING";
    readonly urn: string;
    readonly ephemeral: boolean;
}

// The dynamic-provider server is started with the address of the engine as its only argument.
const engineAddress = /^[\w.[\]:-]+:\d+$/.exec(process.argv[2] ?? "")?.[0];

const stopController = new AbortController();

/** Aborted when the engine cancels the run or is gone; the reason says which. */
export const stopSignal: AbortSignal = stopController.signal;

// The dynamic-provider server answers the engine's Cancel call without telling anybody. Node publishes every HTTP/2
// stream that arrives, so the call can be seen; a Node without that channel keeps the engine's default, which is to
// let the running step end.
subscribe("http2.server.stream.start", (message) => {
    const { headers } = message as { readonly headers?: Readonly<Record<string, unknown>> };
    if (headers?.[":path"] === "/pulumirpc.ResourceProvider/Cancel") stopController.abort(new Cancelled());
});

/** Writes on the row of the resource with that URN; on the console where the engine cannot be reached. */
export function resourceLog(urn: string | undefined): ResourceLog {
    const write = (severity: LogRequest["severity"], text: string, ephemeral = false): void => {
        if (!send({ severity, text, urn: urn ?? "", ephemeral }) && severity !== "DEBUG" && !ephemeral) {
            console.log(text);
        }
    };
    return {
        info: (text) => {
            write("INFO", text);
        },
        warning: (text) => {
            write("WARNING", text);
        },
        debug: (text) => {
            write("DEBUG", text);
        },
        status: (text) => {
            write("INFO", text, true);
        },
    };
}

/** @throws EngineGone if the engine no longer accepts connections; it must be called before anything is changed */
export async function assertEngineAlive(): Promise<void> {
    if (engineAddress !== undefined && !(await accepts(engineAddress))) {
        stopController.abort(new EngineGone());
        // Whatever the signal was aborted for: a cancelled run may lose its engine too.
        exit ??= setTimeout(() => process.exit(1), EXIT_PAUSE_MS);
    }
    stopSignal.throwIfAborted();
}

const WATCH_PAUSE_MS = 2_000;
const EXIT_PAUSE_MS = 1_000;
const FLUSH_LIMIT_MS = 1_000;

let watch: NodeJS.Timeout | undefined;
let exit: NodeJS.Timeout | undefined;

/**
 * Watches the engine from now on. When it is gone, what is under way is stopped and the process ends: it would
 * otherwise stay for ever, and go on installing beside the user's next run.
 */
export function watchEngine(): void {
    watch ??= setInterval(() => {
        assertEngineAlive().catch(() => undefined);
    }, WATCH_PAUSE_MS).unref();
}

function accepts(address: string): Promise<boolean> {
    const [, host, port] = /^(.*):(\d+)$/.exec(address) ?? [];
    return new Promise((resolve) => {
        const socket = connect({ host: host?.replace(/^\[|\]$/g, "") ?? "", port: Number(port) });
        const end = (alive: boolean): void => {
            socket.destroy();
            resolve(alive);
        };
        socket.once("connect", () => {
            end(true);
        });
        socket.once("error", (error: NodeJS.ErrnoException) => {
            // Any other error is one of ours (no file handle left, say) and tells nothing about the engine.
            end(error.code !== "ECONNREFUSED");
        });
        socket.setTimeout(WATCH_PAUSE_MS, () => {
            end(true);
        });
    });
}

interface EngineClient {
    log(request: unknown, callback: (error: unknown) => void): void;
}

let client: EngineClient | undefined;

// One after the other: the engine shows messages in the order in which they arrive.
let sent: Promise<unknown> = Promise.resolve();

/** Whether the message was handed over; whether it arrives is of no consequence. */
function send(message: LogRequest): boolean {
    if (engineAddress === undefined) return false;
    try {
        const proto = pulumiRequire("@pulumi/pulumi/proto/engine_pb") as EngineProto;
        const request = new proto.LogRequest();
        request.setSeverity(proto.LogSeverity[message.severity]);
        request.setMessage(message.text);
        request.setUrn(message.urn);
        request.setEphemeral(message.ephemeral);
        const engine = (client ??= newClient(engineAddress));
        sent = sent.then(
            () =>
                new Promise((resolve) => {
                    engine.log(request, resolve);
                }),
        );
        return true;
    } catch {
        return false;
    }
}

/** Waits until the engine has what was logged, but not for long: a message must not hold up a run. */
export async function flushLog(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise((resolve) => (timer = setTimeout(resolve, FLUSH_LIMIT_MS)));
    await Promise.race([sent, patience]);
    clearTimeout(timer);
}

interface EngineProto {
    readonly LogRequest: new () => {
        setSeverity(severity: unknown): void;
        setMessage(text: string): void;
        setUrn(urn: string): void;
        setEphemeral(ephemeral: boolean): void;
    };
    readonly LogSeverity: Readonly<Record<string, unknown>>;
}

function newClient(address: string): EngineClient {
    const grpc = pulumiRequire("@grpc/grpc-js") as { readonly credentials: { createInsecure(): unknown } };
    const { EngineClient: Client } = pulumiRequire("@pulumi/pulumi/proto/engine_grpc_pb") as {
        readonly EngineClient: new (address: string, credentials: unknown) => EngineClient;
    };
    return new Client(address, grpc.credentials.createInsecure());
}

/** Requires as @pulumi/pulumi would: its gRPC library is its own dependency, which a strict layout hides from us. */
function pulumiRequire(name: string): unknown {
    return createRequire(require.resolve("@pulumi/pulumi"))(name);
}
