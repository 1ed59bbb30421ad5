import { abortable } from "../../provider/async";
import type { Transport } from "../../provider/hbr/transport";
import type { Simulator } from "../../simulator";

/**
 * The simulator as a transport, in process, so that whole runs can go through it on virtual time. Answers as
 * `@alicloud/openapi-client` does: an error with code, status and body; a bare SyntaxError for what is no JSON.
 */
export function simulatorTransport(simulator: Simulator): Transport {
    return async (operation, query, signal) => {
        const { status, headers, body } = await abortable(simulator.call(operation, query), signal);
        const parsed = JSON.parse(body) as Record<string, unknown>;
        if (status < 400) return parsed;
        const code = String(parsed["Code"]);
        throw Object.assign(new Error(`${code}: ${String(parsed["Message"])}`), {
            code,
            statusCode: status,
            data: { ...parsed, statusCode: status },
            retryAfter: headers["x-acs-retry-after"],
        });
    };
}
