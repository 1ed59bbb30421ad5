import { ServiceError } from "./errors";
import type { Fault } from "./faults";
import type { AnswerBody, TaskFault } from "./operations/operation";

/** An answer, and how it is delivered. */
export interface Reply {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    /**
     * `cut`: the connection is closed without an answer. `slow`: the body takes `slowMs`. The last three matter only over
     * HTTP. `close-next`: the connection stays open, and is closed as soon as the next request comes over it.
     */
    readonly delivery: "whole" | "slow" | "cut" | "gzip" | "chunked" | "close-next";
    readonly slowMs: number;
    /** The delay before the answer. */
    readonly waitMs: number;
    /** The code in the log. */
    readonly code: string;
}

const DEFAULT_HANG_MS = 30_000;
const DEFAULT_SLOW_BODY_MS = 1000;
const DEFAULT_LATENESS_MS = 5000;
const HOST_ID = "hbr.cn-hangzhou.aliyuncs.com";
const NOT_JSON = "<html><body><h1>502 Bad Gateway</h1></body></html>";

export function success(requestId: string, body: AnswerBody): Reply {
    return answer(200, "200", requestId, JSON.stringify(body));
}

/** The service's error format. Any error other than a ServiceError is a bug in the simulator. */
export function failure(requestId: string, error: unknown): Reply {
    const { status, code, message, headers } =
        error instanceof ServiceError ? error : new ServiceError(500, "InternalError", String(error));
    const body = {
        RequestId: requestId,
        HostId: HOST_ID,
        Code: code,
        Message: message,
        Recommend: `https://api.aliyun.com/troubleshoot?q=${encodeURIComponent(code)}&product=hbr&requestId=${requestId}`,
    };
    const reply = answer(status, code, requestId, JSON.stringify(body));
    return { ...reply, headers: { ...reply.headers, ...headers } };
}

export function cut(waitMs: number): Reply {
    return { ...answer(0, "ConnectionReset", "", ""), delivery: "cut", waitMs };
}

/** Performs a request now, or after a time in milliseconds. */
export interface Performance {
    (taskFault?: TaskFault): AnswerBody;
    later(ms: number): void;
}

/** Applies a fault; `run` performs the request. */
export function replyUnderFault(standing: Fault, requestId: string, run: Performance): Reply {
    const fault = { ...standing, message: standing.message?.replaceAll("{requestId}", requestId) };
    const whole = (): Reply => success(requestId, run());
    const effect = (whenSilent: "before" | "after"): void => {
        if ((fault.effect ?? whenSilent) === "after") run();
    };
    switch (fault.kind) {
        case "throttle":
            throw refusal(fault);
        case "status":
            throw breakdown(fault);
        case "reset-before":
            return cut(0);
        case "reset-after":
            run();
            return cut(0);
        case "late-effect":
            run.later(fault.ms ?? DEFAULT_LATENESS_MS);
            return cut(0);
        case "hang":
            effect("before");
            return cut(fault.ms ?? DEFAULT_HANG_MS);
        case "slow-body":
            return { ...whole(), delivery: "slow", slowMs: fault.ms ?? DEFAULT_SLOW_BODY_MS };
        case "not-json":
            effect("after");
            return {
                ...answer(fault.status ?? 200, "NotJson", requestId, NOT_JSON),
                headers: { "content-type": "text/html", ...retryAfter(fault) },
            };
        case "empty-body":
            effect("after");
            return answer(fault.status ?? 200, "EmptyBody", requestId, "");
        case "gzip":
        case "chunked":
        case "close-next":
            return { ...whole(), delivery: fault.kind };
        case "success-false":
            return unsuccessful(fault, requestId);
        case "flat-list":
            return success(requestId, withFlatLists(run()));
        case "result-object":
        case "task-failed":
        case "task-expired":
        case "task-cancelled":
        case "task-vanishes":
            return success(requestId, run(fault.kind));
    }
}

function answer(status: number, code: string, requestId: string, body: string): Reply {
    const headers = { "content-type": "application/json;charset=utf-8", "x-acs-request-id": requestId };
    return { status, headers, body, delivery: "whole", slowMs: 0, waitMs: 0, code };
}

/** A gateway knows no milliseconds. */
function retryAfter({ retryAfterMs }: Fault): Record<string, string> {
    return retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(retryAfterMs / 1000)) };
}

function errorOf(fault: Fault, status: number, code: string, message: string): ServiceError {
    const { retryAfterMs } = fault;
    const headers = retryAfterMs === undefined ? {} : { "x-acs-retry-after": String(retryAfterMs) };
    return new ServiceError(status, code, fault.message ?? message, headers);
}

function refusal(fault: Fault): ServiceError {
    const message = "Request was denied due to user flow control.";
    return errorOf(fault, fault.status ?? 400, fault.code ?? "Throttling.User", message);
}

function breakdown(fault: Fault): ServiceError {
    const message = "The request processing has failed.";
    return errorOf(fault, fault.status ?? 500, fault.code ?? "InternalError", message);
}

/** Answers 200 with `Success: false`, and does nothing. */
function unsuccessful(fault: Fault, requestId: string): Reply {
    const code = fault.code ?? "InternalError";
    const Message = fault.message ?? "The request processing has failed.";
    const body = { RequestId: requestId, Success: false, Code: code, Message };
    return answer(fault.status ?? 200, code, requestId, JSON.stringify(body));
}

/** Unwraps each list: `{ Clients: { Client: [] } }` becomes `{ Clients: [] }`. */
function withFlatLists(body: AnswerBody): AnswerBody {
    const fields = Object.entries(body).map(([name, value]): [string, unknown] => {
        if (typeof value !== "object" || value === null || Array.isArray(value)) return [name, value];
        const [inner, ...others] = Object.values(value as Record<string, unknown>);
        return [name, others.length === 0 && Array.isArray(inner) ? inner : value];
    });
    return Object.fromEntries(fields);
}
