import fs from "node:fs";
import { isDeepStrictEqual } from "node:util";

/** A resource as the state has it. Secrets are objects with a ciphertext: see `isSecret`. */
export interface StateResource {
    urn: string;
    type: string;
    id?: string;
    inputs?: Record<string, unknown>;
    outputs?: Record<string, unknown>;
    parent?: string;
    dependencies?: string[];
    initErrors?: string[];
    protect?: boolean;
    customTimeouts?: Record<string, number>;
    [key: string]: unknown;
}

export interface Deployment {
    resources?: StateResource[];
    pending_operations?: { resource: StateResource; type: string }[];
    [key: string]: unknown;
}

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Whether a value of the state is an encrypted secret. */
export function isSecret(value: unknown): boolean {
    return (
        typeof value === "object" &&
        value !== null &&
        (value as Record<string, unknown>)[SIGNATURE] === SECRET
    );
}

/** The state of one stack, as the file backend keeps it. */
export class StackState {
    constructor(
        readonly deployment: Deployment,
        /** The file's text, to look for what must not be in it. */
        readonly text: string,
    ) {}

    static read(file: string): StackState {
        const text = fs.readFileSync(file, "utf8");
        const { checkpoint } = JSON.parse(text) as { checkpoint: { latest?: Deployment } };
        return new StackState(checkpoint.latest ?? {}, text);
    }

    get resources(): StateResource[] {
        return this.deployment.resources ?? [];
    }

    /** By its name in the program. */
    find(name: string): StateResource | undefined {
        return this.resources.find(({ urn }) => urn.endsWith(`::${name}`));
    }

    resource(name: string): StateResource {
        const found = this.find(name);
        if (!found)
            throw new Error(
                `No resource "${name}" in the state: ${JSON.stringify(this.resources.map((r) => r.urn))}`,
            );
        return found;
    }

    get stackOutputs(): Record<string, unknown> {
        return this.resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
    }

    equals(other: StackState): boolean {
        return isDeepStrictEqual(this.resources, other.resources);
    }
}

/** The state of a stack that nothing was ever deployed to; writing it saves a call of the CLI for each stack. */
export function emptyState(project: string, stack: string): string {
    const manifest = { time: new Date(0).toISOString(), magic: "", version: "" };
    const latest = { manifest };
    return JSON.stringify({ version: 3, checkpoint: { stack: `organization/${project}/${stack}`, latest } });
}
