import OpenApi, { Config, OpenApiRequest, Params } from "@alicloud/openapi-client";

import type { ModuleLoader } from "../../provider/hbr/officialTransport";

/*
 * A stand-in for @alicloud/hbr20170908, written from what is known of its behaviour: requests must be model instances,
 * unknown fields are dropped in both directions, a list of the other shape becomes {}, values of other types are
 * coerced, or the whole answer is refused. Its errors hold neither the service's answer nor its headers, and "undefined"
 * where it gave no request ID. It lets the adapter be tried where the real package cannot be had.
 */

type Kind = "string" | "number" | "boolean" | ModelClass | readonly [ModelClass];
type ModelClass = (new (fields?: Record<string, unknown>) => Model) & {
    readonly fields: Record<string, [string, Kind]>;
};

class Model {
    [field: string]: unknown;
    static readonly fields: Record<string, [string, Kind]> = {};

    constructor(values: Record<string, unknown> = {}) {
        for (const name of Object.keys((this.constructor as ModelClass).fields)) {
            if (values[name] !== undefined && values[name] !== null) this[name] = values[name];
        }
    }

    validate(): void {
        // Required fields are not checked.
    }

    toMap(): Record<string, unknown> {
        const entries = Object.entries((this.constructor as ModelClass).fields)
            .filter(([name]) => this[name] !== undefined)
            .map(([name, [wireName]]) => [wireName, plain(this[name])]);
        return Object.fromEntries(entries) as Record<string, unknown>;
    }
}

function plain(value: unknown): unknown {
    if (value instanceof Model) return value.toMap();
    return Array.isArray(value) ? value.map(plain) : value;
}

function model(fields: Record<string, [string, Kind]>): ModelClass {
    return class extends Model {
        static override readonly fields = fields;
    };
}

const capital = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
const texts = (...names: string[]) =>
    Object.fromEntries(names.map((name): [string, [string, Kind]] => [name, [capital(name), "string"]]));
const frame: Record<string, [string, Kind]> = {
    ...texts("code", "message", "requestId"),
    success: ["Success", "boolean"],
};

const Fitness = model({ ...texts("instanceId"), validInstance: ["ValidInstance", "boolean"] });
const FitnessList = model({ instanceStatus: ["InstanceStatus", [Fitness]] });
const Client = model({
    ...texts(
        "clientId",
        "clientName",
        "clientType",
        "clientVersion",
        "maxVersion",
        "clusterId",
        "vaultId",
        "instanceId",
        "instanceName",
    ),
    ...texts("alertSetting", "networkType", "status", "statusMessage"),
    useHttps: ["UseHttps", "boolean"],
    createdTime: ["CreatedTime", "number"],
    updatedTime: ["UpdatedTime", "number"],
    heartBeatTime: ["HeartBeatTime", "number"],
});
const ClientList = model({ client: ["Client", [Client]] });

const HanaList = model({ hana: ["Hana", [model(texts("clusterId", "vaultId", "hanaName"))]] });

const BODIES: Record<string, ModelClass> = {
    CreateClients: model({
        ...frame,
        ...texts("taskId"),
        instanceStatuses: ["InstanceStatuses", FitnessList],
    }),
    DescribeTask: model({
        ...frame,
        ...texts("description", "result", "name"),
        progress: ["Progress", "number"],
    }),
    DescribeClients: model({
        ...frame,
        clients: ["Clients", ClientList],
        totalCount: ["TotalCount", "number"],
    }),
    CheckRole: model(frame),
    DescribeHanaInstances: model({
        ...frame,
        hanas: ["Hanas", HanaList],
        totalCount: ["TotalCount", "number"],
    }),
    UninstallClient: model({ ...frame, ...texts("taskId") }),
    UpgradeClient: model({ ...frame, ...texts("taskId") }),
    DeleteClient: model(frame),
};

const models: Record<string, unknown> = {
    CreateClientsRequest: model({
        ...texts(
            "vaultId",
            "clientInfo",
            "alertSetting",
            "resourceGroupId",
            "crossAccountType",
            "crossAccountRoleName",
        ),
        crossAccountUserId: ["CrossAccountUserId", "number"],
        useHttps: ["UseHttps", "boolean"],
    }),
    DescribeTaskRequest: model(texts("taskId", "resourceGroupId")),
    DescribeClientsRequest: model({
        ...texts("vaultId", "clientId", "clientType", "sourceType", "clusterId"),
        pageNumber: ["PageNumber", "number"],
        pageSize: ["PageSize", "number"],
    }),
    CheckRoleRequest: model({
        ...texts("checkRoleType", "crossAccountRoleName"),
        crossAccountUserId: ["CrossAccountUserId", "number"],
    }),
    DescribeHanaInstancesRequest: model({
        ...texts("vaultId", "clusterId"),
        pageNumber: ["PageNumber", "number"],
        pageSize: ["PageSize", "number"],
    }),
    UninstallClientRequest: model(texts("vaultId", "clientId")),
    UpgradeClientRequest: model(texts("vaultId", "clientId")),
    DeleteClientRequest: model(texts("vaultId", "clientId")),
};

/** Reads a body into a model, as the SDK does: silently in one place, with an error in another. */
function cast(body: unknown, into: ModelClass): Model {
    if (typeof body !== "object" || body === null) throw new Error("can not cast to Map");
    const values: Record<string, unknown> = {};
    for (const [name, [wireName, kind]] of Object.entries(into.fields)) {
        const value: unknown = Reflect.get(body, wireName);
        if (value !== undefined && value !== null) values[name] = castValue(name, value, kind);
    }
    return new into(values);
}

function castValue(name: string, value: unknown, kind: Kind): unknown {
    const mismatch = (expected: string) =>
        new Error(`type of ${name} is mismatch, expect ${expected}, but ${typeof value}`);
    if (typeof kind === "function") {
        if (typeof value !== "object") throw mismatch("object");
        return cast(value, kind);
    }
    if (typeof kind === "object") {
        if (!Array.isArray(value)) throw mismatch("array");
        return value.map((element) => cast(element, kind[0]));
    }
    if (typeof value === kind) return value;
    const coerced = coercion(value, kind);
    if (coerced === undefined) throw mismatch(kind);
    return coerced;
}

/** What the SDK makes of a value of another type; undefined if it refuses it. */
function coercion(value: unknown, kind: "string" | "number" | "boolean"): unknown {
    switch (kind) {
        case "string":
            return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
        case "boolean":
            return new Map<unknown, boolean>([
                [1, true],
                [0, false],
                ["true", true],
                ["false", false],
            ]).get(value);
        case "number":
            // The empty text is NaN there.
            return typeof value === "string" && /^[.\d]*$/.test(value) ? Number.parseFloat(value) : undefined;
    }
}

class StandInClient {
    readonly #openApi: OpenApi;

    constructor(config: {
        endpoint: string;
        protocol: string;
        userAgent: string;
        credential: Config["credential"];
    }) {
        const { endpoint, protocol, userAgent } = config;
        const own = new Config({ endpoint, protocol, userAgent });
        if (config.credential !== undefined) own.credential = config.credential;
        this.#openApi = new OpenApi(own);
        for (const operation of Object.keys(BODIES)) {
            const name = `${operation.charAt(0).toLowerCase()}${operation.slice(1)}WithOptions`;
            Reflect.set(this, name, (request: Model, runtime: object) =>
                this.#call(operation, request, runtime),
            );
        }
    }

    async #call(operation: string, request: Model, runtime: object): Promise<{ body: unknown }> {
        request.validate();
        const query = Object.fromEntries(
            Object.entries(request.toMap()).map(([name, value]) => [name, String(value)]),
        );
        const params = new Params({
            action: operation,
            version: "2017-09-08",
            protocol: "HTTPS",
            method: "POST",
            authType: "AK",
            style: "RPC",
            pathname: "/",
            reqBodyType: "formData",
            bodyType: "json",
        });
        const options = runtime as Parameters<OpenApi["callApi"]>[2];
        const answer = await this.#openApi
            .callApi(params, new OpenApiRequest({ query }), options)
            .catch(rethrow);
        return { body: cast(answer["body"], BODIES[operation] ?? model({})) };
    }
}

/** Only for these codes the SDK tells the time to wait, and that from other headers than Retry-After. */
const THROTTLING = ["Throttling", "Throttling.User", "Throttling.Api"];

/** The SDK's own error classes, with what it puts into them. */
function rethrow(error: unknown): never {
    const { code, statusCode, data } = error as {
        code?: string;
        statusCode?: number;
        data?: Record<string, unknown>;
    };
    if (code === undefined || statusCode === undefined) throw error;
    const isThrottled = THROTTLING.includes(code);
    const requestId = String(data?.["RequestId"]);
    const words = `code: ${statusCode}, ${String(data?.["Message"])} request id: ${requestId}`;
    throw Object.assign(new Error(`${code}: ${words}`), {
        name: isThrottled ? "ThrottlingError" : statusCode < 500 ? "ClientError" : "ServerError",
        code,
        statusCode,
        requestId,
        description: "undefined",
        ...(isThrottled && { retryAfter: null }),
    });
}

/** A model that takes whatever it is given. */
function PlainModel(this: object, fields: object): void {
    Object.assign(this, fields);
}

/** Loads the stand-in where the adapter asks for the SDK's modules. */
export const loadStandIn: ModuleLoader = (name) => {
    if (name === "@alicloud/hbr20170908") return { ...models, default: StandInClient };
    if (name === "@alicloud/openapi-core") return { $OpenApiUtil: { Config: PlainModel } };
    if (name === "@darabonba/typescript") return { RuntimeOptions: PlainModel };
    throw new Error(`unexpected module ${name}`);
};
