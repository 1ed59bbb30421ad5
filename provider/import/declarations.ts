import { isDeepStrictEqual } from "node:util";
import { INSTANCE } from "../arguments";
import { canonicalInputs } from "../check/inputs";
import type { CheckFailure } from "../check/schema";
import type { BackupClientsArgs } from "../publicTypes";
import type { Fleet, Managed } from "./fleets";
import { UsageError } from "../commandLine";
import { optionOf, type Options } from "./options";

/** A resource to import, as a program declares it. */
export interface Declaration {
    readonly name: string;
    readonly args: BackupClientsArgs;
    readonly fleet: Fleet;
}

/**
 * Checks the arguments that the options give, as the resource does, before anything is read.
 *
 * @throws UsageError that names the option
 */
export function assertArguments({ settings }: Options, region: string): void {
    const some = { vaultId: "v-some", instances: [{ instanceId: "i-some" }] };
    const { failures } = canonicalInputs({}, { ...some, ...settings }, region);
    if (failures.length > 0) throw new UsageError(failures.map(describeFailure).join("\n"));
}

function describeFailure({ property, reason }: CheckFailure): string {
    const [argument = "", ...path] = property.split(/(?=[.[])/);
    return `--${optionOf(argument)}${path.join("")} ${reason}`;
}

/** The names of the resources that declare these fleets: one for each, by what tells them apart. */
export function namesOf(fleets: readonly Fleet[], { name }: Options): readonly string[] {
    const isManyVaults = new Set(fleets.map(({ vaultId }) => vaultId)).size > 1;
    const isManyClusters = new Set(fleets.map(({ clusterId }) => clusterId)).size > 1;
    return fleets.map((fleet) => nameOf(name, fleet, isManyVaults, isManyClusters));
}

/**
 * The names of the resources. Where there are more clusters today than there were at the import, the program still gives a
 * resource the name that it was imported with.
 */
export async function namesInStack(
    fleets: readonly Fleet[],
    { byClient }: Managed,
    options: Options,
    urnWith: (name: string) => Promise<string>,
): Promise<readonly string[]> {
    const names = [...namesOf(fleets, options)];
    if (!options.program) return names;
    for (const [index, fleet] of fleets.entries()) {
        const holders = new Set(fleet.members.map(({ client }) => byClient.get(client.clientId)));
        const isHolder = async (name: string): Promise<boolean> => holders.has(await urnWith(name));
        const others = possibleNames(fleet, options).filter((name) => !names.includes(name));
        for (const name of [...names.slice(index, index + 1), ...others]) {
            if (!(await isHolder(name))) continue;
            names[index] = name;
            break;
        }
    }
    return names;
}

/** Every name that {@link namesOf} may give to a fleet, by which others there are. */
function possibleNames(fleet: Fleet, { name }: Options): readonly string[] {
    return [false, true].flatMap((isManyVaults) =>
        [false, true].map((isManyClusters) => nameOf(name, fleet, isManyVaults, isManyClusters)),
    );
}

function nameOf(
    name: string,
    { vaultId, clusterId = "without-cluster" }: Fleet,
    isManyVaults: boolean,
    isManyClusters: boolean,
): string {
    return [name, ...(isManyVaults ? [vaultId] : []), ...(isManyClusters ? [clusterId] : [])].join("-");
}

/** The resource that declares a fleet. */
export function declarationOf(name: string, fleet: Fleet, options: Options): Declaration {
    return { name, args: argsOf(fleet, options), fleet };
}

function argsOf({ vaultId, members, shown }: Fleet, { sourceTypes, settings }: Options): Declaration["args"] {
    const instances = members.map(({ client, ...member }) => {
        const { instanceId, clusterId } = client;
        const types = sourceTypes ?? member.sourceTypes ?? [];
        const areDefault = types.length === 0 || isDeepStrictEqual(types, INSTANCE.sourceTypes.default);
        return {
            instanceId,
            ...(clusterId !== undefined && { clusterId }),
            ...(!areDefault && { sourceTypes: [...types] }),
        };
    });
    // `assertArguments` has checked the settings.
    return {
        vaultId,
        instances,
        ...(shown as Partial<BackupClientsArgs>),
        ...(settings as Partial<BackupClientsArgs>),
    };
}
