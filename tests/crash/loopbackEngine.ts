import * as grpc from "@grpc/grpc-js";
import { EngineService, type IEngineServer } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

/**
 * Stands for the engine, as far as a provider knows it: something that accepts connections at the address the provider
 * was started with, and takes log messages, which are of no interest here.
 */
export class LoopbackEngine {
    private readonly server = new grpc.Server();

    private constructor() {
        const service: Partial<IEngineServer> = {
            log: (_call, callback) => {
                callback(null, new Empty());
            },
        };
        this.server.addService(EngineService, service as IEngineServer);
    }

    static async start(): Promise<{ engine: LoopbackEngine; address: string }> {
        const engine = new LoopbackEngine();
        const port = await new Promise<number>((resolve, reject) => {
            engine.server.bindAsync(
                "127.0.0.1:0",
                grpc.ServerCredentials.createInsecure(),
                (error, bound) => {
                    if (error) reject(error);
                    else resolve(bound);
                },
            );
        });
        return { engine, address: `127.0.0.1:${port}` };
    }

    stop(): void {
        this.server.forceShutdown();
    }
}
