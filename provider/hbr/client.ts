import { SENT, SETTINGS } from "../arguments";
import { credentialFor } from "../config/credentials";
import { endpointFor, type Settings } from "../config/settings";
import { classify } from "./classify";
import { officialTransport } from "./officialTransport";
import { openapiTransport } from "./openapiTransport";
import {
    parseClientPage,
    parseCreateClients,
    parseCheckRole,
    parseEnvelope,
    parseHanaInstances,
    parseStartedTask,
    withoutUndefined,
} from "./parse";
import { parseTask } from "./parseTask";
import type {
    CheckRoleAnswer,
    ClientPage,
    ClientQuery,
    ClientReference,
    CreateClientsAnswer,
    CreateClientsRequest,
    CrossAccountRole,
    HanaInstancePage,
    HanaInstanceQuery,
    HbrApi,
    InstallTarget,
    StartedTask,
    TaskRecord,
} from "./port";
import { KnownSecrets, redact, type Redactor } from "./secrets";
import type { Transport } from "./transport";

/** The port on a transport: builds the query, parses the answer, classifies errors. It does not retry. */
export class HbrClient implements HbrApi {
    readonly #transport: Transport;
    readonly #host: string | undefined;
    /** Only grows: an answer may quote a client's keys, or a former token, long after they were sent. */
    readonly #known = new KnownSecrets();
    readonly #redacted: Redactor;

    /** `secrets` returns the provider's own keys and tokens, which no message may show; `host` is the endpoint. */
    constructor(transport: Transport, secrets: () => readonly string[] = () => [], host?: string) {
        this.#transport = transport;
        this.#host = host;
        this.#redacted = (text) => {
            // For each text, because a call may refresh the token.
            this.#known.add(secrets());
            return redact(text, this.#known);
        };
    }

    /** Keeps these out of all later messages and texts. For keys of clients that an earlier process has sent. */
    rememberSecrets(secrets: Iterable<string>): void {
        this.#known.add(secrets);
    }

    async createClients(request: CreateClientsRequest, signal?: AbortSignal): Promise<CreateClientsAnswer> {
        for (const { credential } of request.targets) {
            if (credential !== undefined)
                this.rememberSecrets([credential.accessKeySecret, credential.accessKeyId]);
        }
        const query = withoutUndefined({
            VaultId: request.vaultId,
            ClientInfo: JSON.stringify(request.targets.map(clientInfoOf)),
            ...Object.fromEntries(SENT.map((name) => [SETTINGS[name].parameter, request[name]?.toString()])),
        });
        const { delivery = { isUnanswered: false } } = request;
        delivery.isUnanswered = true;
        try {
            return await this.#call("CreateClients", query, signal, parseCreateClients);
        } finally {
            // An aborted call may have acted.
            delivery.isUnanswered = signal?.aborted ?? false;
        }
    }

    async describeTask(taskId: string, signal?: AbortSignal): Promise<TaskRecord> {
        return this.#call("DescribeTask", { TaskId: taskId }, signal, (body, redacted) =>
            parseTask(body, taskId, redacted),
        );
    }

    async describeClients(query: ClientQuery, signal?: AbortSignal): Promise<ClientPage> {
        const parameters = withoutUndefined({
            VaultId: query.vaultId,
            // Required by one version of the documentation. SourceType is never sent: it filters, so that clients with
            // other source types would not be found, and would be installed again by each run.
            ClientType: "ECS_AGENT",
            ClusterId: query.clusterId,
            ClientId: query.clientId,
            PageNumber: String(query.pageNumber),
            PageSize: String(query.pageSize),
        });
        return this.#call("DescribeClients", parameters, signal, (body, redacted) =>
            parseClientPage(body, query.vaultId, redacted),
        );
    }

    async checkRole(role: CrossAccountRole, signal?: AbortSignal): Promise<CheckRoleAnswer> {
        const query = {
            CheckRoleType: "CrossAccountRole",
            CrossAccountRoleName: role.crossAccountRoleName,
            CrossAccountUserId: role.crossAccountUserId,
        };
        return this.#call("CheckRole", query, signal, parseCheckRole);
    }

    async describeHanaInstances(query: HanaInstanceQuery, signal?: AbortSignal): Promise<HanaInstancePage> {
        const parameters = {
            VaultId: query.vaultId,
            ClusterId: query.clusterId,
            PageNumber: "1",
            PageSize: "10",
        };
        return this.#call("DescribeHanaInstances", parameters, signal, parseHanaInstances);
    }

    async uninstallClient(client: ClientReference, signal?: AbortSignal): Promise<StartedTask> {
        return this.#start("UninstallClient", client, signal);
    }

    async upgradeClient(client: ClientReference, signal?: AbortSignal): Promise<StartedTask> {
        return this.#start("UpgradeClient", client, signal);
    }

    async deleteClient(client: ClientReference, signal?: AbortSignal): Promise<void> {
        await this.#call("DeleteClient", referenceQuery(client), signal, (body, redacted) =>
            parseEnvelope("DeleteClient", body, redacted),
        );
    }

    async #start(
        operation: string,
        client: ClientReference,
        signal: AbortSignal | undefined,
    ): Promise<StartedTask> {
        return this.#call(operation, referenceQuery(client), signal, (body, redacted) =>
            parseStartedTask(operation, body, redacted),
        );
    }

    async #call<T>(
        operation: string,
        query: Readonly<Record<string, string>>,
        signal: AbortSignal | undefined,
        parse: (body: unknown, redacted: Redactor) => T,
    ): Promise<T> {
        try {
            const body = await this.#transport(operation, query, signal);
            return parse(body, this.#redacted);
        } catch (error) {
            signal?.throwIfAborted();
            throw classify(error, operation, this.#redacted, this.#host);
        }
    }
}

function referenceQuery({ vaultId, clientId }: ClientReference): Record<string, string> {
    return { VaultId: vaultId, ClientId: clientId };
}

/** An element of ClientInfo. Its keys are in camelCase, unlike the parameters of the API. */
function clientInfoOf(target: InstallTarget): Record<string, unknown> {
    const { instanceId, clusterId, sourceTypes, credential } = target;
    const { accessKeyId, accessKeySecret } = credential ?? {};
    return withoutUndefined({ instanceId, clusterId, sourceTypes, accessKeyId, accessKeySecret });
}

/**
 * The Cloud Backup API of a region, on the transport that `alicloud-hbr:client` selects, without rate limiter and
 * retries. Loads, reads and sends nothing before its first call. Keep it, because it holds the credentials that it got.
 *
 * @throws SettingsError if the protocol HTTP is not allowed for the endpoint
 */
export function plainClient(settings: Settings, region: string): HbrClient {
    const credential = credentialFor(settings);
    const target = {
        endpoint: endpointFor(settings, region),
        protocol: settings.protocol,
        credential: credential.client,
    };
    const transport = settings.client === "official" ? officialTransport(target) : openapiTransport(target);
    return new HbrClient(transport, credential.secrets, target.endpoint);
}
