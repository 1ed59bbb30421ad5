import { createRequire } from "node:module";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { RESOURCE_TYPE } from "./arguments";
import { durationOf, isEmpty } from "./forms";
import { Cancelled } from "./interrupted";

/** What the constructor of `BackupClients` does in the program, before the engine calls the provider. */

const PACKAGE = "pulumi-alicloud-hbr";

// The engine starts the provider in this folder. It is read now because the program may change it.
const programFolder = process.cwd();

/**
 * The provider process loads this package by name from the program's folder. A strict package manager (pnpm) hides it
 * there if only another package depends on it.
 *
 * @throws RunError that says what to add where
 */
export function assertReachable(folder = programFolder, env = process.env): void {
    // Pulumi's program runner sets it. Tests with mocks start no provider, and the Automation API starts it in a folder
    // that is not known here.
    if (env["PULUMI_NODEJS_MONITOR"] === undefined) return;
    try {
        // This module's own `require` always resolves the name of its own package.
        createRequire(join(folder, "program.js")).resolve(`${PACKAGE}/dynamicProvider`);
    } catch {
        throw new pulumi.RunError(
            `Pulumi runs the provider in ${folder} and does not find ${PACKAGE} there, as only another package depends ` +
                `on it: add ${PACKAGE} to the dependencies of the program's own package.json (\`pnpm add ${PACKAGE}\`).`,
        );
    }
}

/** Arguments that `check` never gets: Pulumi drops the first two, and an internal input replaces the third. */
const LOST_ARGUMENTS = {
    id: "the id is that of the vault, which vaultId gives",
    urn: "Pulumi makes it from the names of the stack, the project and the resource",
    credentials: "access keys belong in the elements of instances",
};

/** @throws RunError for an argument that would be ignored silently */
export function assertReachesCheck(name: string, args: object | undefined): void {
    const given: Readonly<Record<string, unknown>> = { ...args };
    for (const [argument, why] of Object.entries(LOST_ARGUMENTS)) {
        if (given[argument] != null)
            throw new pulumi.RunError(`${argument} is not an argument of BackupClients ("${name}"): ${why}`);
    }
}

/**
 * Pulumi ignores a provider of another package. The resource would work in the account and the region of the stack's
 * configuration, and not in those of the provider.
 *
 * @throws RunError for such a provider
 */
export function assertProviderCounts(name: string, { provider }: pulumi.CustomResourceOptions): void {
    if (!provider) return;
    const type = pulumi.resourceType(provider);
    const prefix = "pulumi:providers:";
    if (type === `${prefix}pulumi-nodejs`) return;
    throw new pulumi.RunError(
        `The option provider of BackupClients ("${name}") is one for ${type.replace(prefix, "")}, and Pulumi would ignore ` +
            "it: the resource would work with the stack's configuration. For another region, use the argument region; " +
            "for another account, a provider for dynamic resources (pulumi-nodejs), as in the example two-accounts.",
    );
}

/**
 * The resource options for the engine. It answers a time-out that it cannot read with an error that does not name the
 * resource, before it calls `check`. Such time-outs are withheld from it, and `check` reports them.
 */
export function engineOptions({
    customTimeouts,
    hooks,
    ...others
}: pulumi.CustomResourceOptions): pulumi.CustomResourceOptions {
    const isReadable = Object.values(customTimeouts ?? {}).every(
        (value) => isEmpty(value) || durationOf(value) !== undefined,
    );
    return {
        ...others,
        ...(customTimeouts && isReadable && { customTimeouts }),
        ...(hooks && { hooks: hooks.onError ? { ...hooks, onError: hooks.onError.map(limited) } : hooks }),
    };
}

/**
 * An operation that has failed so often is not repeated any more. At 100 the engine gives up itself, and leaves a resource
 * without ID and outputs in the state, which no later command can handle.
 */
const MOST_FAILURES = 99;

/** What the reason of an operation says that Ctrl-C has ended. The engine goes on asking whether to repeat it. */
const CANCELLED = new RegExp(`(?:^|\\* )(?:stopped: )?${new Cancelled().message}(?:;|$)`, "m");

function mayBeRepeated([last = "", ...others]: readonly string[]): boolean {
    return 1 + others.length < MOST_FAILURES && !CANCELLED.test(last);
}

const limitedHooks = new WeakMap<pulumi.ErrorHook, pulumi.ErrorHook>();

/** A hook that several resources share is registered once, and so is its limited form. */
function limited(hook: pulumi.ErrorHook): pulumi.ErrorHook {
    const known = limitedHooks.get(hook);
    if (known) return known;
    const made = new pulumi.ErrorHook(
        `${hook.name} (BackupClients)`,
        (failure) => mayBeRepeated(failure.errors) && hook.callback(failure),
    );
    limitedHooks.set(hook, made);
    return made;
}

/** What the provider needs and the engine does not tell a dynamic provider. */
export function internalInputs(
    name: string,
    { parent, customTimeouts }: pulumi.CustomResourceOptions,
): pulumi.Inputs {
    return { __urn: urnOf({ name, parent }), ...(customTimeouts && { __timeouts: customTimeouts }) };
}

/** What the URN is made of; without a project and a stack, those of the program. */
interface Name {
    readonly name: string;
    /** The resource, or its URN. */
    readonly parent: pulumi.Resource | string | undefined;
    readonly project?: string;
    readonly stack?: string;
}

/**
 * The URN as a promise. As an Output it would make the resource depend on its parent, and so on all children of the parent:
 * two fleets in one component would wait for each other forever.
 */
export function urnOf({ name, parent, project, stack }: Name): Promise<string> {
    const above = typeof parent === "string" ? pulumi.output(parent) : parent;
    const urn = pulumi.createUrn(name, RESOURCE_TYPE, above, project, stack);
    return new Promise((resolve) => urn.apply(resolve));
}

interface WithKeys {
    readonly instanceId?: unknown;
    readonly accessKeyId?: unknown;
    readonly accessKeySecret?: unknown;
}

/**
 * Moves the access keys from the instances to an input of their own, `credentials`: a secret in an array makes the
 * whole array a secret, and a preview would show `[secret]` instead of the instances. This takes a plain array of plain
 * objects; an Output that holds a secret stays a secret as a whole.
 */
export function splitCredentials(instances: unknown): {
    readonly instances: unknown;
    /** In the order of `instances`, without trailing nulls. */
    readonly credentials: pulumi.Input<unknown>;
} {
    if (!Array.isArray(instances) || !instances.every(isPlain)) {
        const credentials = (pulumi.output(instances) as pulumi.Output<unknown>).apply((resolved) =>
            Array.isArray(resolved)
                ? withoutLastNulls(resolved.map((instance: WithKeys | null) => keysOf(instance)))
                : [],
        );
        return { instances, credentials: pulumi.secret(credentials) };
    }
    // The last element makes the whole a secret, even if only the old inputs have a key.
    return {
        instances: instances.map(withoutKeys),
        credentials: [...withoutLastNulls(instances.map(secretKeysOf)), pulumi.secret("")],
    };
}

function isPlain(value: unknown): boolean {
    return (
        value !== null &&
        typeof value === "object" &&
        !pulumi.Output.isInstance(value) &&
        !(value instanceof Promise)
    );
}

function withoutKeys(instance: WithKeys): object {
    const { accessKeyId: _id, accessKeySecret: _secret, ...rest } = instance;
    return rest;
}

/** Most fleets have no keys, and the SDK is slow with thousands of nulls. */
function withoutLastNulls<T>(keys: readonly (T | null)[]): readonly (T | null)[] {
    return keys.slice(0, keys.findLastIndex((each) => each !== null) + 1);
}

/** The keys of an instance, each half a secret of its own: one that is unknown leaves the other known. */
function secretKeysOf(instance: WithKeys): object | null {
    const keys = keysOf(instance);
    if (!keys) return null;
    const { instanceId, accessKeyId, accessKeySecret } = keys;
    return {
        instanceId,
        ...(!isEmpty(accessKeyId) && { accessKeyId: pulumi.secret(accessKeyId) }),
        ...(!isEmpty(accessKeySecret) && { accessKeySecret: pulumi.secret(accessKeySecret) }),
    };
}

/** The keys of an instance, or null if both halves are empty. */
function keysOf(instance: WithKeys | null): WithKeys | null {
    if (!instance) return null;
    const { instanceId, accessKeyId, accessKeySecret } = instance;
    return isEmpty(accessKeyId) && isEmpty(accessKeySecret)
        ? null
        : { instanceId, accessKeyId, accessKeySecret };
}
