// What the full Pulumi CLI has beside it as `pulumi-language-nodejs`: it starts the program with the runner that the
// program's own @pulumi/pulumi brings, which decides how modules and TypeScript are loaded. The CLI finds this by
// name on PATH (see project.ts) and passes the address of the engine.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import type * as grpcTypes from "@grpc/grpc-js";

/** The part of the protocol's messages that is used here: they come without types. */
interface ProgramInfo {
    getProgramDirectory(): string;
    getRootDirectory(): string;
    getEntryPoint(): string;
}
interface RunRequest {
    getInfo(): ProgramInfo;
    getMonitorAddress(): string;
    getProject(): string;
    getStack(): string;
    getOrganization(): string;
    getParallel(): number;
    getDryrun(): boolean;
    getConfigMap(): { entries(): Iterable<[string, string]> };
    getConfigsecretkeysList(): string[];
}
interface Message {
    setBail(value: boolean): void;
    setError(text: string): void;
    setStderr(text: Buffer): void;
}
type Messages = Record<
    | "RunResponse"
    | "PluginInfo"
    | "GetRequiredPackagesResponse"
    | "GetRequiredPluginsResponse"
    | "InstallDependenciesResponse",
    new () => Message
>;

const require = createRequire(import.meta.url);
const grpc = createRequire(require.resolve("@pulumi/pulumi"))("@grpc/grpc-js") as typeof grpcTypes;
const messages = {
    ...(require("@pulumi/pulumi/proto/language_pb") as Messages),
    ...(require("@pulumi/pulumi/proto/plugin_pb") as Messages),
};
const { LanguageRuntimeService } = require("@pulumi/pulumi/proto/language_grpc_pb") as {
    LanguageRuntimeService: grpcTypes.ServiceDefinition;
};

/** The program has told the user what is wrong. */
const REPORTED = 32;

const engine = process.argv.at(-1) ?? "";

type Answer = (error: null, response: Message) => void;

function run({ request }: { request: RunRequest }, answer: Answer): void {
    const info = request.getInfo();
    const folder = info.getProgramDirectory();
    const args = [
        createRequire(path.join(folder, "program.js")).resolve("@pulumi/pulumi/cmd/run"),
        ...["--monitor", request.getMonitorAddress(), "--engine", engine],
        ...["--project", request.getProject(), "--stack", request.getStack()],
        ...["--organization", request.getOrganization(), "--parallel", String(request.getParallel())],
        ...["--root-directory", info.getRootDirectory(), "--pwd", folder],
        ...(request.getDryrun() ? ["--dry-run"] : []),
        info.getEntryPoint(),
    ];
    const env = {
        ...process.env,
        PULUMI_NODEJS_TYPESCRIPT: "true",
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries())),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    };
    const child = spawn("node", args, { cwd: folder, env, stdio: ["ignore", "inherit", "inherit"] });
    child.on("close", (code) => {
        const response = new messages.RunResponse();
        if (code === REPORTED) response.setBail(true);
        else if (code !== 0) response.setError(`Program exited with ${String(code)}`);
        answer(null, response);
    });
}

/** The calls of `pulumi install`, with npm as Pulumi calls it; in a workspace, npm finds the root by itself. */
interface Installation {
    request: { getInfo(): ProgramInfo };
    write(response: Message): void;
    end(): void;
    emit(event: "error", error: Error): void;
}

function installDependencies(call: Installation): void {
    const cwd = call.request.getInfo().getProgramDirectory();
    const child = spawn("npm", ["install", "--loglevel=error"], { cwd, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr])
        stream.on("data", (data: Buffer) => {
            const response = new messages.InstallDependenciesResponse();
            response.setStderr(data);
            call.write(response);
        });
    child.on("close", (code) => {
        if (code === 0) call.end();
        else call.emit("error", new Error(`npm install exited with ${String(code)}`));
    });
}

const empty =
    (name: keyof Messages) =>
    (_call: unknown, answer: Answer): void => {
        answer(null, new messages[name]());
    };

const server = new grpc.Server();
server.addService(LanguageRuntimeService, {
    run,
    installDependencies,
    getPluginInfo: empty("PluginInfo"),
    getRequiredPackages: empty("GetRequiredPackagesResponse"),
    getRequiredPlugins: empty("GetRequiredPluginsResponse"),
});
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${String(port)}\n`);
});
