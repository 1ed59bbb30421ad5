import * as v from "valibot";
import { id, orAbsent, text } from "../provider/hbr/fields";
import { line, visible } from "../provider/hbr/secrets";
import { UsageError } from "../provider/commandLine";
import { RESOURCE_TYPE } from "../provider/arguments";
import { STATE_VERSION } from "../provider/state";

/*
 * What the report takes from the outputs of a resource. It takes nothing else: what is not named here, arguments and
 * access keys among it, cannot be in a report.
 */

/** A descriptive text of the service, which may be long. */
const message = orAbsent(
    v.pipe(
        v.string(),
        v.transform((said) => line(visible(said), 500).trim()),
        v.nonEmpty(),
    ),
);

/** The names of settings, without their values. */
const names = v.fallback(
    v.pipe(
        v.record(v.string(), v.unknown()),
        v.transform((settings) => Object.keys(settings).map(shown)),
    ),
    [],
);

const entrySchema = v.object({
    instanceId: id,
    clusterId: text,
    status: id,
    clientId: text,
    clientVersion: text,
    latestVersion: text,
    instanceName: text,
    statusMessage: message,
    errorCode: text,
    errorMessage: message,
    pendingAction: text,
    owned: orAbsent(v.boolean()),
    drift: names,
    settingsNotTaken: names,
});

/** One client, an element of the output `clients`. */
export type Entry = v.InferOutput<typeof entrySchema>;

/** What a document says about one resource. */
export interface Fleet {
    /** The name in the program, or the path of the stack output. */
    readonly name: string;
    readonly vaultId: string | undefined;
    readonly region: string | undefined;
    /** Whether a rollout in waves is not finished; unknown (false) of a stack output. */
    readonly hasOpenRollout: boolean;
    readonly entries: readonly Entry[];
}

/** The project and the stack, as its URNs name them. */
export interface StackNames {
    readonly project: string;
    readonly stack: string;
}

/** What all documents together say. */
export interface Findings {
    readonly names: StackNames | undefined;
    /** When the state was written, as Pulumi notes it. */
    readonly takenAt: string | undefined;
    readonly fleets: readonly Fleet[];
    /** The changes of our resources in a preview; undefined without one. */
    readonly changes: readonly Change[] | undefined;
    readonly remarks: readonly string[];
    /** What the documents do not tell, so that no condition on it can be judged. */
    readonly gaps: readonly Gap[];
}

export interface Gap {
    readonly about: "clients" | "plan" | "both";
    readonly text: string;
}

/** The operation of a resource of which a refresh has found nothing. */
export const GONE = "gone";

/** What a preview does with one resource. */
export interface Change {
    readonly name: string;
    /** The engine's word (create, update, replace, delete, …), or {@link GONE}. */
    readonly operation: string;
    /** The plan line, as the preview prints it. */
    readonly line: string | undefined;
    /** Whether clients are removed: by a deletion or replacement of the resource, or by its plan. */
    readonly removes: boolean;
    readonly warnings: number;
}

/** `urn:pulumi:<stack>::<project>::<types>::<name>` */
export function partsOf(urn: string): StackNames & { readonly isFleet: boolean; readonly name: string } {
    const [first = "", project = "", types = "", ...name] = urn.split("::");
    return {
        stack: shown(first.split(":").slice(2).join(":")),
        project: shown(project),
        isFleet: types.split("$").at(-1) === RESOURCE_TYPE,
        name: shown(name.join("::")),
    };
}

/** A name from a document, fit for a terminal too. */
export function shown(part: string): string {
    return line(visible(part), 200);
}

/** How Pulumi writes a secret into a state. */
const SECRET = "4dabf18193072939515e22adb298388d";

/** Whether a value is marked as secret, whether or not it is readable. No report shows such a value. */
export function isSecret(value: unknown): boolean {
    return value === "[secret]" || (typeof value === "object" && value !== null && SECRET in value);
}

const outputsSchema = v.object({
    vaultId: text,
    region: text,
    __version: v.optional(v.unknown()),
    __rollout: v.optional(v.unknown()),
    clients: v.optional(v.unknown()),
});

/**
 * Reads the outputs of a resource.
 *
 * @returns a gap if the clients are not there to be read
 * @throws UsageError for a state of a later version, or one that cannot be right
 */
export function fleetOf(name: string, outputs: unknown): Fleet | Gap {
    const { output, success } = v.safeParse(outputsSchema, outputs);
    if (!success) return { about: "clients", text: `${name} has no outputs yet` };
    const { vaultId, region, clients, __version: version, __rollout: rollout } = output;
    if (typeof version === "number" && version > STATE_VERSION)
        throw new UsageError(
            `${name} was written by a newer pulumi-alicloud-hbr (state version ${version}, this one knows ${STATE_VERSION}): update the package`,
        );
    if (clients == null) return { about: "clients", text: `${name} has no output clients` };
    if (isSecret(clients))
        return { about: "clients", text: `${name}: its output clients is a secret, so it is not shown` };
    const entries = entriesOf(`${name}: clients`, clients);
    return { name, vaultId, region, hasOpenRollout: isFilled(rollout), entries };
}

function isFilled(value: unknown): boolean {
    return typeof value === "object" && value !== null;
}

const clientsSchema = v.record(v.string(), entrySchema);

/** @throws UsageError that says where, and quotes nothing */
function entriesOf(path: string, clients: unknown): readonly Entry[] {
    const { success, output, issues } = v.safeParse(clientsSchema, clients, { abortEarly: true });
    if (success) return Object.values(output);
    const where = v.getDotPath(issues[0]);
    throw new UsageError(
        `${path}${where === null ? "" : `.${shown(where)}`} is not what a client looks like`,
    );
}

/** Whether a stack output is a map of clients: every key is the ID of the instance in its value. */
export function isClientMap(value: unknown): boolean {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    const entries = Object.entries(value) as [string, unknown][];
    return (
        entries.length > 0 &&
        entries.every(
            ([key, entry]) =>
                typeof entry === "object" &&
                entry !== null &&
                Reflect.get(entry, "instanceId") === key &&
                typeof Reflect.get(entry, "status") === "string" &&
                typeof Reflect.get(entry, "installed") === "boolean",
        )
    );
}
