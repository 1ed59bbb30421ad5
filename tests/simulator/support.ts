import { createHash, createHmac, randomUUID } from "node:crypto";
import { connect } from "node:net";
import {
    Simulator,
    type CallParameter,
    type ClientInput,
    type Clock,
    type SimulatorOptions,
    type WorldInput,
} from "../../simulator";

/** Any JSON object of the service; the tests look into it. */
export type Answer = Record<string, unknown>;

/** Time that only sleeping and the test move. */
export class TestClock implements Clock {
    time = Date.UTC(2026, 0, 1);

    now(): number {
        return this.time;
    }

    sleep(ms: number): Promise<void> {
        this.time += ms;
        return Promise.resolve();
    }
}

/** A simulator in virtual time whose installations take 1000 s each; `call` gives the parsed answer. */
export function inProcess(options: SimulatorOptions = {}) {
    const clock = new TestClock();
    const simulator = new Simulator({ clock, installTime: 1_000_000, ...options });
    // An installation takes less than the 15 minutes after which a task is given up.
    const instances = ["i-1", "i-2", "i-3"].map((instanceId) => ({ instanceId, installTime: 100_000 }));
    if (options.world === undefined) simulator.setWorld({ instances });
    const call = async (action: string, parameters: Record<string, CallParameter> = {}): Promise<Answer> => {
        return JSON.parse((await simulator.call(action, parameters)).body) as Answer;
    };
    return { simulator, clock, call };
}

export const VAULT = "v-simulator";

export function clientInfo(...instanceIds: string[]): CallParameter {
    return instanceIds.map((instanceId) => ({ instanceId, clusterId: "cl-1", sourceTypes: ["HANA"] }));
}

type Call = (action: string, parameters?: Record<string, CallParameter>) => Promise<Answer>;

/** Starts the installation on some instances of cluster cl-1, and gives the task's id. */
export async function install(call: Call, ...instanceIds: string[]): Promise<string> {
    const answer = await call("CreateClients", { VaultId: VAULT, ClientInfo: clientInfo(...instanceIds) });
    return answer["TaskId"] as string;
}

/** What DescribeClients lists of the vault. */
export async function listed(call: Call, filter: Record<string, CallParameter> = {}): Promise<Answer[]> {
    const answer = await call("DescribeClients", {
        VaultId: VAULT,
        ClientType: "ECS_AGENT",
        PageSize: 99,
        ...filter,
    });
    return (answer["Clients"] as { Client: Answer[] }).Client;
}

export async function statuses(call: Call): Promise<string[]> {
    return (await listed(call)).map(
        (client) => `${String(client["InstanceId"])} ${String(client["Status"])}`,
    );
}

/** Reads the world and puts it back, as over HTTP. */
export function putBack(simulator: Simulator): void {
    simulator.setWorld(JSON.parse(JSON.stringify(simulator.world())) as WorldInput);
}

/**
 * Once, before page 2 of a list of HANA clients is answered, one record vanishes and another comes. If the first was on
 * page 1, the record that moves up there is on no page that is read, while the total is the same on all.
 */
export function shiftPages(simulator: Simulator, vanishing: string, coming: ClientInput): void {
    simulator.onRequest((action, parameters) => {
        if (action !== "DescribeClients" || parameters["PageNumber"] !== "2") return;
        simulator.onRequest(undefined);
        simulator.deleteClient(vanishing);
        simulator.addClient(coming);
    });
}

/** Description, Progress and Result of a task, the last as it is parsed. */
export async function look(call: Call, taskId: unknown) {
    const task = await call("DescribeTask", { TaskId: taskId as string });
    const result = task["Result"];
    return {
        code: task["Code"],
        description: task["Description"],
        progress: task["Progress"],
        result:
            typeof result === "string" && result.startsWith("[") ? (JSON.parse(result) as Answer[]) : result,
    };
}

export interface Keys {
    readonly endpoint: string;
    readonly accessKeyId: string;
    readonly accessKeySecret: string;
}

export interface HandMade {
    readonly method: string;
    readonly url: string;
    readonly headers: Record<string, string>;
    readonly body: string;
}

/** How a request by hand differs from the plain one. */
export interface Variation {
    readonly method?: string;
    readonly query?: Record<string, string>;
    readonly body?: string;
    readonly headers?: Record<string, string>;
    /** Headers that are signed besides the usual ones. */
    readonly alsoSign?: readonly string[];
    readonly unsigned?: readonly string[];
    readonly secret?: string;
    readonly accessKeyId?: string;
    readonly authorization?: (value: string) => string;
}

/** A request signed with ACS3-HMAC-SHA256, written from the rules and not with the simulator's own code. */
export function acs3(keys: Keys, action: string, variation: Variation = {}): HandMade {
    const { method = "POST", query = {}, body = "" } = variation;
    const headers: Record<string, string> = {
        host: keys.endpoint,
        "x-acs-action": action,
        "x-acs-version": "2017-09-08",
        "x-acs-date": timestamp(),
        "x-acs-signature-nonce": randomUUID(),
        "x-acs-content-sha256": createHash("sha256").update(body).digest("hex"),
        ...(body !== "" && { "content-type": "application/x-www-form-urlencoded" }),
        ...variation.headers,
    };
    const signed = Object.keys(headers)
        .filter((name) => /^(host|content-type|x-acs-.*)$/.test(name) || variation.alsoSign?.includes(name))
        .filter((name) => !variation.unsigned?.includes(name))
        .sort();
    const canonical = [
        method,
        "/",
        sortedQuery(query),
        ...signed.map((name) => `${name}:${headers[name] ?? ""}`),
        "",
        signed.join(";"),
        headers["x-acs-content-sha256"],
    ].join("\n");
    const toSign = `ACS3-HMAC-SHA256\n${createHash("sha256").update(canonical).digest("hex")}`;
    const signature = createHmac("sha256", variation.secret ?? keys.accessKeySecret)
        .update(toSign)
        .digest("hex");
    const value = `ACS3-HMAC-SHA256 Credential=${variation.accessKeyId ?? keys.accessKeyId},SignedHeaders=${signed.join(";")},Signature=${signature}`;
    headers["authorization"] = variation.authorization?.(value) ?? value;
    const text = new URLSearchParams(query).toString();
    return { method, url: `http://${keys.endpoint}/${text === "" ? "" : `?${text}`}`, headers, body };
}

/** A request with the older signature, everything in the form body. */
export function rpcForm(
    keys: Keys,
    action: string,
    given: Record<string, string>,
    secret = keys.accessKeySecret,
): HandMade {
    const parameters: Record<string, string> = {
        Action: action,
        Version: "2017-09-08",
        Format: "JSON",
        Timestamp: timestamp(),
        SignatureMethod: "HMAC-SHA1",
        SignatureVersion: "1.0",
        SignatureNonce: randomUUID(),
        AccessKeyId: keys.accessKeyId,
        ...given,
    };
    const toSign = `POST&%2F&${strictly(sortedQuery(parameters))}`;
    const Signature = createHmac("sha1", `${secret}&`).update(toSign).digest("base64");
    return {
        method: "POST",
        url: `http://${keys.endpoint}/`,
        headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
        body: new URLSearchParams({ ...parameters, Signature }).toString(),
    };
}

export async function send(request: HandMade): Promise<{ status: number; headers: Headers; answer: Answer }> {
    const response = await fetch(request.url, {
        method: request.method,
        headers: request.headers,
        ...(request.body !== "" && { body: request.body }),
    });
    return { status: response.status, headers: response.headers, answer: (await response.json()) as Answer };
}

/** Status and error code of a request by hand: `400 SignatureDoesNotMatch`. */
export async function verdict(request: HandMade): Promise<string> {
    const { status, answer } = await send(request);
    return `${status} ${String(answer["Code"])}`;
}

/** Sends bytes as they are, and gives the answer, or what there is of it when the other side is quiet or ends. */
export function sendBytes(endpoint: string, bytes: string | Buffer, quietMs = 5000): Promise<string> {
    const [host = "", port = ""] = endpoint.split(":");
    return new Promise((resolve) => {
        let received = "";
        const socket = connect(Number(port), host, () => socket.write(bytes));
        socket.setTimeout(quietMs, () => socket.destroy());
        socket.on("data", (data) => {
            received += data.toString();
            if (isWholeAnswer(received)) socket.destroy();
        });
        socket.on("error", () => socket.destroy());
        socket.on("close", () => {
            resolve(received);
        });
    });
}

function isWholeAnswer(received: string): boolean {
    const [head = "", body = ""] = received.split("\r\n\r\n");
    const length = /^content-length: (\d+)$/im.exec(head)?.[1];
    return length !== undefined && Buffer.byteLength(body) >= Number(length);
}

/** A call of the control side. */
export async function control(
    endpoint: string,
    method: string,
    path: string,
    input?: unknown,
    headers: Record<string, string> = {},
): Promise<{ status: number; answer: Answer }> {
    const response = await fetch(`http://${endpoint}/_simulator${path}`, {
        method,
        headers,
        ...(input !== undefined && { body: typeof input === "string" ? input : JSON.stringify(input) }),
    });
    return { status: response.status, answer: (await response.json()) as Answer };
}

function timestamp(): string {
    return new Date().toISOString().replace(/\.\d+Z$/, "Z");
}

function sortedQuery(parameters: Record<string, string>): string {
    return Object.keys(parameters)
        .sort()
        .map((name) => `${strictly(name)}=${strictly(parameters[name] ?? "")}`)
        .join("&");
}

function strictly(text: string): string {
    return encodeURIComponent(text).replace(
        /[!'()*]/g,
        (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
    );
}
