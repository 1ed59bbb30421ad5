import type CredentialClientClass from "@alicloud/credentials";

import { classify } from "../hbr/classify";
import { HbrError, OWN_CODES } from "../hbr/errors";
import { KnownSecrets, redact } from "../hbr/secrets";
import { ENVIRONMENT, type Identity, type Settings } from "./settings";
import type { AssumeRole } from "./objects";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** The credential client of `@alicloud/credentials`, which the SDKs ask at every call. */
export type CredentialClient = CredentialClientClass;

type Library = typeof import("@alicloud/credentials");

/** What the library's providers have in common. */
interface Provider {
    getCredentials(): Promise<Keys>;
    getProviderName(): string;
}

/** Keys as the library gives them. */
interface Keys {
    readonly accessKeyId: string;
    readonly accessKeySecret: string;
    readonly securityToken?: string;
    readonly providerName?: string;
}

/** The credential of a provider, and what is secret about it. */
export interface CredentialSource {
    /** To be handed to an SDK; asked at every call, so that a token which runs out during a long install is replaced. */
    readonly client: () => CredentialClient;
    /** Every key and token seen so far, for the redaction of messages. */
    readonly secrets: () => readonly string[];
}

/** Stands for the API operation in errors about credentials. */
const OPERATION = "Credentials";

/** How many keys are remembered for redaction; tokens change about once an hour. */
const REMEMBERED = 12;

/** The credential that the settings name. Nothing is loaded, read or asked before the first call. */
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
    return {
        client: () => {
            if (client === undefined) {
                const library = loadLibrary();
                client = new library.default(null, careful(library, settings, remember, seen));
            }
            return client;
        },
        secrets: () => seen,
    };
}

function loadLibrary(): Library {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded when it is needed: a preview needs none of it
    return require("@alicloud/credentials") as Library;
}

/**
 * Wraps the library's provider:
 * - calls at the same time share one question: the library's default chain, asked twice before its first answer, takes
 *   a provider that has nothing for the right one, and its sessions would all be refreshed at once;
 * - after a failure the provider is built anew, because the chain remembers the wrong one;
 * - errors become ours, free of secrets.
 */
function careful(
    library: Library,
    settings: Settings,
    remember: (keys: Keys) => void,
    seen: readonly string[],
): Provider {
    let provider: Provider | undefined;
    let question: Promise<Keys> | undefined;
    const ask = async (): Promise<Keys> => {
        try {
            provider ??= await providerFor(library, settings);
            const keys = await provider.getCredentials();
            remember(keys);
            return keys;
        } catch (error) {
            provider = undefined;
            throw credentialError(error, settings, seen);
        } finally {
            question = undefined;
        }
    };
    return {
        getCredentials: () => (question ??= ask()),
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
            const { accessKeyId, accessKeySecret, securityToken } = identity;
            const keys = {
                accessKeyId,
                accessKeySecret,
                ...(securityToken === undefined ? {} : { securityToken }),
            };
            const name = securityToken === undefined ? "static_ak" : "static_sts";
            return {
                getCredentials: () => Promise.resolve({ ...keys, providerName: name }),
                getProviderName: () => name,
            };
        }
        case "ecsRole":
            return library.ECSRAMRoleCredentialsProvider.builder().withRoleName(identity.roleName).build();
        case "profile": {
            const profiles = await readProfiles(identity.file);
            const provider = library.CLIProfileCredentialsProvider.builder()
                .withProfileName(identity.profile)
                .build();
            // The library reads only the file in the home folder, and quotes all of it, keys included, where it is no
            // JSON. So we read the file, and the library makes of the profile what it will.
            const reader = provider as unknown as {
                getCredentialsProvider(configuration: unknown, profile: string): Provider;
            };
            return reader.getCredentialsProvider(profiles, identity.profile);
        }
        case "default":
            return library.DefaultCredentialsProvider.builder().build();
    }
}

/** AssumeRole with the keys of `base`; the library repeats it in good time before the session ends. */
function roleProvider(library: Library, base: Provider, role: AssumeRole, settings: Settings): Provider {
    const builder = library.RAMRoleARNCredentialsProvider.builder()
        .withCredentialsProvider(base as never)
        .withRoleArn(role.roleArn)
        .withRoleSessionName(role.sessionName)
        .withDurationSeconds(role.sessionExpiration);
    if (role.policy !== undefined) builder.withPolicy(role.policy);
    if (role.externalId !== undefined) builder.withExternalId(role.externalId);
    const endpoint =
        settings.endpoints.sts ?? (settings.region === undefined ? undefined : stsHost(settings.region));
    if (endpoint !== undefined) builder.withStsEndpoint(endpoint);
    const provider = builder.build();
    if (settings.protocol === "HTTP" && settings.endpoints.sts !== undefined) speakHttp(provider);
    return provider;
}

function stsHost(region: string): string {
    return `sts.${region}.aliyuncs.com`;
}

/**
 * The library speaks HTTPS to STS, always. Where both the protocol HTTP and an STS endpoint are configured (a simulator
 * on this machine), its requests, which it lets be replaced for tests, are sent by HTTP.
 */
function speakHttp(provider: unknown): void {
    const replaceable = provider as { doRequest: (request: { protocol: string }) => Promise<unknown> };
    const send = replaceable.doRequest;
    replaceable.doRequest = (request) => {
        request.protocol = "http";
        return send(request);
    };
}

/** The one clear error for keys that cannot be had: what was looked for, and where. */
function credentialError(error: unknown, settings: Settings, seen: readonly string[]): HbrError {
    const { identity, assumeRole } = settings;
    const known = new KnownSecrets(seen);
    const redacted = (text: string): string => redact(text, known);
    const cause = classify(error, OPERATION, redacted);
    const words = redacted(error instanceof Error ? error.message : String(error));
    const unreached = cause.code === OWN_CODES.timeout || cause.code === OWN_CODES.connection;
    // The library's word for a chain without an answer; everything else is about keys that were found.
    const chainIsEmpty =
        identity.kind === "default" && (assumeRole === undefined || /any of the providers/.test(words));
    if (chainIsEmpty) {
        return new HbrError(nothingFound(words), {
            operation: OPERATION,
            errorClass: "account",
            code: OWN_CODES.noCredentials,
        });
    }
    const who = nameOf(identity);
    const task =
        assumeRole === undefined ? `use ${who}` : `assume the role ${assumeRole.roleArn} with ${who}`;
    // No answer of the metadata service means that this is no ECS instance, which no waiting changes.
    const onTheWay = unreached && identity.kind !== "ecsRole";
    const shown = unreached || cause.code === OWN_CODES.tls ? `${cause.code}: ${cause.text}` : words;
    return new HbrError(`Alibaba Cloud credentials: cannot ${task}: ${shown}`, {
        operation: OPERATION,
        errorClass: onTheWay ? "unavailable" : "account",
        code: onTheWay ? cause.code : OWN_CODES.badCredentials,
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

function nothingFound(words: string): string {
    const { accessKey, secretKey, ecsRoleName, profile } = ENVIRONMENT;
    return (
        "No Alibaba Cloud credentials. Looked for, in this order: the configuration keys alicloud:accessKey with " +
        "alicloud:secretKey, alicloud:ecsRoleName and alicloud:profile; the environment variables " +
        `${accessKey.join(", ")} with ${secretKey.join(", ")}, then ${ecsRoleName.join(", ")}, then ${profile.join(", ")}; ` +
        "the default chain of @alicloud/credentials: OIDC variables, the current profile in ~/.aliyun/config.json, " +
        "~/.alibabacloud/credentials, the role of this ECS instance, ALIBABA_CLOUD_CREDENTIALS_URI. " +
        `The chain says: ${words}`
    );
}

/** The part of the Alibaba Cloud CLI's configuration file that is checked here. */
export interface ProfileFile {
    readonly profiles: readonly unknown[];
}

/** Reads the CLI's configuration file; no error quotes what is in it, since that is keys. */
export async function readProfiles(
    file: string = join(homedir(), ".aliyun", "config.json"),
): Promise<ProfileFile> {
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
    return content as ProfileFile;
}
