import { randomUUID } from "node:crypto";
import { subscribe } from "node:diagnostics_channel";
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";

import { abortable } from "../async";
import { requestIdOf } from "./secrets";

/**
 * One raw call of the Cloud Backup API. Resolves with the JSON body, in which fields have the API's names, and rejects
 * with whatever the SDK throws, or at once with the signal's reason. It neither retries nor classifies.
 */
export type Transport = (
    operation: string,
    query: Readonly<Record<string, string>>,
    signal?: AbortSignal,
) => Promise<unknown>;

/** Version of the API. */
export const API_VERSION = "2017-09-08";

/** `pulumi-alicloud-hbr/<version>`. Each SDK appends it to a user agent of its own. */
export function userAgent(): string {
    // By the package's own name, because the sources and the compiled files lie at different depths.
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- read at the first call: a preview needs none of it
    const { version } = require("pulumi-alicloud-hbr/package.json") as { readonly version: string };
    return `pulumi-alicloud-hbr/${version}`;
}

/** Time-out for connecting, TLS handshake included (ms). */
const CONNECT_TIMEOUT_MS = 10_000;
/**
 * Time-out for an answer (ms); CreateClients on 20 instances takes longer than the libraries' default of 3 s. They stop
 * waiting for an answer after the shorter of their two time-outs, so both are set to this.
 */
export const READ_TIMEOUT_MS = 30_000;

/**
 * The HTTP exchange of one call. The SDKs do not give access to it, but two parts of it are needed: the response headers
 * of a refused call, one of which is Retry-After, and the request, to close the connection of an aborted call. Node
 * publishes both on its diagnostics channels; the signature nonce, which this module sets, says which call they belong to.
 */
interface Exchange {
    request?: ClientRequest;
    response?: IncomingMessage;
}

/** Header that identifies an exchange. The SDKs send it as it is set, because they sign it. */
export const NONCE_HEADER = "x-acs-signature-nonce";

/** Header of every request: the SDKs do not decompress answers, and without it a gateway may compress them. */
export const UNCOMPRESSED = { "accept-encoding": "identity" } as const;

const underWay = new Map<string, Exchange>();
let subscribed = false;

/**
 * Makes a call; `send` has to put the nonce into the header {@link NONCE_HEADER}. Limits the time for connecting, closes
 * the connection when the signal is aborted, and adds to an error what the SDK leaves out: HTTP status, request ID and
 * Retry-After.
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

/** Ends a request that gets no connection in time. The libraries' time-out for that also limits the wait for the answer. */
function limitConnecting(request: ClientRequest): void {
    const { socket } = request;
    // An open connection that is used again. (Node publishes the start of a request when it has a socket.)
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

/**
 * How long to wait according to the headers (ms): those of the service, or those of the gateway before it, which counts
 * seconds or names a date.
 */
export function retryAfterOf(headers: IncomingHttpHeaders): string | undefined {
    const { "x-acs-retry-after": ms, "retry-after": general, date } = headers;
    if (typeof ms === "string" || general === undefined) return ms?.toString();
    const wait = /^\d+$/.test(general) ? Number(general) * 1_000 : millisecondsBetween(date, general);
    return Number.isNaN(wait) ? undefined : String(Math.max(0, wait));
}

/** The time between two dates of the same answer; NaN if one of them is missing or unreadable. */
function millisecondsBetween(from: string | undefined, to: string): number {
    /* eslint-disable-next-line no-restricted-globals -- no time of this machine is read */
    return Date.parse(to) - Date.parse(from ?? "");
}

/** What the SDKs know of an answer, they tell for some errors only; for others they say null, 0 or "undefined". */
function complete(error: unknown, { response }: Exchange): void {
    if (response === undefined || typeof error !== "object" || error === null) return;
    const { statusCode, headers } = response;
    const requestId = headers["x-acs-request-id"];
    const retryAfter = retryAfterOf(headers);
    Reflect.set(error, "statusCode", statusCode);
    if (retryAfter !== undefined) Reflect.set(error, "retryAfter", retryAfter);
    if (requestIdOf(Reflect.get(error, "requestId")) === undefined)
        Reflect.set(error, "requestId", requestId);
}
