import { abortable } from "../../provider/async";
import { retryAfterOf, type Transport } from "../../provider/hbr/transport";
import type { CallAnswer, Simulator } from "../../simulator";

/**
 * A transport that calls a simulator in process, so that time can be virtual. It gives and throws what the built-in
 * transport does on `@alicloud/openapi-client`: the body of an answer, and errors with that library's fields.
 */
export function simulatorTransport(simulator: Simulator): Transport {
    return (operation, query, signal) => abortable(simulator.call(operation, query).then(bodyOf), signal);
}

function bodyOf({ status, headers, body }: CallAnswer): unknown {
    const extras = {
        requestId: headers["x-acs-request-id"],
        retryAfter: retryAfterOf(headers),
    };
    let json: unknown;
    try {
        json = JSON.parse(body);
    } catch (error) {
        throw Object.assign(error as Error, { ...extras, statusCode: status });
    }
    if (status < 400) return json;
    const data = json as { readonly Code: string; readonly Message: string; readonly RequestId: string };
    throw Object.assign(
        new Error(`${data.Code}: code: ${status}, ${data.Message} request id: ${data.RequestId}`),
        {
            name: "ResponseError",
            code: data.Code,
            statusCode: status,
            data: { ...data, statusCode: status },
            ...extras,
        },
    );
}
