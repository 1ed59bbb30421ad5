import { spawn, type ChildProcessByStdio } from "node:child_process";
import path from "node:path";
import type { Readable } from "node:stream";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";

export type Properties = Record<string, JavaScriptValue>;

/** An error with which the provider says that the resource is there all the same, with these properties. */
export class InitFailed extends Error {
    constructor(
        readonly properties: Properties,
        readonly reasons: readonly string[],
    ) {
        super(reasons.join("\n"));
    }
}

/** The provider's process ended in the middle of a call. */
export class ProviderDied extends Error {}

type Callback<Response> = (error: grpc.ServiceError | null, response: Response) => void;

/** As the engine captures the provider of an installed package: as one `require` of it. */
const PROVIDER = 'exports.handler = () => require("pulumi-alicloud-hbr/dynamicProvider");';
const SERVER = require.resolve("@pulumi/pulumi/cmd/dynamic-provider");
const DETAILS = "grpc-status-details-bin";

/** The real dynamic-provider server in a process of its own, called as the engine calls it. */
export class ProviderServer {
    /** The exit code, once the process has ended; null where a signal ended it. */
    readonly ended: Promise<number | null>;

    private constructor(
        private readonly process: ChildProcessByStdio<null, Readable, Readable>,
        private readonly client: ResourceProviderClient,
    ) {
        this.ended = new Promise((resolve) => process.once("exit", resolve));
    }

    /**
     * @param folder whose node_modules holds the installed package
     * @param engineAddress where the engine, or what stands for it, listens
     * @param config the stack configuration by full key; lists and objects as JSON text
     */
    static async start(folder: string, engineAddress: string, config: Properties): Promise<ProviderServer> {
        const child = spawn(process.execPath, [SERVER, engineAddress], {
            cwd: folder,
            env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: path.join(folder, "compile-cache") },
            stdio: ["ignore", "pipe", "pipe"],
        });
        const address = `127.0.0.1:${await portOf(child)}`;
        const client = new ResourceProviderClient(address, grpc.credentials.createInsecure());
        const request = new proto.ConfigureRequest().setArgs(Struct.fromJavaScript(config));
        await call((callback: Callback<unknown>) => client.configure(request, callback));
        return new ProviderServer(child, client);
    }

    get pid(): number {
        if (this.process.pid === undefined) throw new Error("the provider's process did not start");
        return this.process.pid;
    }

    /** Ends the process, if it is still there. */
    async stop(): Promise<void> {
        this.client.close();
        this.process.kill("SIGKILL");
        await this.ended;
    }

    /** The inputs as the provider leaves them. */
    async check(urn: string, olds: Properties, news: Properties): Promise<Properties> {
        const request = new proto.CheckRequest()
            .setUrn(urn)
            .setOlds(Struct.fromJavaScript(olds))
            .setNews(Struct.fromJavaScript({ ...news, __provider: PROVIDER }));
        const response = await call((callback: Callback<proto.CheckResponse>) =>
            this.client.check(request, callback),
        );
        const failures = response
            .getFailuresList()
            .map((each) => `${each.getProperty()}: ${each.getReason()}`);
        if (failures.length > 0) throw new Error(failures.join("\n"));
        return propertiesOf(response);
    }

    /** Whether there is something to be updated. */
    async diff(urn: string, id: string, olds: Properties, news: Properties): Promise<boolean> {
        const request = new proto.DiffRequest()
            .setUrn(urn)
            .setId(id)
            .setOlds(Struct.fromJavaScript(olds))
            .setNews(Struct.fromJavaScript(news));
        const response = await call((callback: Callback<proto.DiffResponse>) =>
            this.client.diff(request, callback),
        );
        if (response.getReplacesList().length > 0) throw new Error("a replacement was not expected");
        return response.getChanges() === proto.DiffResponse.DiffChanges.DIFF_SOME;
    }

    /** The outputs; throws {@link InitFailed} as all that is to follow. */
    async create(urn: string, inputs: Properties): Promise<Properties> {
        const request = new proto.CreateRequest().setUrn(urn).setProperties(Struct.fromJavaScript(inputs));
        return outputsOf(
            await call((callback: Callback<proto.CreateResponse>) => this.client.create(request, callback)),
        );
    }

    async update(urn: string, id: string, olds: Properties, news: Properties): Promise<Properties> {
        const request = new proto.UpdateRequest()
            .setUrn(urn)
            .setId(id)
            .setOlds(Struct.fromJavaScript(olds))
            .setNews(Struct.fromJavaScript(news));
        return outputsOf(
            await call((callback: Callback<proto.UpdateResponse>) => this.client.update(request, callback)),
        );
    }

    /** The outputs as they are now; nothing where the resource is no more. */
    async read(urn: string, id: string, outputs: Properties): Promise<Properties | undefined> {
        const request = new proto.ReadRequest()
            .setUrn(urn)
            .setId(id)
            .setProperties(Struct.fromJavaScript(outputs));
        const response = await call((callback: Callback<proto.ReadResponse>) =>
            this.client.read(request, callback),
        );
        return response.getId() === "" ? undefined : outputsOf(response);
    }

    async delete(urn: string, id: string, outputs: Properties): Promise<void> {
        const request = new proto.DeleteRequest()
            .setUrn(urn)
            .setId(id)
            .setProperties(Struct.fromJavaScript(outputs));
        await call((callback: Callback<unknown>) => this.client.delete(request, callback));
    }
}

function outputsOf(response: { getProperties(): Struct | undefined }): Properties {
    return response.getProperties()?.toJavaScript() ?? {};
}

function propertiesOf(response: proto.CheckResponse): Properties {
    return response.getInputs()?.toJavaScript() ?? {};
}

function call<Response>(start: (callback: Callback<Response>) => unknown): Promise<Response> {
    return new Promise((resolve, reject) => {
        start((error, response) => {
            if (error) reject(errorOf(error));
            else resolve(response);
        });
    });
}

/** The server packs what is left of a failed create or update into the details of the status. */
function errorOf(error: grpc.ServiceError): Error {
    if (error.code === grpc.status.UNAVAILABLE) return new ProviderDied(error.message);
    const [details] = error.metadata.get(DETAILS);
    if (!Buffer.isBuffer(details)) return error;
    const [detail] = Status.deserializeBinary(details).getDetailsList();
    const failed = detail?.unpack(
        (bytes) => proto.ErrorResourceInitFailed.deserializeBinary(bytes),
        "pulumirpc.ErrorResourceInitFailed",
    );
    return failed ? new InitFailed(outputsOf(failed), failed.getReasonsList()) : error;
}

/** The server prints its port, and nothing else, once it listens. */
function portOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<number> {
    return new Promise((resolve, reject) => {
        let printed = "";
        let complaints = "";
        child.stderr.on("data", (data: Buffer) => (complaints += data.toString()));
        child.once("error", reject);
        child.once("exit", () => {
            reject(new Error(`the provider ended before it listened:\n${printed}${complaints}`));
        });
        child.stdout.on("data", (data: Buffer) => {
            printed += data.toString();
            const port = /^(\d+)\n/.exec(printed)?.[1];
            if (port !== undefined) resolve(Number(port));
        });
    });
}
