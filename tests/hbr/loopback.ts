import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Answers one request; `body` is what was sent. */
export type Handler = (request: IncomingMessage, response: ServerResponse, body: URLSearchParams) => void;

/** A request that the server has seen. */
export interface SeenRequest {
    readonly request: IncomingMessage;
    readonly query: URLSearchParams;
    readonly body: URLSearchParams;
}

/** A server on this machine that answers what the test says. */
export class Loopback {
    handler: Handler = (_request, response) => response.end("{}");
    readonly seen: SeenRequest[] = [];
    readonly #server: Server;

    constructor() {
        this.#server = createServer((request, response) => {
            const chunks: Buffer[] = [];
            request.on("data", (chunk: Buffer) => chunks.push(chunk));
            request.on("error", () => undefined);
            request.on("end", () => {
                const query = new URL(request.url ?? "/", "http://loopback").searchParams;
                const body = new URLSearchParams(Buffer.concat(chunks).toString());
                this.seen.push({ request, query, body });
                this.handler(request, response, body);
            });
        });
    }

    /** Gives host and port. */
    async listen(): Promise<string> {
        await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
        return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    }

    async close(): Promise<void> {
        this.#server.closeAllConnections();
        await new Promise((resolve) => this.#server.close(resolve));
    }
}

/** A handler that always answers the same. */
export function answer(status: number, body: unknown, headers: Record<string, string> = {}): Handler {
    return (_request, response) => {
        response.writeHead(status, { "content-type": "application/json", ...headers });
        response.end(typeof body === "string" ? body : JSON.stringify(body));
    };
}
