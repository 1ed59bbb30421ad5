import * as v from "valibot";
import {
    isClientMap,
    type Findings,
    fleetOf,
    type Fleet,
    type Gap,
    isSecret,
    partsOf,
    shown,
} from "./fleets";

/** What `pulumi stack export` and `pulumi stack output --json` print. */

export const exportSchema = v.object({
    version: v.number(),
    deployment: v.object({
        manifest: v.optional(v.object({ time: v.optional(v.string()) })),
        resources: v.nullish(
            v.array(
                v.object({
                    urn: v.string(),
                    delete: v.optional(v.boolean()),
                    pendingReplacement: v.optional(v.boolean()),
                    outputs: v.optional(v.unknown()),
                }),
            ),
        ),
    }),
});

type Resource = NonNullable<v.InferOutput<typeof exportSchema>["deployment"]["resources"]>[number];

/** The fleets in an exported stack. */
export function ofExport({ deployment }: v.InferOutput<typeof exportSchema>): Findings {
    const all = deployment.resources ?? [];
    const resources = all.filter(({ urn }) => partsOf(urn).isFleet);
    const read = resources.map(ofResource);
    const [first] = all;
    return {
        names: first && partsOf(first.urn),
        takenAt: shown(deployment.manifest?.time ?? "") || undefined,
        changes: undefined,
        ...sorted(read),
    };
}

function ofResource({ urn, outputs, delete: isLeft, pendingReplacement }: Resource): Fleet | Gap | string {
    const { name } = partsOf(urn);
    if (isLeft === true) return `${name}: what it replaces is still to be removed, by the next \`pulumi up\``;
    if (pendingReplacement === true)
        return {
            about: "clients",
            text: `${name} was removed to be replaced, and the new one is not there yet: run \`pulumi up\``,
        };
    return fleetOf(name, outputs);
}

/** The fleets in the outputs of a stack: every map of clients in them, and every resource that was exported as a whole. */
export function ofOutputs(outputs: Readonly<Record<string, unknown>>): Findings {
    const maps: ClientMap[] = [];
    collect(outputs, "", maps);
    const fleets = different(maps).map(({ path, owner, clients }) => fleetOf(path, { ...owner, clients }));
    const nothing: Gap = { about: "clients", text: nothingIn(outputs) };
    return {
        names: undefined,
        takenAt: undefined,
        changes: undefined,
        ...sorted(fleets.length === 0 ? [nothing] : fleets),
    };
}

/**
 * Each fleet once. A program may export a resource and its clients; the resource tells more. Clients that failed have no ID
 * of their own, so those of two vaults may be alike.
 */
function different(maps: readonly ClientMap[]): readonly ClientMap[] {
    const byText = Map.groupBy(maps, ({ clients }) => JSON.stringify(clients));
    return [...byText.values()].flatMap((same) => {
        const owned = same.filter(({ owner }) => owner);
        const byOwner = new Map(owned.toReversed().map((map) => [placeOf(map), map]));
        return byOwner.size > 0 ? [...byOwner.values()].toReversed() : same.slice(0, 1);
    });
}

/** What tells two resources with the same instances apart. */
function placeOf({ owner = {} }: ClientMap): string {
    return JSON.stringify([Reflect.get(owner, "region"), Reflect.get(owner, "vaultId")]);
}

function nothingIn(outputs: Readonly<Record<string, unknown>>): string {
    // Either kind of command prints this.
    if (Object.keys(outputs).length === 0)
        return "there is nothing in {}: the stack has no outputs (use `pulumi stack export`), or the preview failed before it began: see its error";
    const what = Object.values(outputs).some(isSecret) ? "no output that is readable" : "no output";
    return `${what} holds clients: export \`fleet.clients\` in the program, or use \`pulumi stack export\``;
}

/** A map of clients in the outputs of a stack, and the resource that it is of if that was exported as a whole. */
interface ClientMap {
    readonly path: string;
    readonly owner: object | undefined;
    readonly clients: object;
}

function collect(value: object, path: string, maps: ClientMap[]): void {
    for (const [key, inner] of Object.entries(value) as [string, unknown][]) {
        if (typeof inner !== "object" || inner === null) continue;
        const at = path === "" ? shown(key) : `${path}.${shown(key)}`;
        const isOfResource = key === "clients" && "vaultId" in value;
        if (!isClientMap(inner)) collect(inner, at, maps);
        else if (isOfResource) maps.push({ path: path || key, owner: value, clients: inner });
        else maps.push({ path: at, owner: undefined, clients: inner });
    }
}

function sorted(read: readonly (Fleet | Gap | string)[]): Pick<Findings, "fleets" | "gaps" | "remarks"> {
    return {
        fleets: read.filter((each): each is Fleet => typeof each === "object" && "entries" in each),
        gaps: read.filter((each): each is Gap => typeof each === "object" && "about" in each),
        remarks: read.filter((each) => typeof each === "string"),
    };
}
