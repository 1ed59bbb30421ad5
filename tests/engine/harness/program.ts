/** What a test says about the program that the engine runs. It crosses a process boundary, so it is plain JSON. */
export type ProgramSpec = readonly ResourceSpec[] | ProgramFile;

/** A whole program: a `.ts` or `.cjs` file. Its folder is taken along, its exports become the stack's outputs. */
export interface ProgramFile {
    file: string;
}

/** One `new BackupClients(name, args, opts)`, or one `BackupClients.get(name, get, undefined, opts)`. */
export interface ResourceSpec {
    name: string;
    /** Plain values, and the markers below at any depth. */
    args?: Record<string, unknown>;
    /** The id to read existing clients by. */
    get?: string;
    opts?: ResourceOptionsSpec;
}

/** The resource options by their own names; other resources go by the name they have in the program. */
export interface ResourceOptionsSpec {
    /** A component of that name, made on demand. */
    parent?: string;
    dependsOn?: readonly string[];
    deletedWith?: string;
    aliases?: readonly (string | { name?: string; parent?: string })[];
    customTimeouts?: { create?: string; update?: string; delete?: string };
    ignoreChanges?: readonly string[];
    replaceOnChanges?: readonly string[];
    additionalSecretOutputs?: readonly string[];
    /** The id of something that is there, to be taken over. */
    import?: string;
    protect?: boolean;
    retainOnDelete?: boolean;
    deleteBeforeReplace?: boolean;
}

/** Marks a secret: `pulumi.secret(value)`. */
export const secret = (value: unknown): { $secret: unknown } => ({ $secret: value });
/** An output with a known value: `pulumi.output(value)`. */
export const output = (value: unknown): { $output: unknown } => ({ $output: value });
/** An output that is unknown in previews and has the value in an update, like one of a resource yet to be made. */
export const unknown = (value: unknown): { $unknown: unknown } => ({ $unknown: value });

/** From the test to the language host: serve this program, or stop serving it. */
export type HostRequest =
    | { op: "serve"; run: number; program: readonly ResourceSpec[] | { module: string } }
    | { op: "close"; run: number };

export type HostAnswer =
    { op: "serving"; run: number; port: number } | { op: "failed"; run: number; message: string };
