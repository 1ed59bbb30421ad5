import { randomUUID } from "node:crypto";
import { subscribe } from "node:diagnostics_channel";
import type { ClientRequest, IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";

import { abortable } from "../async";

/**
 * One raw call of the Cloud Backup API: resolves with the JSON body, under the API's own field names, and rejects with
 * whatever the SDK beneath throws. It neither retries nor judges; it settles at once when the signal is aborted.
 */
export type Transport = (
    operation: string,
    query: Readonly<Record<string, string>>,
    signal?: AbortSignal,
) => Promise<unknown>;

/** Version of the API, in every request. */
export const API_VERSION = "2017-09-08";

/** `pulumi-alicloud-hbr/<version>`. Each SDK appends it to a user agent of its own. */
export function userAgent(): string {
    // By the package's own name, because the sources and the compiled files lie at different depths.
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- read at the first call: a preview needs none of it
    const { version } = require("pulumi-alicloud-hbr/package.json") as { readonly version: string };
    return `pulumi-alicloud-hbr/${version}`;
}

/** How long a connection may take, with the handshake of TLS (ms). */
export const CONNECT_TIMEOUT_MS = 10_000;
/**
 * How long an answer may take (ms); CreateClients on 20 instances takes more than the libraries' own 3 s. They let the
 * smaller of their two time-outs end the wait for an answer, so both are set to this.
 */
export const READ_TIMEOUT_MS = 30_000;

/**
 * The HTTP exchange behind one call. The SDKs keep it to themselves, but two things of it are needed: the response headers
 * of a refused call (the service says in one how long to wait), and the request, to cut the connection when a call is
 * given up. Node publishes both on its diagnostics channels; the signature nonce, which is ours, says whose they are.
 */
interface Exchange {
    request?: ClientRequest;
    response?: IncomingMessage;
}

/** Header that tells the exchanges apart. It is part of the signature, so it is sent as we set it. */
export const NONCE_HEADER = "x-acs-signature-nonce";

const underWay = new Map<string, Exchange>();
let subscribed = false;

/**
 * Makes a call of which the request carries the nonce. It has {@link CONNECT_TIMEOUT_MS} to connect; an aborted signal cuts
 * its connection; an error gets what the SDK has left out: HTTP status, request id and the time to wait.
 */
export async function exchanged<T>(
    signal: AbortSignal | undefined,
    send: (nonce: string) => Promise<T>,
): Promise<T> {
    watch();
    const nonce = randomUUID();
    const exchange: Exchange = {};
    underWay.set(nonce, exchange);
    try {
        return await abortable(send(nonce), signal, () => {
            exchange.request?.destroy();
        });
    } catch (error) {
        if (signal?.aborted !== true) complete(error, exchange);
        throw error;
    } finally {
        underWay.delete(nonce);
    }
}

function watch(): void {
    if (subscribed) return;
    subscribed = true;
    subscribe("http.client.request.start", (message) => {
        const { request } = message as { request: ClientRequest };
        const exchange = exchangeOf(request);
        if (exchange === undefined) return;
        exchange.request = request;
        limitConnecting(request);
    });
    subscribe("http.client.response.finish", (message) => {
        const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
        const exchange = exchangeOf(request);
        if (exchange !== undefined) exchange.response = response;
    });
}

function exchangeOf(request: ClientRequest): Exchange | undefined {
    const nonce = request.getHeader(NONCE_HEADER);
    return typeof nonce === "string" ? underWay.get(nonce) : undefined;
}

/**
 * Ends a request that gets no connection. The libraries cannot be told to: their time-out for connecting also ends the
 * wait for the answer.
 */
function limitConnecting(request: ClientRequest): void {
    const { socket } = request;
    // A connection that is used once more, or none yet: Node publishes the start once there is one.
    if (socket?.connecting !== true) return;
    const timer = setTimeout(() => {
        const error = new Error(`no connection within ${CONNECT_TIMEOUT_MS} ms`);
        request.destroy(Object.assign(error, { code: "ETIMEDOUT" }));
    }, CONNECT_TIMEOUT_MS);
    const stop = (): void => {
        clearTimeout(timer);
    };
    socket.once(socket instanceof TLSSocket ? "secureConnect" : "connect", stop);
    socket.once("close", stop);
}

function complete(error: unknown, { response }: Exchange): void {
    if (response === undefined || typeof error !== "object" || error === null) return;
    const additions = {
        statusCode: response.statusCode,
        requestId: response.headers["x-acs-request-id"],
        retryAfter: response.headers["x-acs-retry-after"],
    };
    for (const [name, value] of Object.entries(additions)) {
        if (value !== undefined && Reflect.get(error, name) === undefined) Reflect.set(error, name, value);
    }
}
