import { subscribe } from "node:diagnostics_channel";
import type { ClientRequest, IncomingMessage } from "node:http";

/**
 * The HTTP exchange behind one call. The SDK keeps it to itself, but two things of it are needed: the response headers of
 * a refused call (the service says in one how long to wait), and the request, to cut the connection when a call is
 * given up. Node publishes both on its diagnostics channels; the signature nonce, which is ours, says whose they are.
 */
export interface Exchange {
    request?: ClientRequest;
    response?: IncomingMessage;
}

/** Header that tells the exchanges apart. It is part of the signature, so it is sent as we set it. */
export const NONCE_HEADER = "x-acs-signature-nonce";

const underWay = new Map<string, Exchange>();
let subscribed = false;

/** Starts to watch for the exchange with this nonce. */
export function watchExchange(nonce: string): Exchange {
    if (!subscribed) {
        subscribed = true;
        subscribe("http.client.request.start", (message) => {
            const { request } = message as { request: ClientRequest };
            const exchange = exchangeOf(request);
            if (exchange !== undefined) exchange.request = request;
        });
        subscribe("http.client.response.finish", (message) => {
            const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
            const exchange = exchangeOf(request);
            if (exchange !== undefined) exchange.response = response;
        });
    }
    const exchange: Exchange = {};
    underWay.set(nonce, exchange);
    return exchange;
}

/** Ends the watch. */
export function forgetExchange(nonce: string): void {
    underWay.delete(nonce);
}

function exchangeOf(request: ClientRequest): Exchange | undefined {
    const nonce = request.getHeader(NONCE_HEADER);
    return typeof nonce === "string" ? underWay.get(nonce) : undefined;
}
