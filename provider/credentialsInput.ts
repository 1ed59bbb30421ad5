import * as pulumi from "@pulumi/pulumi";
import { isEmpty } from "./check/given";

/** The input `credentials`: aligned with `instances` as far as there are keys, a secret as a whole. */
export type CredentialInput = pulumi.Input<unknown>;

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
            Array.isArray(resolved)
                ? withoutLastNulls(resolved.map((instance: WithKeys | null) => keysOf(instance)))
                : [],
        );
        return { instances, credentials: pulumi.secret(credentials) };
    }
    // The last element says that the whole is a secret, also where an old key is all that is left to hide.
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

/** Most fleets have no keys, and the SDK takes its time over each of thousands of nulls. */
function withoutLastNulls<T>(keys: readonly (T | null)[]): readonly (T | null)[] {
    return keys.slice(0, keys.findLastIndex((each) => each !== null) + 1);
}

/** Each half a secret of its own, so that one that is not known yet leaves the others known. */
function secretKeysOf(instance: WithKeys): object | null {
    const { instanceId, accessKeyId, accessKeySecret } = instance;
    if (!hasKey(instance)) return null;
    return {
        instanceId,
        ...(!isEmpty(accessKeyId) && { accessKeyId: pulumi.secret(accessKeyId) }),
        ...(!isEmpty(accessKeySecret) && { accessKeySecret: pulumi.secret(accessKeySecret) }),
    };
}

/** Nothing for an instance without keys, so that a fleet without any has nothing to hide. */
function keysOf(instance: WithKeys | null | undefined): object | null {
    if (!instance || !hasKey(instance)) return null;
    const { instanceId, accessKeyId, accessKeySecret } = instance;
    return { instanceId, accessKeyId, accessKeySecret };
}

/** An empty half is as good as none; what an Output holds, only `check` can see. */
function hasKey({ accessKeyId, accessKeySecret }: WithKeys): boolean {
    return !isEmpty(accessKeyId) || !isEmpty(accessKeySecret);
}
