import { readFileSync } from "node:fs";
import * as v from "valibot";
import { id, orAbsent, text } from "../hbr/fields";
import { withoutUndefined } from "../hbr/parse";
import { type KnownSecrets, line, visible } from "../hbr/secrets";
import { ARGUMENTS } from "../arguments";
import { fileError } from "../commandLine";
import type { Tool } from "./options";

/*
 * The records of `alicloud_hbr_hana_backup_client` in a state of Terraform or OpenTofu, and those of
 * `alicloud.hbr.HanaBackupClient` in the deployment of a Pulumi stack. Each stands for all instances of its ClientInfo,
 * although it tracks the first only. Such a file holds secrets: no error quotes its content.
 */

/** A record, and where it is. */
export interface ForeignRecord {
    /** The address in Terraform, or the URN in Pulumi. */
    readonly address: string;
    /** The address of the resource in the program, which may have several records (`for_each`). */
    readonly resource: string;
    /** The command that takes an address out of the state. */
    readonly remove: string;
    readonly vaultId: string;
    readonly clients: readonly RecordedClient[];
}

/** An instance of a record. */
export interface RecordedClient {
    readonly instanceId: string;
    readonly clusterId?: string;
    /** Only for the first. */
    readonly clientId?: string;
    readonly sourceTypes?: readonly string[];
    /** The record gives the client an access key of its own. */
    readonly hasKey: boolean;
}

/**
 * Reads the records in a file.
 *
 * @param secrets is told the access keys in the records
 * @throws UsageError if the file is no such state, or if a record in it cannot be read
 */
export function readRecords(tool: Tool, file: string, secrets: KnownSecrets): readonly ForeignRecord[] {
    const option = `--from-${tool}`;
    let content: unknown;
    try {
        content = JSON.parse(readFileSync(file, "utf8"));
    } catch (error) {
        // The error of the parser quotes the text.
        throw fileError(
            option,
            file,
            error instanceof SyntaxError ? `is not JSON: ${PRINTED_BY[tool]}` : error,
        );
    }
    try {
        const kept = tool === "terraform" ? inTerraform(content) : inPulumi(content);
        const records = kept.map((record) => recordOf(record, secrets));
        if (records.length > 0) return records;
    } catch (error) {
        throw fileError(option, file, error);
    }
    throw fileError(option, file, `it holds no ${TYPES[tool]}`);
}

const TYPES: Readonly<Record<Tool, string>> = {
    terraform: "alicloud_hbr_hana_backup_client",
    pulumi: "alicloud:hbr/hanaBackupClient:HanaBackupClient",
};

const PRINTED_BY: Readonly<Record<Tool, string>> = {
    terraform: "write it with `terraform state pull`, or `tofu state pull`",
    pulumi: "write it with `pulumi stack export`",
};

const terraformSchema = v.object({
    version: v.literal(4),
    resources: v.array(
        v.object({
            mode: v.string(),
            type: v.string(),
            name: v.string(),
            module: v.optional(v.string()),
            instances: v.array(
                v.object({
                    index_key: v.nullish(v.union([v.string(), v.number()])),
                    attributes: v.nullish(v.record(v.string(), v.unknown())),
                    deposed: v.optional(v.string()),
                }),
            ),
        }),
    ),
});

function inTerraform(content: unknown): readonly Kept[] {
    const { resources } = shaped(terraformSchema, content, "terraform");
    return resources
        .filter(({ mode, type }) => mode === "managed" && type === TYPES.terraform)
        .flatMap(({ module, type, name, instances }) =>
            instances
                .filter(({ deposed }) => deposed === undefined)
                .map(({ index_key: key, attributes }) => {
                    const resource = [...(module === undefined ? [] : [module]), type, name].join(".");
                    const address = key == null ? resource : `${resource}[${keyText(key)}]`;
                    const { vault_id, client_info, client_id, instance_id, cluster_id } = attributes ?? {};
                    return {
                        address,
                        resource,
                        remove: "terraform state rm",
                        vaultId: vault_id,
                        clientInfo: client_info,
                        first: { clientId: client_id, instanceId: instance_id, clusterId: cluster_id },
                    };
                }),
        );
}

/**
 * A key as Terraform reads it in an address. Its strings have templates, and no `\b` or `\f`. What a terminal takes for a
 * command, or does not show, is escaped.
 */
function keyText(key: string | number): string {
    return JSON.stringify(key)
        .replace(/[$%](?=\{)/g, "$&$&")
        .replace(/[\u007f-\u009f]|(?![\u{10000}-\u{10ffff}])\p{Cf}/gu, escaped)
        .replace(/\\(.)/g, (text, letter: string) =>
            letter === "b" ? "\\u0008" : letter === "f" ? "\\u000c" : text,
        );
}

function escaped(character: string): string {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

const pulumiSchema = v.object({
    deployment: v.object({
        // A stack without resources has none of them.
        resources: v.nullish(
            v.array(
                v.object({
                    urn: v.string(),
                    type: v.string(),
                    delete: v.optional(v.boolean()),
                    /** It is only looked up, as by a data source. */
                    external: v.optional(v.boolean()),
                    protect: v.optional(v.boolean()),
                    outputs: v.optional(v.record(v.string(), v.unknown())),
                }),
            ),
            [],
        ),
    }),
});

function inPulumi(content: unknown): readonly Kept[] {
    const { deployment } = shaped(pulumiSchema, content, "pulumi");
    return deployment.resources
        .filter(({ type, external }) => type === TYPES.pulumi && external !== true)
        .filter(({ delete: isGoing }) => isGoing !== true)
        .map(({ urn, protect, outputs = {} }) => {
            const plain = (name: string): unknown => plainOf(urn, outputs[name]);
            return {
                address: urn,
                resource: urn,
                remove: `pulumi state delete${protect === true ? " --force" : ""}`,
                vaultId: plain("vaultId"),
                clientInfo: plain("clientInfo"),
                first: {
                    clientId: plain("clientId"),
                    instanceId: plain("instanceId"),
                    clusterId: plain("clusterId"),
                },
            };
        });
}

/** @throws Error that says where the content differs, and not how */
function shaped<T>(schema: v.GenericSchema<unknown, T>, content: unknown, tool: Tool): T {
    const parsed = v.safeParse(schema, content);
    if (parsed.success) return parsed.output;
    const path = v.getDotPath(parsed.issues[0]) ?? "the whole";
    const kind = tool === "terraform" ? "a state of version 4" : "an exported deployment";
    throw new Error(`is not ${kind} (at ${path}): ${PRINTED_BY[tool]}`);
}

/** How Pulumi marks a secret. With `--show-secrets` its value is there. */
export const SECRET = "4dabf18193072939515e22adb298388d";
const plaintextSchema = v.pipe(v.string(), v.parseJson());

function plainOf(urn: string, value: unknown): unknown {
    if (typeof value !== "object" || value === null || !(SECRET in value)) return value;
    // What the parser says of a failure quotes the text.
    const { success, output } = v.safeParse(plaintextSchema, Reflect.get(value, "plaintext"));
    if (success) return output;
    throw new Error(`a property of ${urn} is a secret: write it with \`pulumi stack export --show-secrets\``);
}

const clientInfoSchema = v.pipe(
    v.string(),
    v.parseJson(),
    v.array(
        v.object({
            instanceId: id,
            clusterId: text,
            sourceTypes: orAbsent(v.pipe(v.array(id), v.minLength(1))),
            accessKeyId: text,
            accessKeySecret: text,
        }),
    ),
);

const firstSchema = v.object({ clientId: text, instanceId: text, clusterId: text });

/** A record as either tool keeps it. */
interface Kept extends Pick<ForeignRecord, "address" | "resource" | "remove"> {
    readonly vaultId: unknown;
    readonly clientInfo: unknown;
    /** The client that the tool tracks. */
    readonly first: unknown;
}

function recordOf({ vaultId, clientInfo, first, ...kept }: Kept, secrets: KnownSecrets): ForeignRecord {
    const { address } = kept;
    // It stands in a command that a user copies.
    const shown = line(visible(address), Infinity);
    if (shown !== address) throw new Error(`the name ${shown} has characters that cannot be shown`);
    const vault = ARGUMENTS.vaultId.form.parse(vaultId);
    if (vault === undefined) throw new Error(`${address} has no vault ID`);
    const tracked = v.parse(firstSchema, first);
    return { ...kept, vaultId: vault, clients: clientsOf(address, clientInfo, tracked, secrets) };
}

function clientsOf(
    address: string,
    clientInfo: unknown,
    tracked: v.InferOutput<typeof firstSchema>,
    secrets: KnownSecrets,
): readonly RecordedClient[] {
    // A record that was imported there has no ClientInfo.
    if (clientInfo == null || clientInfo === "") {
        const { instanceId, ...others } = tracked;
        if (instanceId === undefined) throw new Error(`${address} names no instance`);
        return [{ instanceId, ...withoutUndefined(others), hasKey: false }];
    }
    const parsed = v.safeParse(clientInfoSchema, clientInfo);
    if (!parsed.success) throw new Error(`the client info of ${address} is not a JSON list of instances`);
    return parsed.output.map(({ instanceId, accessKeyId, accessKeySecret, ...client }) => {
        secrets.add([accessKeyId ?? [], accessKeySecret ?? []].flat());
        return {
            instanceId,
            ...withoutUndefined(client),
            ...(instanceId === tracked.instanceId && withoutUndefined({ clientId: tracked.clientId })),
            hasKey: accessKeyId !== undefined,
        };
    });
}

/** The commands that take these records out of the state. A resource with all of its records needs one. */
export function removals(
    all: readonly ForeignRecord[],
    taken: ReadonlySet<ForeignRecord>,
): readonly string[] {
    const byResource = Map.groupBy(all, ({ resource }) => resource);
    return [...byResource].flatMap(([resource, records]) => {
        const own = records.filter((record) => taken.has(record));
        const addresses = own.length === records.length ? [resource] : own.map(({ address }) => address);
        return addresses.map((address) => `${records[0]?.remove ?? ""} ${quoted(address)}`);
    });
}

/** As a word for a shell. */
export function quoted(text: string): string {
    return /^[\w./:@=+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
