import { isRegion } from "../forms";
import { type AssumeRole, type Endpoints, readAssumeRole, readEndpoints, SettingsError } from "./objects";
import { assertProtocolFits, readAllowHttpTo } from "./plainHttp";

/** Returns the value of a configuration key (`alicloud:region`); `undefined` or empty if it is not set. */
export type ConfigReader = (key: string) => string | undefined;
/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The identity with which the provider calls, or assumes a role. */
export type Identity =
    | {
          readonly kind: "static";
          readonly accessKeyId: string;
          readonly accessKeySecret: string;
          readonly securityToken?: string | undefined;
      }
    | { readonly kind: "ecsRole"; readonly roleName: string }
    | { readonly kind: "profile"; readonly profile: string; readonly file?: string | undefined }
    | { readonly kind: "default" };

/** The provider's configuration, checked. It holds secrets: do not print it. */
export interface Settings {
    readonly region: string | undefined;
    readonly identity: Identity;
    readonly assumeRole: AssumeRole | undefined;
    readonly protocol: "HTTP" | "HTTPS";
    /** Hosts beyond this machine, each with its port, to which HTTP is allowed; separated by commas. */
    readonly allowHttpTo: string | undefined;
    readonly endpoints: Endpoints;
    readonly client: "builtin" | "official";
}

/**
 * Environment variables that stand for a configuration key, in the order in which they are read: those of
 * `@pulumi/alicloud`, older names first, as there.
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

/** Returns the first environment variable that is set of those for a configuration key. */
type EnvironmentReader = (name: keyof typeof ENVIRONMENT) => string | undefined;

/**
 * Reads and checks the configuration: the stack's configuration first, then environment variables, then defaults.
 *
 * @throws SettingsError for a value that cannot be right
 */
export function resolveSettings(config: ConfigReader, environment: Environment): Settings {
    const get: ConfigReader = (key) => present(config(key));
    const env: EnvironmentReader = (name) => firstOf(environment, ENVIRONMENT[name]);
    const region = get("alicloud:region") ?? env("region");
    if (region !== undefined) assertRegion(region, "alicloud:region");
    const assumeRole = readAssumeRole(get("alicloud:assumeRole"), {
        roleArn: assumeRoleArnOf(environment),
        sessionName: env("assumeRoleSessionName"),
        sessionExpiration: env("assumeRoleSessionExpiration"),
    });
    const settings: Settings = {
        region,
        identity: identityOf(get, env),
        assumeRole,
        protocol: choiceOf("alicloud:protocol", get, ["HTTPS", "HTTP"]),
        allowHttpTo: readAllowHttpTo(get("alicloud-hbr:allowHttpTo")),
        endpoints: readEndpoints(get("alicloud:endpoints"), {
            hbr: env("hbrEndpoint"),
            sts: env("stsEndpoint"),
        }),
        client: choiceOf("alicloud-hbr:client", get, ["builtin", "official"]),
    };
    // Checked here, so that a preview fails. The host of a region is only known when it is called.
    const { hbr, sts } = settings.endpoints;
    if (hbr !== undefined) assertProtocolFits(settings, hbr);
    if (sts !== undefined && assumeRole !== undefined) assertProtocolFits(settings, sts);
    return settings;
}

/** `ALIBABA_CLOUD_ROLE_ARN` is for the OIDC provider of the default chain if that is configured. */
function assumeRoleArnOf(environment: Environment): string | undefined {
    const oidc = present(environment["ALIBABA_CLOUD_OIDC_PROVIDER_ARN"]) !== undefined;
    return firstOf(environment, oidc ? ENVIRONMENT.assumeRoleArn.slice(0, 1) : ENVIRONMENT.assumeRoleArn);
}

function identityOf(get: ConfigReader, env: EnvironmentReader): Identity {
    return (
        configuredKeys(get, env) ??
        roleOrProfile(get("alicloud:ecsRoleName"), get("alicloud:profile"), env) ??
        environmentKeys(env) ??
        roleOrProfile(env("ecsRoleName"), env("profile"), env) ?? { kind: "default" }
    );
}

/** The configured access key. One half may come from the environment, as in `@pulumi/alicloud`. */
function configuredKeys(get: ConfigReader, env: EnvironmentReader): Identity | undefined {
    const configuredId = get("alicloud:accessKey");
    const configuredSecret = get("alicloud:secretKey");
    if (configuredId === undefined && configuredSecret === undefined) return undefined;
    const accessKeyId = configuredId ?? env("accessKey");
    const accessKeySecret = configuredSecret ?? env("secretKey");
    if (accessKeyId === undefined)
        throw missingHalf("alicloud:accessKey", "alicloud:secretKey", ENVIRONMENT.accessKey);
    if (accessKeySecret === undefined)
        throw missingHalf("alicloud:secretKey", "alicloud:accessKey", ENVIRONMENT.secretKey);
    // A token belongs to its key, so a token from the environment needs a half of the key from there.
    const fromEnvironment = configuredId === undefined || configuredSecret === undefined;
    const securityToken =
        get("alicloud:securityToken") ?? (fromEnvironment ? env("securityToken") : undefined);
    return { kind: "static", accessKeyId, accessKeySecret, securityToken };
}

function environmentKeys(env: EnvironmentReader): Identity | undefined {
    const accessKeyId = env("accessKey");
    const accessKeySecret = env("secretKey");
    if (accessKeyId === undefined && accessKeySecret === undefined) return undefined;
    if (accessKeySecret === undefined)
        throw missingHalf("alicloud:secretKey", "the access key id", ENVIRONMENT.secretKey);
    if (accessKeyId === undefined)
        throw missingHalf("alicloud:accessKey", "the access key secret", ENVIRONMENT.accessKey);
    return { kind: "static", accessKeyId, accessKeySecret, securityToken: env("securityToken") };
}

function roleOrProfile(
    roleName: string | undefined,
    profile: string | undefined,
    env: EnvironmentReader,
): Identity | undefined {
    if (roleName !== undefined) return { kind: "ecsRole", roleName };
    if (profile === undefined) return undefined;
    return { kind: "profile", profile, file: env("credentialsFile") };
}

function missingHalf(key: string, given: string, variables: readonly string[]): SettingsError {
    return new SettingsError(
        key,
        `${given} is set, but ${key} is not: an access key needs both halves. Set ${key} ` +
            `(\`pulumi config set --secret ${key} …\`), or one of the environment variables ${variables.join(", ")}.`,
    );
}

/** The configured one of two values; the first is the default. */
function choiceOf<T extends string>(key: string, get: ConfigReader, values: readonly [T, T]): T {
    const value = get(key) ?? values[0];
    const choice = values.find((each) => each === value);
    if (choice !== undefined) return choice;
    throw new SettingsError(key, `${key} is ${JSON.stringify(value)}; it must be ${values.join(" or ")}.`);
}

/** @throws SettingsError for a text that cannot be a region ID; `key` is where it comes from */
export function assertRegion(region: string, key: string): void {
    if (isRegion(region)) return;
    throw new SettingsError(
        key,
        `${key} is ${JSON.stringify(region)}; it must be a region id such as cn-hangzhou.`,
    );
}

/**
 * The configured region.
 *
 * @throws SettingsError that names every place where it could be set
 */
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
 * Host of the Cloud Backup API for a region, with a port if one is configured.
 *
 * @throws SettingsError if the protocol is HTTP and not allowed for the host
 */
export function endpointFor(settings: Settings, region: string): string {
    const host = settings.endpoints.hbr ?? `hbr.${region}.aliyuncs.com`;
    assertProtocolFits(settings, host);
    return host;
}

function firstOf(environment: Environment, names: readonly string[]): string | undefined {
    return names.map((name) => present(environment[name])).find((value) => value !== undefined);
}

/** The text without spaces around it; `undefined` if it is empty. */
function present(value: string | undefined): string | undefined {
    const trimmed = value?.trim();
    return trimmed === "" ? undefined : trimmed;
}

/** The configuration of the process, which all resources share. */

let readConfig: ConfigReader = () => undefined;
let settings: Settings | undefined;

/**
 * Sets where the configuration is read from. Synchronous, because Pulumi's server does not wait for `configure` to end
 * before it calls other hooks.
 */
export function useConfig(reader: ConfigReader): void {
    readConfig = reader;
    settings = undefined;
}

/**
 * The configuration, read and checked at its first use.
 *
 * @throws SettingsError for a value that cannot be right
 */
export function currentSettings(): Settings {
    settings ??= resolveSettings(readConfig, process.env);
    return settings;
}
