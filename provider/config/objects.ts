/** A wrong or missing configuration value. The message names the key, and what would be right. */
export class SettingsError extends Error {
    /** Configuration key, for example `alicloud:protocol`. */
    readonly key: string;

    constructor(key: string, message: string) {
        super(message);
        this.name = "SettingsError";
        this.key = key;
    }
}

/** The role that the configured identity assumes (`alicloud:assumeRole`). */
export interface AssumeRole {
    readonly roleArn: string;
    readonly sessionName: string;
    readonly policy: string | undefined;
    /** Seconds, 900 to 43,200; by default 3,600. */
    readonly sessionExpiration: number;
    readonly externalId: string | undefined;
}

/** Hosts, with a port if need be, in place of the public ones (`alicloud:endpoints`). */
export interface Endpoints {
    readonly hbr: string | undefined;
    readonly sts: string | undefined;
}

const ASSUME_ROLE = "alicloud:assumeRole";
const ENDPOINTS = "alicloud:endpoints";
const ROLE_FIELDS = ["roleArn", "sessionName", "policy", "sessionExpiration", "externalId"];
const DEFAULT_SESSION_NAME = "pulumi-alicloud-hbr";
const DEFAULT_SESSION_SECONDS = 3_600;
const MIN_SESSION_SECONDS = 900;
const MAX_SESSION_SECONDS = 43_200;

/**
 * Reads `alicloud:assumeRole`, a JSON object; `defaults`, from the environment, are for what it leaves out.
 *
 * @throws SettingsError for a value that cannot be right
 */
export function readAssumeRole(
    json: string | undefined,
    defaults: Readonly<Record<"roleArn" | "sessionName" | "sessionExpiration", string | undefined>>,
): AssumeRole | undefined {
    const example = '{"roleArn":"acs:ram::…:role/…"}';
    const role =
        json === undefined ? {} : objectOf(ASSUME_ROLE, parseJson(ASSUME_ROLE, json, example), example);
    const unknown = Object.keys(role).find((name) => !ROLE_FIELDS.includes(name));
    if (unknown !== undefined) {
        throw new SettingsError(
            ASSUME_ROLE,
            `${ASSUME_ROLE} has an unknown key ${JSON.stringify(unknown)}; known are ${ROLE_FIELDS.join(", ")}.`,
        );
    }
    const roleArn = textField(role, "roleArn") ?? defaults.roleArn;
    if (roleArn === undefined) {
        if (json === undefined) return undefined;
        throw new SettingsError(
            ASSUME_ROLE,
            `${ASSUME_ROLE} has no roleArn; it must name the role (acs:ram::…:role/…).`,
        );
    }
    return {
        roleArn,
        sessionName: textField(role, "sessionName") ?? defaults.sessionName ?? DEFAULT_SESSION_NAME,
        sessionExpiration: expirationOf(role["sessionExpiration"] ?? defaults.sessionExpiration),
        policy: textField(role, "policy"),
        externalId: textField(role, "externalId"),
    };
}

function expirationOf(value: unknown): number {
    if (isAbsent(value)) return DEFAULT_SESSION_SECONDS;
    const seconds = typeof value === "string" ? Number(value) : value;
    const fits = typeof seconds === "number" && Number.isInteger(seconds);
    if (fits && seconds >= MIN_SESSION_SECONDS && seconds <= MAX_SESSION_SECONDS) return seconds;
    throw new SettingsError(
        ASSUME_ROLE,
        `The session expiration of ${ASSUME_ROLE} is ${JSON.stringify(value)}; it must be a whole number of seconds ` +
            `from ${MIN_SESSION_SECONDS} to ${MAX_SESSION_SECONDS}.`,
    );
}

/**
 * Reads `alicloud:endpoints`: a JSON list with one object, as in `@pulumi/alicloud`, or the object alone. Uses its
 * entries `hbr` and `sts`, and ignores others; `defaults`, from the environment, are for what it leaves out.
 *
 * @throws SettingsError for a value that cannot be right
 */
export function readEndpoints(json: string | undefined, defaults: Endpoints): Endpoints {
    const entry = json === undefined ? {} : endpointsEntry(json);
    return {
        hbr: hostOf("hbr", entry["hbr"] ?? defaults.hbr),
        sts: hostOf("sts", entry["sts"] ?? defaults.sts),
    };
}

function endpointsEntry(json: string): Record<string, unknown> {
    const example = '[{"hbr":"hbr.cn-hangzhou.aliyuncs.com"}]';
    const value = parseJson(ENDPOINTS, json, example);
    const list: unknown[] = Array.isArray(value) ? value : [value];
    if (list.length > 1)
        throw new SettingsError(ENDPOINTS, `${ENDPOINTS} has ${list.length} elements; it must have one.`);
    return list.length === 0 ? {} : objectOf(ENDPOINTS, list[0], example);
}

/** A host, also given as a URL, whose protocol is ignored: the endpoint of a simulator or a proxy often is one. */
function hostOf(name: string, value: unknown): string | undefined {
    if (isAbsent(value)) return undefined;
    const host = typeof value === "string" ? value.trim().replace(/^https?:\/\/|\/$/gi, "") : "";
    if (/^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i.test(host)) return host;
    throw new SettingsError(
        ENDPOINTS,
        `The ${name} entry of ${ENDPOINTS} is ${JSON.stringify(value)}; it must be a host, with a port if need be ` +
            "(hbr.cn-hangzhou.aliyuncs.com, 127.0.0.1:8080).",
    );
}

function textField(record: Readonly<Record<string, unknown>>, name: string): string | undefined {
    const value = record[name];
    if (isAbsent(value)) return undefined;
    if (typeof value === "string") return value;
    throw new SettingsError(ASSUME_ROLE, `${name} of ${ASSUME_ROLE} must be a text.`);
}

function isAbsent(value: unknown): value is undefined | null | "" {
    return value === undefined || value === null || value === "";
}

/** The error does not quote the text, which may hold secrets. */
function parseJson(key: string, json: string, example: string): unknown {
    try {
        return JSON.parse(json) as unknown;
    } catch {
        throw new SettingsError(key, `${key} is not valid JSON; it must look like ${example}.`);
    }
}

function objectOf(key: string, value: unknown, example: string): Record<string, unknown> {
    if (typeof value === "object" && value !== null && !Array.isArray(value))
        return value as Record<string, unknown>;
    throw new SettingsError(key, `${key} is not an object; it must look like ${example}.`);
}
