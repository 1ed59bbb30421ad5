import { spawn } from "node:child_process";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { CheckRequest, ConfigureRequest, DiffRequest } from "@pulumi/pulumi/proto/provider_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { LoopbackEngine } from "../../tests/crash/loopbackEngine";
import { folderWithBoth } from "../engine/bench";
import { cpuOf } from "../engine/processes";
import { fleetOf } from "../program/fleet";
import { type Figure, shown, shownSpread, shownTime } from "../results";
import { inTurn, ratioOf, spreadOf } from "../statistics";
import { VAULT } from "../virtual/service";

const BOUND = 1.1;
const SERVER = require.resolve("@pulumi/pulumi/cmd/dynamic-provider");

interface Started {
    readonly wallMs: number;
    readonly cpuMs: number;
}

type Properties = Record<string, JavaScriptValue>;

/** Measures the time until a new provider process has answered check and diff. Most of it is loading modules. */
export async function startUp(quick: boolean): Promise<Figure> {
    const installed = await folderWithBoth();
    const { folder } = installed;
    const { engine, address } = await LoopbackEngine.start();
    try {
        const { ours, bare } = await inTurn(quick ? 5 : 25, {
            bare: () => start(folder, address, "bench-bare"),
            ours: () => start(folder, address, "pulumi-alicloud-hbr/dynamicProvider"),
        });
        const wall = (runs: readonly Started[]): number[] => runs.map(({ wallMs }) => wallMs);
        const cpu = (runs: readonly Started[]): number[] => runs.map(({ cpuMs }) => cpuMs);
        const value = ratioOf(wall(ours), wall(bare));
        return {
            name: "start-up",
            scenario: "provider process, up to its first answers to check and diff, 20 instances",
            ours: shownTime(spreadOf(wall(ours)).median),
            comparedWith: `bare ${shownTime(spreadOf(wall(bare)).median)}`,
            value,
            mustReach: `at most ${shown(BOUND)}`,
            reached: value.median <= BOUND,
            note: `CPU time is ${shownSpread(ratioOf(cpu(ours), cpu(bare)))} times bare's; no SDK is loaded`,
        };
    } finally {
        engine.stop();
        installed.remove();
    }
}

/** Starts the dynamic-provider server as the engine does, with the engine's address. */
async function start(folder: string, address: string, module: string): Promise<Started> {
    const startedAt = performance.now();
    const child = spawn(process.execPath, [SERVER, address], {
        cwd: folder,
        env: { PATH: process.env["PATH"] },
        stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const port = await new Promise<string>((resolve) => {
        child.stdout.once("data", (data: Buffer) => {
            resolve(data.toString().trim());
        });
    });
    const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    try {
        await configure(client);
        await checkAndDiff(client, `exports.handler = () => require("${module}");`);
        return { wallMs: performance.now() - startedAt, cpuMs: cpuOf(child.pid) };
    } finally {
        client.close();
        child.kill("SIGKILL");
        await ended;
    }
}

async function configure(client: ResourceProviderClient): Promise<void> {
    const request = new ConfigureRequest().setArgs(
        Struct.fromJavaScript({ "alicloud:region": "cn-hangzhou" }),
    );
    await new Promise<void>((resolve, reject) => {
        client.configure(request, (error) => {
            if (error) reject(error);
            else resolve();
        });
    });
}

async function checkAndDiff(client: ResourceProviderClient, __provider: string): Promise<void> {
    const urn = "urn:pulumi:dev::fleet::pulumi-nodejs:dynamic/alicloud-hbr:BackupClients::fleet";
    const news: Properties = {
        __provider,
        vaultId: VAULT,
        instances: fleetOf(20),
        __urn: urn,
    };
    const request = new CheckRequest()
        .setUrn(urn)
        .setOlds(Struct.fromJavaScript({}))
        .setNews(Struct.fromJavaScript(news));
    const inputs = await new Promise<Struct | undefined>((resolve, reject) => {
        client.check(request, (error, response) => {
            if (error) reject(error);
            else resolve(response.getInputs());
        });
    });
    const outputs: Properties = {
        ...inputs?.toJavaScript(),
        clients: {},
        taskIds: [],
        failedInstanceIds: [],
    };
    const diff = new DiffRequest()
        .setUrn(urn)
        .setId(VAULT)
        .setOlds(Struct.fromJavaScript(outputs))
        .setNews(inputs);
    await new Promise<void>((resolve, reject) => {
        client.diff(diff, (error) => {
            if (error) reject(error);
            else resolve();
        });
    });
}
