import { dirname } from "node:path";

import { OWN_CODES } from "../fleet/codes";
import { HbrError } from "./errors";
import {
    exchanged,
    NONCE_HEADER,
    READ_TIMEOUT_MS,
    type Transport,
    UNCOMPRESSED,
    userAgent,
} from "./transport";
import type { TransportSettings } from "./openapiTransport";

/*
 * Adapter for the official SDK, @alicloud/hbr20170908 (major version 2), an optional peer dependency. The types that are
 * used are declared here, so that the package compiles without it.
 */

const PACKAGE = "@alicloud/hbr20170908";

/** A request or response class of the SDK. */
type ModelClass = new (fields: Readonly<Record<string, unknown>>) => object;

/** `<operation>WithOptions` of the SDK's client. */
type CallWithOptions = (request: object, runtime: object) => Promise<{ readonly body?: unknown }>;

type OfficialClientClass = new (config: object) => object;

/** The parts of the SDK that make a call. */
interface OfficialSdk {
    readonly Client: OfficialClientClass;
    /** Request and response classes by name. */
    readonly models: Readonly<Record<string, unknown>>;
    readonly Config: ModelClass;
    readonly RuntimeOptions: ModelClass;
}

/** Loads a module, as the module `from` would; replaced in tests. */
export type ModuleLoader = (name: string, from?: string) => unknown;

/**
 * Transport on the official SDK, which is loaded at the first call.
 *
 * @throws HbrError with the code SdkNotInstalled, at a call
 */
export function officialTransport(settings: TransportSettings, load: ModuleLoader = loadModule): Transport {
    let connection: { sdk: OfficialSdk; client: object } | undefined;
    return async (operation, query, signal) => {
        signal?.throwIfAborted();
        if (connection === undefined) {
            const sdk = loadSdk(operation, load);
            const { endpoint, protocol } = settings;
            const config = new sdk.Config({ endpoint, protocol, userAgent: userAgent() });
            // The constructor would copy the fields of the credential client and lose its methods.
            Reflect.set(config, "credential", settings.credential());
            connection = { sdk, client: new sdk.Client(config) };
        }
        const { sdk, client } = connection;
        const call = Reflect.get(client, `${lowerFirst(operation)}WithOptions`) as CallWithOptions;
        const request = requestOf(sdk, operation, query);
        const answer = await exchanged(signal, (nonce) => {
            const runtime = new sdk.RuntimeOptions({
                connectTimeout: READ_TIMEOUT_MS,
                readTimeout: READ_TIMEOUT_MS,
                autoretry: false,
                extendsParameters: { headers: { [NONCE_HEADER]: nonce, ...UNCOMPRESSED } },
            });
            return call.call(client, request, runtime);
        });
        return bodyOf(answer.body);
    };
}

/** A request of the SDK's class, with fields in camelCase and of the declared types. */
function requestOf(sdk: OfficialSdk, operation: string, query: Readonly<Record<string, string>>): object {
    const Request = sdk.models[`${operation}Request`] as ModelClass;
    const fields = Object.entries(query).map(
        ([name, value]) => [lowerFirst(name), typed(name, value)] as const,
    );
    return new Request(Object.fromEntries(fields));
}

/** `CrossAccountUserId`, which has 16 digits, stays a text, so that it is sent as given. */
function typed(name: string, value: string): unknown {
    if (name === "UseHttps") return value === "true";
    return name === "PageNumber" || name === "PageSize" ? Number(value) : value;
}

/** The response with the API's field names, so that one parser serves both transports. */
function bodyOf(body: unknown): unknown {
    const toMap: unknown = typeof body === "object" && body !== null ? Reflect.get(body, "toMap") : undefined;
    return typeof toMap === "function" ? (toMap as () => unknown).call(body) : body;
}

function loadSdk(operation: string, load: ModuleLoader): OfficialSdk {
    const loaded = (name: string, from?: string): unknown => {
        try {
            return load(name, from);
        } catch (error) {
            throw notFound(operation, error);
        }
    };
    const models = loaded(PACKAGE) as Readonly<Record<string, unknown>>;
    // The copies that the SDK itself depends on: others would have other classes.
    const core = loaded("@alicloud/openapi-core", PACKAGE) as {
        readonly $OpenApiUtil: { readonly Config: ModelClass };
    };
    const tea = loaded("@darabonba/typescript", PACKAGE) as { readonly RuntimeOptions: ModelClass };
    return {
        Client: clientClassOf(models),
        models,
        Config: core.$OpenApiUtil.Config,
        RuntimeOptions: tea.RuntimeOptions,
    };
}

/** The module's `default`, or the one inside it if a loader has wrapped the module. */
function clientClassOf(module: Readonly<Record<string, unknown>>): OfficialClientClass {
    const outer = module["default"];
    const inner: unknown =
        typeof outer === "object" && outer !== null ? Reflect.get(outer, "default") : outer;
    return inner as OfficialClientClass;
}

/** Resolved from this package first, then from the working directory (for a checkout that is linked into a project). */
function loadModule(name: string, from?: string): unknown {
    const paths = from === undefined ? [__dirname, process.cwd()] : [dirname(locate(from))];
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- an optional package, found at run time
    return require(require.resolve(name, { paths })) as unknown;
}

function locate(name: string): string {
    return require.resolve(name, { paths: [__dirname, process.cwd()] });
}

/** The error for a module that is not found; another one as it is. */
function notFound(operation: string, error: unknown): unknown {
    const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown };
    if (code !== "MODULE_NOT_FOUND") return error;
    // "Cannot find module '<name>'", and who asked for it.
    const missing = /'([^']+)'/.exec(String(message))?.[1];
    const [ownCode, what] =
        missing === PACKAGE
            ? [OWN_CODES.noSdk, `${PACKAGE} is not installed`]
            : [OWN_CODES.sdkIncomplete, `${PACKAGE} lacks a module that it needs: ${missing ?? "unknown"}`];
    return new HbrError(`alicloud-hbr:client is "official", but ${what}`, {
        operation,
        errorClass: "account",
        code: ownCode,
    });
}

function lowerFirst(name: string): string {
    return name.charAt(0).toLowerCase() + name.slice(1);
}
