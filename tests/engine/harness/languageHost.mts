// The process in which the programs of one test file run, as the Automation API runs its inline programs: the CLI
// calls back into a language server. It is plain Node, because jest replaces `require`, by whose cache the engine's
// serializer recognizes an installed package. Started in the folder whose node_modules holds the packed package.
import { AsyncResource } from "node:async_hooks";
import { createRequire, flushCompileCache } from "node:module";
import path from "node:path";
import type * as grpcTypes from "@grpc/grpc-js";
import type * as pulumiTypes from "@pulumi/pulumi";
import type { HostAnswer, HostRequest, ResourceOptionsSpec, ResourceSpec } from "./program.js";

type Program = () => Promise<Record<string, unknown>>;
type Resource = pulumiTypes.Resource & Record<string, unknown>;

interface Package {
    BackupClients: {
        new (name: string, args: unknown, opts: pulumiTypes.CustomResourceOptions): Resource;
        get(name: string, id: string, state: undefined, opts: pulumiTypes.CustomResourceOptions): Resource;
    };
}

const installed = createRequire(path.join(process.cwd(), "program.js"));
const pulumi = installed("@pulumi/pulumi") as typeof pulumiTypes;
const grpc = createRequire(installed.resolve("@pulumi/pulumi"))("@grpc/grpc-js") as typeof grpcTypes;
const { LanguageServer } = installed("@pulumi/pulumi/automation/server") as {
    LanguageServer: new (program: Program) => grpcTypes.UntypedServiceImplementation;
};
const { LanguageRuntimeService } = installed("@pulumi/pulumi/proto/language_grpc_pb") as {
    LanguageRuntimeService: grpcTypes.ServiceDefinition;
};
const { BackupClients } = installed("pulumi-alicloud-hbr") as Package;
// For the providers, which are killed before they would write it.
flushCompileCache();

/** Turns the markers of a specification into what they stand for. */
function toInput(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(toInput);
    if (typeof value !== "object" || value === null) return value;
    if ("$secret" in value) return pulumi.secret(toInput(value.$secret));
    if ("$output" in value) return pulumi.output(toInput(value.$output));
    if ("$unknown" in value) {
        return pulumi.output(pulumi.runtime.isDryRun() ? pulumi.unknown : toInput(value.$unknown));
    }
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toInput(each)]));
}

function resourcesProgram(specs: readonly ResourceSpec[]): Program {
    return () => {
        const made = new Map<string, Resource>();
        const components = new Map<string, pulumiTypes.ComponentResource>();
        const component = (name: string): pulumiTypes.ComponentResource => {
            const known = components.get(name) ?? new pulumi.ComponentResource("test:index:Group", name);
            components.set(name, known);
            return known;
        };
        const hooksOf = hooksOfProgram();
        for (const spec of specs) {
            const { name, args = {}, get, opts = {} } = spec;
            const options = { ...toOptions(opts, made, component), hooks: hooksOf(spec) };
            made.set(
                name,
                get === undefined
                    ? new BackupClients(name, toInput(args), options)
                    : BackupClients.get(name, get, undefined, options),
            );
        }
        return Promise.resolve(
            Object.fromEntries([...made].map(([name, resource]) => [name, exported(resource)])),
        );
    };
}

function exported({ id, clients, failedInstanceIds, taskIds }: Resource): Record<string, unknown> {
    return { id, clients, failedInstanceIds, taskIds };
}

function toOptions(
    {
        parent,
        dependsOn,
        aliases,
        replaceWith,
        deletedWith,
        hooks: _hooks,
        retries: _retries,
        ...plain
    }: ResourceOptionsSpec,
    made: ReadonlyMap<string, Resource>,
    component: (name: string) => pulumiTypes.ComponentResource,
): pulumiTypes.CustomResourceOptions {
    const earlier = (name: string): Resource => {
        const resource = made.get(name);
        if (!resource) throw new Error(`An option names "${name}", which the program has not made yet`);
        return resource;
    };
    const alias = (each: NonNullable<ResourceOptionsSpec["aliases"]>[number]): string | pulumiTypes.Alias => {
        if (typeof each === "string") return each;
        const { parent, ...others } = each;
        if (parent === undefined) return others;
        return { ...others, parent: parent === null ? pulumi.rootStackResource : component(parent) };
    };
    return {
        ...(plain as pulumiTypes.CustomResourceOptions),
        ...(parent !== undefined && { parent: component(parent) }),
        ...(dependsOn && { dependsOn: dependsOn.map(earlier) }),
        ...(aliases && { aliases: aliases.map(alias) }),
        ...(replaceWith && { replaceWith: replaceWith.map(earlier) }),
        ...(deletedWith !== undefined && { deletedWith: earlier(deletedWith) }),
    };
}

/** Makes hooks that say when they are called. The resources with as many repetitions share one `onError`. */
function hooksOfProgram(): (spec: ResourceSpec) => pulumiTypes.ResourceHookBinding {
    // The SDK calls a hook outside of the context in which the program has its engine.
    const say = AsyncResource.bind((text: string) => pulumi.log.info(text));
    const shared = new Map<number, pulumiTypes.ErrorHook>();
    const onError = (retries: number): pulumiTypes.ErrorHook => {
        const known = shared.get(retries);
        const hook =
            known ??
            new pulumi.ErrorHook(`repeat-${String(retries)}`, async ({ name, failedOperation, errors }) => {
                await say(`hook onError: ${name} ${failedOperation}`);
                return errors.length <= retries;
            });
        shared.set(retries, hook);
        return hook;
    };
    return ({ name, opts: { hooks = [], retries } = {} }) => {
        const bound = hooks.map((hook) => {
            const call = (): Promise<void> => say(`hook ${hook}: ${name}`);
            return [hook, [new pulumi.ResourceHook(`${name}-${hook}`, call)]] as const;
        });
        return {
            ...Object.fromEntries(bound),
            ...(retries !== undefined && { onError: [onError(retries)] }),
        };
    };
}

/** A program file runs anew each time, as it would in a process of its own. */
function moduleProgram(file: string): Program {
    return async () => {
        const folder = path.dirname(file) + path.sep;
        for (const loaded of Object.keys(installed.cache).filter((each) => each.startsWith(folder))) {
            // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- this is how a module is forgotten
            delete installed.cache[loaded];
        }
        const exports = installed(file) as Record<string, unknown> | Program;
        return typeof exports === "function" ? exports() : exports;
    };
}

const servers = new Map<number, grpcTypes.Server>();

async function serve(run: number, program: Program): Promise<number> {
    const server = new grpc.Server({ "grpc.max_receive_message_length": 400 * 1024 * 1024 });
    server.addService(LanguageRuntimeService, new LanguageServer(program));
    servers.set(run, server);
    return new Promise((resolve, reject) => {
        server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
            if (error) reject(error);
            else resolve(port);
        });
    });
}

function answer(message: HostAnswer): void {
    process.send?.(message);
}

process.on("message", (request: HostRequest) => {
    const { run } = request;
    if (request.op === "close") {
        servers.get(run)?.forceShutdown();
        servers.delete(run);
        return;
    }
    const { program } = request;
    serve(run, "module" in program ? moduleProgram(program.module) : resourcesProgram(program)).then(
        (port) => {
            answer({ op: "serving", run, port });
        },
        (error: unknown) => {
            answer({ op: "failed", run, message: String(error) });
        },
    );
});

// Calls that a killed CLI leaves open fail some time later; that must not take the other runs along.
for (const event of ["uncaughtException", "unhandledRejection"]) {
    process.on(event, (error: unknown) => {
        console.error("In the language host:", error);
    });
}
process.on("disconnect", () => process.exit());
