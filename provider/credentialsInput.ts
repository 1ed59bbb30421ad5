import * as pulumi from "@pulumi/pulumi";

/** The input `credentials`: aligned with `instances`, a secret as a whole. */
export type CredentialInput = pulumi.Output<unknown>;

interface WithKeys {
    readonly instanceId?: unknown;
    readonly accessKeyId?: unknown;
    readonly accessKeySecret?: unknown;
}

/**
 * Takes the access keys out of the instances, into an input of their own: a secret anywhere in an array makes the
 * whole array one, and a preview of it would show `[secret]` and nothing else. That works for a plain array of plain
 * objects, before anything is resolved; an Output array that holds a secret stays a secret as a whole.
 */
export function splitCredentials(instances: unknown): {
    readonly instances: unknown;
    readonly credentials: CredentialInput;
} {
    if (!Array.isArray(instances) || !instances.every(isPlain)) {
        const credentials = (pulumi.output(instances) as pulumi.Output<unknown>).apply((resolved) =>
            Array.isArray(resolved) ? resolved.map((instance: WithKeys | null) => keysOf(instance)) : [],
        );
        return { instances, credentials: pulumi.secret(credentials) };
    }
    return {
        instances: instances.map(withoutKeys),
        credentials: pulumi.secret((instances as WithKeys[]).map(keysOf)),
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

/** Nothing for an instance without keys, so that a fleet without any has nothing to hide. */
function keysOf(instance: WithKeys | null | undefined): object | null {
    if (instance?.accessKeyId === undefined && instance?.accessKeySecret === undefined) return null;
    const { instanceId, accessKeyId, accessKeySecret } = instance;
    return { instanceId, accessKeyId, accessKeySecret };
}
