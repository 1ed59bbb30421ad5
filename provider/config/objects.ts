/** A configuration value that is wrong or missing; the message names the key and what would be right. */
export class SettingsError extends Error {
    /** Configuration key, for example `alicloud:protocol`. */
    readonly key: string;

    constructor(key: string, message: string) {
        super(message);
        this.name = "SettingsError";
        this.key = key;
    }
}

/** The role to assume on top of the configured identity (`alicloud:assumeRole`). */
export interface AssumeRole {
    readonly roleArn: string;
    readonly sessionName: string;
    readonly policy?: string;
    /** Seconds, 900 to 43200. */
    readonly sessionExpiration: number;
    readonly externalId?: string;
}

/** Hosts that replace the public ones (`alicloud:endpoints`). */
export interface Endpoints {
    readonly hbr?: string;
    readonly sts?: string;
}

const ASSUME_ROLE = "alicloud:assumeRole";
const ENDPOINTS = "alicloud:endpoints";
const ROLE_FIELDS = ["roleArn", "sessionName", "policy", "sessionExpiration", "externalId"];
const DEFAULT_SESSION_NAME = "pulumi-alicloud-hbr";
const DEFAULT_SESSION_SECONDS = 3_600;
const MIN_SESSION_SECONDS = 900;
const MAX_SESSION_SECONDS = 43_200;

/** What the environment says of the role. */
interface RoleDefaults {
    readonly roleArn: string | undefined;
    readonly sessionName: string | undefined;
    readonly sessionExpiration: string | undefined;
}

/** Reads `alicloud:assumeRole`, a JSON object; what it leaves out comes from the environment. */
export function readAssumeRole(json: string | undefined, defaults: RoleDefaults): AssumeRole | undefined {
    const role = json === undefined ? {} : parseObject(ASSUME_ROLE, json, '{"roleArn":"acs:ram::…:role/…"}');
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
    const policy = textField(role, "policy");
    const externalId = textField(role, "externalId");
    return {
        roleArn,
        sessionName: textField(role, "sessionName") ?? defaults.sessionName ?? DEFAULT_SESSION_NAME,
        sessionExpiration: expirationOf(role["sessionExpiration"] ?? defaults.sessionExpiration),
        ...(policy === undefined ? {} : { policy }),
        ...(externalId === undefined ? {} : { externalId }),
    };
}

function expirationOf(value: unknown): number {
    if (value === undefined || value === null || value === "") return DEFAULT_SESSION_SECONDS;
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
 * Reads `alicloud:endpoints`: a JSON list with one object, as `@pulumi/alicloud` has it (a bare object does too). Of its
 * entries only `hbr` and `sts` concern us; the others are left alone.
 */
export function readEndpoints(
    json: string | undefined,
    defaults: { readonly hbr: string | undefined; readonly sts: string | undefined },
): Endpoints {
    const entry = json === undefined ? {} : endpointsEntry(json);
    const hbr = hostOf("hbr", entry["hbr"] ?? defaults.hbr);
    const sts = hostOf("sts", entry["sts"] ?? defaults.sts);
    return { ...(hbr === undefined ? {} : { hbr }), ...(sts === undefined ? {} : { sts }) };
}

function endpointsEntry(json: string): Record<string, unknown> {
    const example = '[{"hbr":"hbr.cn-hangzhou.aliyuncs.com"}]';
    const value = parseJson(ENDPOINTS, json, example);
    const list: unknown[] = Array.isArray(value) ? value : [value];
    if (list.length > 1)
        throw new SettingsError(ENDPOINTS, `${ENDPOINTS} has ${list.length} elements; it must have one.`);
    return list.length === 0 ? {} : objectOf(ENDPOINTS, list[0], example);
}

/** Accepts a URL too, since the endpoint of a simulator or a proxy is often at hand as one; its protocol is not used. */
function hostOf(name: string, value: unknown): string | undefined {
    if (value === undefined || value === null || value === "") return undefined;
    const host =
        typeof value === "string"
            ? value
                  .trim()
                  .replace(/^https?:\/\//i, "")
                  .replace(/\/$/, "")
            : "";
    if (/^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i.test(host)) return host;
    throw new SettingsError(
        ENDPOINTS,
        `The ${name} entry of ${ENDPOINTS} is ${JSON.stringify(value)}; it must be a host, with a port if need be ` +
            "(hbr.cn-hangzhou.aliyuncs.com, 127.0.0.1:8080).",
    );
}

function textField(record: Readonly<Record<string, unknown>>, name: string): string | undefined {
    const value = record[name];
    if (value === undefined || value === null || value === "") return undefined;
    if (typeof value === "string") return value;
    throw new SettingsError(ASSUME_ROLE, `${name} of ${ASSUME_ROLE} must be a text.`);
}

function parseObject(key: string, json: string, example: string): Record<string, unknown> {
    return objectOf(key, parseJson(key, json, example), example);
}

/** The text itself is left out of the error: it may hold more than its author thinks. */
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
