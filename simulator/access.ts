import { ServiceError } from "./errors";
import type { Switches } from "./switches";

/** How far the date of a request may deviate. */
export const DATE_WINDOW_MS = 15 * 60_000;

/** What has become of the access key since a program got it. */
export const ACCESS_KEYS = ["valid", "inactive", "deleted", "expired"] as const;

/** Refuses every request if the access key is not valid any more, or if the clocks are too far apart. */
export function checkAccess({ accessKey, clockSkew }: Pick<Switches, "accessKey" | "clockSkew">): void {
    if (Math.abs(clockSkew) > DATE_WINDOW_MS) throw expiredDate();
    switch (accessKey) {
        case "valid":
            return;
        case "inactive":
            throw new ServiceError(400, "InvalidAccessKeyId.Inactive", "Specified access key is disabled.");
        case "deleted":
            throw unknownKey();
        case "expired":
            throw new ServiceError(
                400,
                "InvalidSecurityToken.Expired",
                "Specified SecurityToken is expired.",
            );
    }
}

export function unknownKey(): ServiceError {
    return new ServiceError(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.");
}

export function expiredDate(): ServiceError {
    return new ServiceError(
        400,
        "InvalidTimeStamp.Expired",
        "Specified time stamp or date value is expired.",
    );
}

/** An answer whose times are those of a clock that is ahead, or behind. */
export function withSkew<T>(value: T, skewMs: number): T {
    if (skewMs === 0) return value;
    const text = JSON.stringify(value, (name, field: unknown) =>
        typeof field === "number" && name.endsWith("Time") ? field + Math.round(skewMs / 1000) : field,
    );
    return JSON.parse(text) as T;
}
