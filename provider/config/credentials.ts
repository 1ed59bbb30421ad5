import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

import type CredentialClientClass from "@alicloud/credentials";

import { classify } from "../hbr/classify";
import { OWN_CODES } from "../fleet/codes";
import { adviceFor, HbrError } from "../hbr/errors";
import { KnownSecrets, redact } from "../hbr/secrets";
import { isTlsFailure } from "../hbr/tls";
import type { AssumeRole } from "./objects";
import { ENVIRONMENT, type Identity, type Settings } from "./settings";

/** The credential client of `@alicloud/credentials`. The SDKs ask it for keys at every call. */
export type CredentialClient = CredentialClientClass;

type Library = typeof import("@alicloud/credentials");

/** A credentials provider of the library. */
interface Provider {
    getCredentials(): Promise<Keys>;
    getProviderName(): string;
}

/** Keys as the library's providers return them. */
interface Keys {
    readonly accessKeyId: string;
    readonly accessKeySecret: string;
    readonly securityToken?: string | undefined;
    readonly providerName?: string;
}

/** The credential of the provider, and its secrets. */
interface CredentialSource {
    /** The client for an SDK. It refreshes a token that expires during a long installation. */
    readonly client: () => CredentialClient;
    /** The latest keys and tokens, which no message may show. */
    readonly secrets: () => readonly string[];
}

/** Stands for the operation in errors about credentials. */
const OPERATION = "Credentials";

/** How many keys and tokens are remembered; a token lasts about an hour. */
const REMEMBERED = 12;

/** The credential that the settings select. Loads, reads and requests nothing before its first use. */
export function credentialFor(settings: Settings): CredentialSource {
    const seen: string[] = [];
    const remember = (keys: Keys): void => {
        for (const secret of [keys.accessKeySecret, keys.securityToken, keys.accessKeyId]) {
            if (secret === undefined || secret === "" || seen.includes(secret)) continue;
            seen.push(secret);
            if (seen.length > REMEMBERED) seen.shift();
        }
    };
    if (settings.identity.kind === "static") remember(settings.identity);
    let client: CredentialClient | undefined;
    const newClient = (): CredentialClient => {
        // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded at the first call: a preview makes none
        const library = require("@alicloud/credentials") as Library;
        return new library.default(null, careful(library, settings, remember, seen));
    };
    return { client: () => (client ??= newClient()), secrets: () => seen };
}

/**
 * Wraps the library's provider:
 * - concurrent calls share one request: the library's default chain, asked again before its first answer, settles on a
 *   provider that has no keys; and every call would refresh an expired session;
 * - after a failure the provider is made anew, because the chain remembers the wrong one;
 * - errors become an HbrError without secrets.
 */
function careful(
    library: Library,
    settings: Settings,
    remember: (keys: Keys) => void,
    seen: readonly string[],
): Provider {
    let provider: Provider | undefined;
    let request: Promise<Keys> | undefined;
    const send = async (): Promise<Keys> => {
        try {
            provider ??= await providerFor(library, settings);
            const keys = await provider.getCredentials();
            remember(keys);
            return keys;
        } catch (error) {
            provider = undefined;
            throw credentialError(error, settings, seen);
        } finally {
            request = undefined;
        }
    };
    return {
        getCredentials: () => (request ??= send()),
        getProviderName: () => "pulumi_alicloud_hbr",
    };
}

async function providerFor(library: Library, settings: Settings): Promise<Provider> {
    const base = await identityProvider(library, settings.identity);
    return settings.assumeRole === undefined
        ? base
        : roleProvider(library, base, settings.assumeRole, settings);
}

async function identityProvider(library: Library, identity: Identity): Promise<Provider> {
    switch (identity.kind) {
        case "static": {
            const { kind: _, ...keys } = identity;
            const providerName = keys.securityToken === undefined ? "static_ak" : "static_sts";
            return {
                getCredentials: () => Promise.resolve({ ...keys, providerName }),
                getProviderName: () => providerName,
            };
        }
        case "ecsRole":
            return library.ECSRAMRoleCredentialsProvider.builder().withRoleName(identity.roleName).build();
        case "profile": {
            const profiles = await readProfiles(identity.file);
            const provider = library.CLIProfileCredentialsProvider.builder()
                .withProfileName(identity.profile)
                .build();
            // The library only reads the file in the home folder, and if that is not JSON, its error quotes the keys in
            // it. So the file is read here, and the library interprets the profile.
            const reader = provider as unknown as {
                getCredentialsProvider(configuration: unknown, profile: string): Provider;
            };
            return reader.getCredentialsProvider(profiles, identity.profile);
        }
        case "default":
            return library.DefaultCredentialsProvider.builder().build();
    }
}

/** Assumes the role with the keys of `base`. The library renews the session before it ends. */
function roleProvider(library: Library, base: Provider, role: AssumeRole, settings: Settings): Provider {
    const builder = library.RAMRoleARNCredentialsProvider.builder()
        .withCredentialsProvider(base as never)
        .withRoleArn(role.roleArn)
        .withRoleSessionName(role.sessionName)
        .withDurationSeconds(role.sessionExpiration);
    if (role.policy !== undefined) builder.withPolicy(role.policy);
    if (role.externalId !== undefined) builder.withExternalId(role.externalId);
    const { region } = settings;
    const endpoint =
        settings.endpoints.sts ?? (region === undefined ? undefined : `sts.${region}.aliyuncs.com`);
    if (endpoint !== undefined) builder.withStsEndpoint(endpoint);
    const provider = builder.build();
    if (settings.protocol === "HTTP" && settings.endpoints.sts !== undefined) useHttp(provider);
    return provider;
}

/**
 * Makes the library send requests to STS by HTTP, if an endpoint for them is configured (a simulator). It always uses
 * HTTPS, but its request function can be replaced.
 */
function useHttp(provider: unknown): void {
    const replaceable = provider as { doRequest: (request: { protocol: string }) => Promise<unknown> };
    const send = replaceable.doRequest;
    replaceable.doRequest = (request) => {
        request.protocol = "http";
        return send(request);
    };
}

/** The error if no keys can be obtained: what was tried, and where. */
function credentialError(error: unknown, settings: Settings, seen: readonly string[]): HbrError {
    const { identity, assumeRole } = settings;
    const known = new KnownSecrets(seen);
    const redacted = (text: string): string => redact(text, known);
    const cause = classify(error, OPERATION, redacted);
    const words = redacted(error instanceof Error ? error.message : String(error));
    const unreached = cause.code === OWN_CODES.timeout || cause.code === OWN_CODES.connection;
    // "any of the providers" is in the library's error of a chain without keys. All others concern keys that were found.
    const chainIsEmpty =
        identity.kind === "default" && (assumeRole === undefined || /any of the providers/.test(words));
    if (chainIsEmpty) {
        return new HbrError(nothingFound(), {
            operation: OPERATION,
            errorClass: "account",
            code: OWN_CODES.noCredentials,
            trace: words,
        });
    }
    const who = nameOf(identity);
    const task =
        assumeRole === undefined ? `use ${who}` : `assume the role ${assumeRole.roleArn} with ${who}`;
    // Without an answer from the metadata service this is no ECS instance, so waiting does not help.
    const isUnavailable = unreached && identity.kind !== "ecsRole";
    const isTls = isTlsFailure(cause.code);
    const shown = unreached || isTls ? `${cause.code}: ${cause.text}` : words;
    return new HbrError(`Alibaba Cloud credentials: cannot ${task}: ${shown}`, {
        operation: OPERATION,
        errorClass: isUnavailable ? "unavailable" : "account",
        code: isUnavailable || isTls ? cause.code : OWN_CODES.badCredentials,
    });
}

function nameOf(identity: Identity): string {
    switch (identity.kind) {
        case "static":
            return "the configured access key";
        case "ecsRole":
            return `the instance role ${identity.roleName}`;
        case "profile":
            return `the profile ${identity.profile}`;
        case "default":
            return "the keys of the default chain";
    }
}

/** What to set comes first; the other places follow in the order in which they were looked at. */
function nothingFound(): string {
    const { accessKey, secretKey, ecsRoleName, profile } = ENVIRONMENT;
    const { noCredentials } = OWN_CODES;
    return (
        `No Alibaba Cloud credentials: ${adviceFor(noCredentials) ?? ""}. Also looked at: ` +
        `alicloud:ecsRoleName and alicloud:profile; ${accessKey.slice(1).join(" and ")} ` +
        `(with ${secretKey.slice(1).join(" and ")}), ${[...ecsRoleName, ...profile].join(", ")}; ` +
        "the default chain of @alicloud/credentials: OIDC variables, the current profile in ~/.aliyun/config.json, " +
        "~/.alibabacloud/credentials, the role of this ECS instance, ALIBABA_CLOUD_CREDENTIALS_URI " +
        "(what it found at each, the same command shows with --debug)"
    );
}

/** Reads the configuration file of the Alibaba Cloud CLI. No error quotes its content, which is keys. */
async function readProfiles(file = "~/.aliyun/config.json"): Promise<unknown> {
    const path = file.startsWith("~/") ? join(homedir(), file.slice(2)) : file;
    let text: string;
    try {
        text = await readFile(path, "utf8");
    } catch {
        throw new Error(`the file ${path} cannot be read`);
    }
    let content: unknown;
    try {
        content = JSON.parse(text) as unknown;
    } catch {
        throw new Error(`the file ${path} is not JSON, as the Alibaba Cloud CLI writes it`);
    }
    const profiles: unknown =
        typeof content === "object" && content !== null ? Reflect.get(content, "profiles") : undefined;
    if (!Array.isArray(profiles)) throw new Error(`the file ${path} holds no profiles`);
    return content;
}
