import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { gzipSync } from "node:zlib";
import { CONTROL_PREFIX, handleControl, type ControlTarget } from "./control";
import { ServiceError } from "./errors";
import type { Reply } from "./replies";
import type { Service } from "./service";
import { SignatureVerifier, type AccessKeys, type WireRequest } from "./signature";
import type { TlsOptions } from "./tls";

const API_VERSION = "2017-09-08";
const HOST = "127.0.0.1";
const LARGEST_BODY = 4 * 1024 * 1024;
/** Enough for a world of 100,000 clients. */
const LARGEST_CONTROL_BODY = 64 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const LIMITS = {
    /** ClientInfo may be in the URL, which counts towards the headers. */
    maxHeaderSize: 256 * 1024,
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: 60_000,
};
/** The number of pieces of a slow body. */
const PIECES = 10;

/** The HTTP or HTTPS server of the simulator: the API on `/`, and the control API. */
export class HttpServer {
    readonly #server: Server;
    readonly #sockets = new Set<Socket>();
    /** The connections that end with their next request. */
    readonly #closing = new WeakSet<Duplex>();
    readonly #service: Service;
    readonly #verifier: SignatureVerifier;
    readonly #control: ControlTarget;

    constructor(service: Service, keys: AccessKeys, control: ControlTarget, tls?: TlsOptions) {
        this.#service = service;
        this.#verifier = new SignatureVerifier(keys);
        this.#control = control;
        this.#server = tls === undefined ? createServer(LIMITS) : createTlsServer({ ...LIMITS, ...tls });
        this.#server.on("request", (request, response) => {
            if (this.#closing.has(request.socket)) {
                request.socket.destroy();
                return;
            }
            this.#serve(request, response).catch(() => request.socket.destroy());
        });
        this.#server.on("connection", (socket) => {
            this.#sockets.add(socket);
            socket.on("close", () => this.#sockets.delete(socket));
            socket.on("error", () => socket.destroy());
        });
        this.#server.on("clientError", refuseGarbage);
    }

    /** Starts to listen, and returns the endpoint. */
    async listen(port: number): Promise<string> {
        await new Promise<void>((resolve, reject) => {
            this.#server.once("error", reject);
            this.#server.listen(port, HOST, () => {
                this.#server.off("error", reject);
                resolve();
            });
        });
        const address = this.#server.address() as AddressInfo;
        return `${HOST}:${address.port}`;
    }

    async close(): Promise<void> {
        for (const socket of this.#sockets) socket.destroy();
        if (!this.#server.listening) return;
        await new Promise((resolve) => this.#server.close(resolve));
    }

    async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const [path, rawQuery] = splitOnce(request.url ?? "/", "?");
        const isControl = path === CONTROL_PREFIX || path.startsWith(`${CONTROL_PREFIX}/`);
        const body = await readBody(request, isControl ? LARGEST_CONTROL_BODY : LARGEST_BODY);
        if (isControl) {
            const { status, answer } = handleControl(this.#control, request, path, body);
            const text = `${JSON.stringify(answer)}\n`;
            response.writeHead(status, {
                "content-type": "application/json;charset=utf-8",
                "content-length": Buffer.byteLength(text),
            });
            response.end(text);
            return;
        }
        const wire = wireRequest(request, path, rawQuery, body ?? Buffer.alloc(0));
        const reply = await this.#service.handle({
            action: wire.headers.get("x-acs-action") ?? wire.parameters.get("Action"),
            parameters: wire.parameters,
            verify: () => {
                checkRoute(request.method ?? "", wire, body === undefined);
                this.#verifier.verify(wire, Date.now() + this.#service.switches.clockSkew);
            },
        });
        await this.#deliver(reply, request, response);
    }

    async #deliver(reply: Reply, request: IncomingMessage, response: ServerResponse): Promise<void> {
        const { delivery, status, headers } = reply;
        const isGzip = delivery === "gzip" && acceptsGzip(request);
        const body = isGzip ? gzipSync(reply.body) : Buffer.from(reply.body);
        switch (delivery) {
            case "cut":
                cutOff(request.socket);
                return;
            case "chunked":
                response.writeHead(status, headers);
                // Without a length, Node sends each piece as a chunk.
                response.write(body.subarray(0, body.length / 2));
                response.end(body.subarray(body.length / 2));
                return;
            case "slow":
                response.writeHead(status, { ...headers, "content-length": body.length });
                response.flushHeaders();
                await this.#trickle(reply, response);
                response.end();
                return;
            case "close-next":
                this.#closing.add(request.socket);
                break;
            case "gzip":
            case "whole":
        }
        response.writeHead(status, {
            ...headers,
            ...(isGzip && { "content-encoding": "gzip" }),
            "content-length": body.length,
        });
        response.end(body);
    }

    async #trickle(reply: Reply, response: ServerResponse): Promise<void> {
        const body = Buffer.from(reply.body);
        const size = Math.ceil(body.length / PIECES);
        for (let start = 0; start < body.length && !response.destroyed; start += size) {
            await this.#service.clock.sleep(reply.slowMs / PIECES);
            response.write(body.subarray(start, start + size));
        }
    }
}

/** Closes a connection without an answer; without TLS by a reset. */
function cutOff(socket: Socket): void {
    if (socket instanceof TLSSocket) socket.destroy();
    else socket.resetAndDestroy();
}

/** Refuses requests that are not calls of this API. */
function checkRoute(method: string, { path, headers, parameters }: WireRequest, isTooLarge: boolean): void {
    if (method !== "GET" && method !== "POST") {
        throw new ServiceError(405, "UnsupportedHTTPMethod", `This http method is not supported: ${method}.`);
    }
    if (path !== "/") throw new ServiceError(404, "InvalidApi.NotFound", `There is no path ${path}.`);
    if (isTooLarge) throw new ServiceError(413, "RequestEntityTooLarge", "The request body is too large.");
    const version = headers.get("x-acs-version") ?? parameters.get("Version");
    if (version !== API_VERSION) {
        throw new ServiceError(
            404,
            "InvalidVersion",
            `Specified parameter Version is not valid, it is ${API_VERSION}.`,
        );
    }
}

function wireRequest(request: IncomingMessage, path: string, rawQuery: string, body: Buffer): WireRequest {
    const headers = new Map<string, string>();
    for (let index = 0; index < request.rawHeaders.length; index += 2) {
        const name = (request.rawHeaders[index] ?? "").toLowerCase();
        const value = (request.rawHeaders[index + 1] ?? "").trim();
        const earlier = headers.get(name);
        headers.set(name, earlier === undefined ? value : `${earlier},${value}`);
    }
    const contentType = headers.get("content-type") ?? "application/x-www-form-urlencoded";
    const isForm = contentType.toLowerCase().startsWith("application/x-www-form-urlencoded");
    const form = new URLSearchParams(isForm ? body.toString("utf8") : "");
    const parameters = new Map([...new URLSearchParams(rawQuery), ...form]);
    return { method: request.method ?? "", path, rawQuery, headers, body, parameters };
}

/** A request that says nothing of it accepts any coding. */
function acceptsGzip({ headers: { "accept-encoding": codings } }: IncomingMessage): boolean {
    return codings === undefined || /gzip|\*/.test(codings);
}

/** The body, or undefined if it is too long. It is then read to the end, but not kept. */
async function readBody(request: IncomingMessage, longest: number): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of request as AsyncIterable<Buffer>) {
        length += piece.length;
        if (length <= longest) pieces.push(piece);
    }
    return length <= longest ? Buffer.concat(pieces) : undefined;
}

/** Handles invalid HTTP and oversized headers: answers if possible, then closes the connection. */
function refuseGarbage(error: Error & { code?: string }, socket: Duplex): void {
    if (!socket.writable || error.code === "ECONNRESET") {
        socket.destroy();
        return;
    }
    const status =
        error.code === "HPE_HEADER_OVERFLOW" ? "431 Request Header Fields Too Large" : "400 Bad Request";
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
        socket.destroy(),
    );
}

function splitOnce(text: string, separator: string): [string, string] {
    const at = text.indexOf(separator);
    return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
