import { subscribe } from "node:diagnostics_channel";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { engineAddress } from "./engineAddress";
import { Cancelled, EngineGone } from "./interrupted";

/**
 * The connection to the engine beyond the hooks: log messages, cancellation, and whether the engine still runs. None of it
 * is a documented interface. If it is missing, messages go to the console, and no run fails because of it.
 */

/** Logs messages of one resource. */
export interface ResourceLog {
    /** Shown on the resource's row and in the diagnostics. */
    info(text: string): void;
    warning(text: string): void;
    /** Shown with `pulumi up --debug`. */
    debug(text: string): void;
    /** Shown in the Info column until the step ends. */
    status(text: string): void;
}

interface LogRequest {
    readonly text: string;
    readonly severity: "DEBUG" | "INFO" | "WARNING";
    readonly urn: string;
    readonly ephemeral: boolean;
}

const stopController = new AbortController();

/** Aborted when the engine cancels the run ({@link Cancelled}) or is gone ({@link EngineGone}). */
export const stopSignal: AbortSignal = stopController.signal;

// The dynamic-provider server answers the engine's Cancel call and does not pass it on. Node publishes every HTTP/2
// stream that arrives, which shows the call. A Node without this channel keeps the default: the running step ends first.
subscribe("http2.server.stream.start", (message) => {
    const { headers } = message as { readonly headers?: Readonly<Record<string, unknown>> };
    if (headers?.[":path"] === "/pulumirpc.ResourceProvider/Cancel") stopController.abort(new Cancelled());
});

/** The log of the resource with that URN, or the console if the engine cannot be reached. */
export function resourceLog(urn = ""): ResourceLog {
    const writer =
        (severity: LogRequest["severity"], ephemeral = false) =>
        (text: string): void => {
            const isSent = send({ severity, text, urn, ephemeral });
            if (!isSent && severity !== "DEBUG" && !ephemeral) console.log(text);
        };
    return {
        info: writer("INFO"),
        warning: writer("WARNING"),
        debug: writer("DEBUG"),
        status: writer("INFO", true),
    };
}

/**
 * Must be called before anything is changed.
 *
 * @throws EngineGone if the engine no longer accepts connections
 * @throws Cancelled if it has cancelled the run
 */
export async function assertEngineAlive(): Promise<void> {
    if (engineAddress !== undefined && !(await accepts(engineAddress))) {
        stopController.abort(new EngineGone());
        // Also after a cancellation: a cancelled run may lose its engine too.
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
 * Starts to watch the engine. When it is gone, the run is stopped and the process exits. Otherwise it would stay forever,
 * and continue installing during the user's next run.
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
            // Any other error is local (no file handle left, say) and does not concern the engine.
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

// Messages are sent one after the other, because the engine shows them in the order of their arrival.
let sent: Promise<unknown> = Promise.resolve();

/** Sends a message; returns false if there is no way to. It does not wait for the delivery. */
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

/** Waits until the engine has received all messages, but not for long: a message must not hold up a run. */
export async function flushLog(): Promise<void> {
    const { promise: limit, resolve } = Promise.withResolvers();
    const timer = setTimeout(resolve, FLUSH_LIMIT_MS);
    await Promise.race([sent, limit]);
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

/** Requires a module as `@pulumi/pulumi` does: a strict package manager hides its dependencies from this package. */
function pulumiRequire(name: string): unknown {
    return createRequire(require.resolve("@pulumi/pulumi"))(name);
}
