import type OpenApiClient from "@alicloud/openapi-client";

import type { CredentialClient } from "../config/credentials";
import {
    API_VERSION,
    exchanged,
    NONCE_HEADER,
    READ_TIMEOUT_MS,
    type Transport,
    UNCOMPRESSED,
    userAgent,
} from "./transport";

/** The endpoint to call, and the credential to sign with. */
export interface TransportSettings {
    /** Host, with a port unless it is the default one. */
    readonly endpoint: string;
    readonly protocol: "HTTP" | "HTTPS";
    /** Called at the first request. */
    readonly credential: () => CredentialClient;
}

/**
 * The built-in transport, on `@alicloud/openapi-client`: ACS3 signature, parameters in the query. The library is loaded
 * at the first call, because a preview makes none.
 */
export function openapiTransport(settings: TransportSettings): Transport {
    let connection: Connection | undefined;
    return async (operation, query, signal) => {
        signal?.throwIfAborted();
        connection ??= connect(settings);
        const { library, client } = connection;
        return exchanged(signal, (nonce) => send(library, client, operation, query, nonce));
    };
}

type Library = typeof import("@alicloud/openapi-client");

interface Connection {
    readonly library: Library;
    readonly client: OpenApiClient;
}

function connect(settings: TransportSettings): Connection {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded at the first call
    const library = require("@alicloud/openapi-client") as Library;
    const config = new library.Config({
        endpoint: settings.endpoint,
        protocol: settings.protocol,
        connectTimeout: READ_TIMEOUT_MS,
        readTimeout: READ_TIMEOUT_MS,
        userAgent: userAgent(),
    });
    config.credential = settings.credential();
    return { library, client: new library.default(config) };
}

async function send(
    library: Library,
    client: OpenApiClient,
    operation: string,
    query: Readonly<Record<string, string>>,
    nonce: string,
): Promise<unknown> {
    const params = new library.Params({
        action: operation,
        version: API_VERSION,
        protocol: "HTTPS",
        method: "POST",
        authType: "AK",
        style: "RPC",
        pathname: "/",
        reqBodyType: "formData",
        bodyType: "json",
    });
    const request = new library.OpenApiRequest({
        query,
        headers: { [NONCE_HEADER]: nonce, ...UNCOMPRESSED },
    });
    // No runtime options: the client has the time-outs, and without options the library does not retry.
    const runtime = {} as unknown as Parameters<OpenApiClient["callApi"]>[2];
    const answer = await client.callApi(params, request, runtime);
    return answer["body"] as unknown;
}
