import * as pulumi from "@pulumi/pulumi";
import { BackupClients } from "../backupClients";
import { canonicalInputs, type RawInputs } from "../check/inputs";
import { FleetRecord } from "../run/record";
import { type KnownInputs, knownInputs, outputsOf, type RecordedOutputs, specOf } from "../state";
import type { Declaration } from "./declarations";
import type { Fleet } from "./fleets";
import type { StackNames } from "./stack";

/** An entry of the file for `pulumi import --file`. */
export interface ImportEntry {
    readonly type: string;
    readonly name: string;
    readonly id: string;
    readonly parent?: string;
    readonly inputs: KnownInputs & Stored;
    readonly outputs: RecordedOutputs & Stored;
}

/** What Pulumi stores of the provider, in inputs and outputs alike. */
interface Stored {
    readonly __provider: string;
}

/** The name of the parent in the file. */
const PARENT = "parent";

/** The content of the file. */
export interface ImportFile {
    readonly nameTable?: Readonly<Record<string, string>>;
    readonly resources: readonly ImportEntry[];
}

/** Where the resources are to be. */
export interface Place extends StackNames {
    /** The URN of their parent. */
    readonly parent: string | undefined;
    /** The configured region; the argument `region` overrides it. */
    readonly region: string | undefined;
}

/**
 * The file for `pulumi import --file`. Inputs and outputs are those that `pulumi up` stores after it has adopted the clients:
 * the arguments go through the constructor and the check of the resource, and the clients through the record of a run.
 */
export async function importFile(declarations: readonly Declaration[], place: Place): Promise<ImportFile> {
    const { parent, region } = place;
    const registrations = await registered(declarations, place);
    return {
        ...(parent !== undefined && { nameTable: { [PARENT]: parent } }),
        resources: declarations.map(({ name, fleet }) => {
            const registration = registrations.get(name);
            if (registration === undefined) throw new Error(`Pulumi's SDK has not registered ${name}`);
            const { type, props } = registration;
            const { inputs, failures } = canonicalInputs({}, props, region);
            if (!inputs)
                throw new Error(failures.map((each) => `${each.property} ${each.reason}`).join("; "));
            const stored = { __provider: String(props["__provider"]) };
            const known = knownInputs(inputs);
            return {
                type,
                name,
                id: fleet.vaultId,
                ...(parent !== undefined && { parent: PARENT }),
                inputs: { ...known, ...stored },
                outputs: { ...adoptedOutputs(known, fleet), ...stored },
            };
        }),
    };
}

/** The outputs of a resource that has adopted the clients of a fleet. */
function adoptedOutputs(inputs: KnownInputs, { members }: Fleet): RecordedOutputs {
    const { instances } = specOf(inputs);
    const record = new FleetRecord(new Map());
    for (const { client } of members) {
        const declared = instances.get(client.instanceId);
        if (declared) record.healthy(declared, client);
    }
    return outputsOf(inputs, record.entries, []);
}

interface Registration {
    readonly type: string;
    readonly props: RawInputs;
}

/**
 * What a program that declares these resources sends to the engine, `__provider` among it: the SDK serializes it by itself,
 * and by its own rules. Its mocks stand for the engine.
 */
async function registered(
    declarations: readonly Declaration[],
    { project, stack, parent }: Place,
): Promise<ReadonlyMap<string, Registration>> {
    const registrations = new Map<string, Registration>();
    const newResource = ({ type, name, inputs }: pulumi.runtime.MockResourceArgs) => {
        registrations.set(name, { type, props: inputs as RawInputs });
        return { id: name, state: {} };
    };
    await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, project, stack, false);
    const options = parent === undefined ? {} : { parent: new pulumi.DependencyResource(parent) };
    const made = declarations.map(({ name, args }) => new BackupClients(name, args, options));
    for (const { urn } of made) await new Promise((resolve) => urn.apply(resolve));
    return registrations;
}
