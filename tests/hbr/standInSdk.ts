import OpenApi, { Config, OpenApiRequest, Params } from "@alicloud/openapi-client";

import type { ModuleLoader } from "../../provider/hbr/officialTransport";

/*
 * A stand-in for @alicloud/hbr20170908, written from what is known of its behaviour: requests must be model instances,
 * unknown fields are dropped in both directions, a list of the other shape becomes {}, values of other types are
 * coerced or refused, and a throttled call is a ThrottlingError with the time to wait. It lets the adapter be tried
 * where the real package cannot be had.
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
function cast(body: Record<string, unknown>, into: ModelClass): Model {
    const values: Record<string, unknown> = {};
    for (const [name, [wireName, kind]] of Object.entries(into.fields)) {
        const value = body[wireName];
        if (value !== undefined && value !== null) values[name] = castValue(name, value, kind);
    }
    return new into(values);
}

function castValue(name: string, value: unknown, kind: Kind): unknown {
    if (typeof kind === "function") return cast(value as Record<string, unknown>, kind);
    if (typeof kind === "object") {
        if (!Array.isArray(value))
            throw new Error(`type of ${name} is mismatch, expect array, but ${typeof value}`);
        return value.map((element) => cast(element as Record<string, unknown>, kind[0]));
    }
    if (typeof value === kind) return value;
    if (kind === "string" && (typeof value === "number" || typeof value === "boolean")) return String(value);
    throw new Error(`type of ${name} is mismatch, expect ${kind}, but ${typeof value}`);
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
        return { body: cast(answer["body"] as Record<string, unknown>, BODIES[operation] ?? model({})) };
    }
}

/** The SDK's own error classes carry the request id. */
function rethrow(error: unknown): never {
    const { code, statusCode, data } = error as {
        code?: string;
        statusCode?: number;
        data?: Record<string, unknown>;
    };
    if (code === undefined || statusCode === undefined) throw error;
    const name = code.includes("Throttling")
        ? "ThrottlingError"
        : statusCode < 500
          ? "ClientError"
          : "ServerError";
    throw Object.assign(new Error(String(data?.["Message"])), {
        name,
        code,
        statusCode,
        requestId: data?.["RequestId"],
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
