import { isRegion } from "../forms";
import { assertProtocolFits, readAllowHttpTo } from "./plainHttp";
import { type AssumeRole, type Endpoints, readAssumeRole, readEndpoints, SettingsError } from "./objects";
/** Gives the value of a configuration key (`alicloud:region`); `undefined` or empty where it is not set. */
export type ConfigReader = (key: string) => string | undefined;
/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** As whom the provider calls, before a role is assumed. */
export type Identity =
    | {
          readonly kind: "static";
          readonly accessKeyId: string;
          readonly accessKeySecret: string;
          readonly securityToken?: string;
      }
    | { readonly kind: "ecsRole"; readonly roleName: string }
    | { readonly kind: "profile"; readonly profile: string; readonly file?: string }
    | { readonly kind: "default" };

/** The provider's own configuration, checked. It holds secrets: not to be printed. */
export interface Settings {
    readonly region?: string;
    readonly identity: Identity;
    readonly assumeRole?: AssumeRole;
    readonly protocol: "HTTP" | "HTTPS";
    /** The hosts beyond this machine, each with its port, to which HTTP is allowed; separated by commas. */
    readonly allowHttpTo?: string;
    readonly endpoints: Endpoints;
    readonly client: "builtin" | "official";
}

/**
 * Environment variables that stand for a configuration key, in the order in which they are looked at: those of
 * `@pulumi/alicloud`, the older names first, as it does.
 */
export const ENVIRONMENT = {
    region: ["ALICLOUD_REGION", "ALIBABA_CLOUD_REGION"],
    accessKey: ["ALICLOUD_ACCESS_KEY", "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_ID"],
    secretKey: ["ALICLOUD_SECRET_KEY", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABACLOUD_ACCESS_KEY_SECRET"],
    securityToken: ["ALICLOUD_SECURITY_TOKEN", "ALIBABA_CLOUD_SECURITY_TOKEN", "ALIBABACLOUD_SECURITY_TOKEN"],
    ecsRoleName: ["ALICLOUD_ECS_ROLE_NAME", "ALIBABA_CLOUD_ECS_METADATA"],
    profile: ["ALICLOUD_PROFILE", "ALIBABA_CLOUD_PROFILE"],
    credentialsFile: ["ALICLOUD_SHARED_CREDENTIALS_FILE", "ALIBABA_CLOUD_CREDENTIALS_FILE"],
    assumeRoleArn: ["ALICLOUD_ASSUME_ROLE_ARN", "ALIBABA_CLOUD_ROLE_ARN"],
    assumeRoleSessionName: ["ALICLOUD_ASSUME_ROLE_SESSION_NAME", "ALIBABA_CLOUD_ROLE_SESSION_NAME"],
    assumeRoleSessionExpiration: ["ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION"],
    hbrEndpoint: ["HBR_ENDPOINT"],
    stsEndpoint: ["STS_ENDPOINT"],
} as const;

/** Reads and checks the configuration: stack configuration first, then the environment, else the default chain. */
export function resolveSettings(config: ConfigReader, environment: Environment): Settings {
    const get: ConfigReader = (key) => present(config(key));
    const env = (name: keyof typeof ENVIRONMENT): string | undefined =>
        firstOf(environment, ENVIRONMENT[name]);
    const region = get("alicloud:region") ?? env("region");
    if (region !== undefined) assertRegion(region, "alicloud:region");
    const assumeRole = readAssumeRole(get("alicloud:assumeRole"), {
        roleArn: assumeRoleArnOf(environment),
        sessionName: env("assumeRoleSessionName"),
        sessionExpiration: env("assumeRoleSessionExpiration"),
    });
    const allowHttpTo = readAllowHttpTo(get("alicloud-hbr:allowHttpTo"));
    const settings: Settings = {
        identity: configuredIdentity(get, environment) ??
            environmentIdentity(environment) ?? { kind: "default" },
        protocol: protocolOf(get("alicloud:protocol")),
        endpoints: readEndpoints(get("alicloud:endpoints"), {
            hbr: env("hbrEndpoint"),
            sts: env("stsEndpoint"),
        }),
        client: clientOf(get("alicloud-hbr:client")),
        ...(region === undefined ? {} : { region }),
        ...(assumeRole === undefined ? {} : { assumeRole }),
        ...(allowHttpTo === undefined ? {} : { allowHttpTo }),
    };
    // Here already, so that a preview says it; the host of a region is known only where one is called.
    const { hbr, sts } = settings.endpoints;
    if (hbr !== undefined) assertProtocolFits(settings, hbr);
    if (sts !== undefined && assumeRole !== undefined) assertProtocolFits(settings, sts);
    return settings;
}

/** `ALIBABA_CLOUD_ROLE_ARN` belongs to the default chain's OIDC provider where that is set up. */
function assumeRoleArnOf(environment: Environment): string | undefined {
    const oidc = present(environment["ALIBABA_CLOUD_OIDC_PROVIDER_ARN"]) !== undefined;
    return firstOf(environment, oidc ? ENVIRONMENT.assumeRoleArn.slice(0, 1) : ENVIRONMENT.assumeRoleArn);
}

/** The identity that the stack configuration names. A secret half may come from the environment, as in `@pulumi/alicloud`. */
function configuredIdentity(get: ConfigReader, environment: Environment): Identity | undefined {
    const accessKeyId = get("alicloud:accessKey");
    const secretKey = get("alicloud:secretKey");
    if (accessKeyId !== undefined || secretKey !== undefined) {
        const id = accessKeyId ?? firstOf(environment, ENVIRONMENT.accessKey);
        const secret = secretKey ?? firstOf(environment, ENVIRONMENT.secretKey);
        if (id === undefined)
            throw missingHalf("alicloud:accessKey", "alicloud:secretKey", ENVIRONMENT.accessKey);
        if (secret === undefined)
            throw missingHalf("alicloud:secretKey", "alicloud:accessKey", ENVIRONMENT.secretKey);
        // A token belongs to its key, so one from the environment goes only with a key from there.
        const token = get("alicloud:securityToken");
        const inherited = accessKeyId === undefined || secretKey === undefined;
        return staticIdentity(
            id,
            secret,
            token ?? (inherited ? firstOf(environment, ENVIRONMENT.securityToken) : undefined),
        );
    }
    const roleName = get("alicloud:ecsRoleName");
    if (roleName !== undefined) return { kind: "ecsRole", roleName };
    const profile = get("alicloud:profile");
    return profile === undefined ? undefined : profileIdentity(profile, environment);
}

function environmentIdentity(environment: Environment): Identity | undefined {
    const id = firstOf(environment, ENVIRONMENT.accessKey);
    const secret = firstOf(environment, ENVIRONMENT.secretKey);
    if (id !== undefined && secret !== undefined) {
        return staticIdentity(id, secret, firstOf(environment, ENVIRONMENT.securityToken));
    }
    if (id !== undefined) throw missingHalf("alicloud:secretKey", "the access key id", ENVIRONMENT.secretKey);
    if (secret !== undefined)
        throw missingHalf("alicloud:accessKey", "the access key secret", ENVIRONMENT.accessKey);
    const roleName = firstOf(environment, ENVIRONMENT.ecsRoleName);
    if (roleName !== undefined) return { kind: "ecsRole", roleName };
    const profile = firstOf(environment, ENVIRONMENT.profile);
    return profile === undefined ? undefined : profileIdentity(profile, environment);
}

function staticIdentity(
    accessKeyId: string,
    accessKeySecret: string,
    securityToken: string | undefined,
): Identity {
    return {
        kind: "static",
        accessKeyId,
        accessKeySecret,
        ...(securityToken === undefined ? {} : { securityToken }),
    };
}

function profileIdentity(profile: string, environment: Environment): Identity {
    const file = firstOf(environment, ENVIRONMENT.credentialsFile);
    return { kind: "profile", profile, ...(file === undefined ? {} : { file }) };
}

function missingHalf(key: string, given: string, variables: readonly string[]): SettingsError {
    return new SettingsError(
        key,
        `${given} is set, but ${key} is not: an access key needs both halves. Set ${key} ` +
            `(\`pulumi config set --secret ${key} …\`), or one of the environment variables ${variables.join(", ")}.`,
    );
}

function protocolOf(value: string | undefined): "HTTP" | "HTTPS" {
    if (value === undefined || value === "HTTPS" || value === "HTTP") return value ?? "HTTPS";
    throw new SettingsError(
        "alicloud:protocol",
        `alicloud:protocol is ${JSON.stringify(value)}; it must be HTTPS or HTTP.`,
    );
}

function clientOf(value: string | undefined): "builtin" | "official" {
    if (value === undefined || value === "builtin" || value === "official") return value ?? "builtin";
    throw new SettingsError(
        "alicloud-hbr:client",
        `alicloud-hbr:client is ${JSON.stringify(value)}; it must be builtin or official.`,
    );
}

/** @throws SettingsError that names the key, for a text that cannot be a region id */
export function assertRegion(region: string, key: string): void {
    if (isRegion(region)) return;
    throw new SettingsError(
        key,
        `${key} is ${JSON.stringify(region)}; it must be a region id such as cn-hangzhou.`,
    );
}

/** The configured region, or the one clear error that names where it was looked for. */
export function requireRegion(settings: Settings): string {
    if (settings.region !== undefined) return settings.region;
    throw new SettingsError(
        "alicloud:region",
        "No region: looked for the resource's argument `region`, the configuration key alicloud:region and the " +
            `environment variables ${ENVIRONMENT.region.join(", ")}. Set one of them, for example ` +
            "`pulumi config set alicloud:region cn-hangzhou`.",
    );
}

/**
 * Host (and port) of the Cloud Backup API for a region.
 *
 * @throws SettingsError where it would be spoken to by HTTP, and is neither this machine nor allowed
 */
export function endpointFor(settings: Settings, region: string): string {
    const host = settings.endpoints.hbr ?? `hbr.${region}.aliyuncs.com`;
    assertProtocolFits(settings, host);
    return host;
}

function firstOf(environment: Environment, names: readonly string[]): string | undefined {
    for (const name of names) {
        const value = present(environment[name]);
        if (value !== undefined) return value;
    }
    return undefined;
}

function present(value: string | undefined): string | undefined {
    const trimmed = value?.trim();
    return trimmed === "" ? undefined : trimmed;
}

/** The configuration, which all resources of the process share. */

let readConfig: ConfigReader = () => undefined;
let settings: Settings | undefined;

/**
 * Takes the configuration over. It must not wait for anything: the server hands a provider out before `configure` has
 * returned, so another hook may already be on its way.
 */
export function useConfig(reader: ConfigReader): void {
    readConfig = reader;
    settings = undefined;
}

/**
 * The configuration, checked at first use.
 *
 * @throws SettingsError for a value that cannot be right
 */
export function currentSettings(): Settings {
    settings ??= resolveSettings(readConfig, process.env);
    return settings;
}
