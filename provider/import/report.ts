import { REINSTALLING, REPLACING, REPORTED, type ReportedName } from "../arguments";
import { show } from "../forms";
import { showSetting } from "../fleet/differences";
import type { ObservedClient } from "../fleet/model";
import { isBehind } from "../fleet/version";
import type { KnownInputs } from "../state";
import type { LeftOut, Member } from "./fleets";
import type { Options, Tool } from "./options";
import { type ForeignRecord, quoted, type RecordedClient, removals } from "./records";
import type { Declaration } from "./declarations";

/** What the command has made, for what it says beside it. */
export interface Outcome {
    readonly options: Options;
    readonly declarations: readonly Declaration[];
    /** The inputs that are imported. */
    readonly inputs: readonly KnownInputs[];
    readonly leftOut: readonly LeftOut[];
    readonly records: readonly ForeignRecord[];
    /** The name of the stack that the file is for. */
    readonly stack: string;
}

/** What is imported and what is not, and what is left to do; a line each. */
export function reportLines(outcome: Outcome): readonly string[] {
    const { options, declarations, inputs, leftOut, stack } = outcome;
    return [
        ...declarations.map(
            ({ name, fleet: { vaultId, clusterId, members } }) =>
                `${name}: ${counted(members.length)} ${clusterId === undefined ? "without a cluster" : `of ${clusterId}`} in ${vaultId}`,
        ),
        ...leftOutLines(leftOut),
        ...notUpgradedLines(options, declarations),
        ...brokenLines(declarations),
        ...mixedLines(declarations),
        ...keyLines(declarations),
        ...upgradeLines(options, declarations),
        assumedLine(inputs),
        ...nextLines(options, stack),
        ...removalLines(outcome),
    ];
}

/** The clients that were left out, a line for each reason. */
export function leftOutLines(leftOut: readonly LeftOut[]): readonly string[] {
    return [...Map.groupBy(leftOut, ({ reason }) => reason)].map(([reason, clients]) => {
        return `not imported: ${clients.map(placeText).join(", ")}: ${reason}`;
    });
}

function placeText({ instanceId, clusterId, clientId }: RecordedClient | LeftOut): string {
    const details = [clusterId, clientId].filter((each) => each !== undefined).join(", ");
    return details === "" ? instanceId : `${instanceId} (${details})`;
}

function notUpgradedLines({ program }: Options, declarations: readonly Declaration[]): readonly string[] {
    const ids = clientsIn(declarations).flatMap(({ status, instanceId }) =>
        status === "UPGRADE_FAILED" ? [instanceId] : [],
    );
    return ids.length === 0
        ? []
        : [
              `${program ? "declared" : "imported"}, although UPGRADE_FAILED: ${ids.join(", ")}: the agent still runs`,
          ];
}

/** Clients that are declared only because the stack has them already. What is not declared, the next `up` removes. */
function brokenLines(declarations: readonly Declaration[]): readonly string[] {
    const broken = clientsIn(declarations).filter(
        ({ status }) => status !== "ACTIVATED" && status !== "UPGRADE_FAILED",
    );
    return [...Map.groupBy(broken, ({ status }) => status)].map(
        ([status, clients]) =>
            `declared, although ${status}: ${clients.map(({ instanceId }) => instanceId).join(", ")}: the stack has it already, ` +
            "and without the declaration, the next `pulumi up` does with the client what `removal` says (uninstalls it, by default)",
    );
}

function mixedLines(declarations: readonly Declaration[]): readonly string[] {
    return declarations.flatMap(({ name, fleet: { mixed, members } }) =>
        mixed.map((setting) => {
            const values = [...Map.groupBy(members, ({ client }) => client[setting])];
            const counts = values.map(([value, own]) => `${showSetting(value)}: ${own.length}`).join(", ");
            return `${name}: ${setting} is left out, because its clients differ (${counts}); declared later, it reinstalls those with another value`;
        }),
    );
}

function keyLines(declarations: readonly Declaration[]): readonly string[] {
    const members = declarations.flatMap(({ fleet }) => fleet.members);
    const ids = members.flatMap(({ client, hasKey }) => (hasKey ? [client.instanceId] : []));
    if (ids.length === 0) return [];
    return [
        `${ids.join(", ")}: the record gives an access key, which is left out, because the file would hold it in clear. To ` +
            "declare it without a reinstallation, do not import its resource: `pulumi up` adopts the clients, and takes the " +
            "keys as declared",
    ];
}

function upgradeLines(
    { settings: { upgrades } }: Options,
    declarations: readonly Declaration[],
): readonly string[] {
    if (upgrades !== "Latest") return [];
    const clients = clientsIn(declarations);
    const behind = clients.filter(({ clientVersion, maxVersion }) => isBehind(clientVersion, maxVersion));
    if (behind.length === 0) return [];
    return [
        `with upgrades "Latest", the next \`pulumi up\` upgrades what is behind the latest version, which cannot be undone: ` +
            behind.map(({ instanceId }) => instanceId).join(", "),
    ];
}

function clientsIn(declarations: readonly Declaration[]): readonly ObservedClient[] {
    return declarations.flatMap(({ fleet }) => fleet.members.map(({ client }) => client));
}

const REPORTED_NAMES: readonly string[] = REPORTED;
/** What the service does not report, and what is not only recorded when it changes. */
const ASSUMED = [...REINSTALLING, ...REPLACING].filter(
    (name): name is Exclude<typeof name, ReportedName | "vaultId" | "region"> =>
        !REPORTED_NAMES.includes(name) && name !== "vaultId" && name !== "region",
);

function assumedLine(inputs: readonly KnownInputs[]): string {
    const types = inputs.flatMap(({ instances }) =>
        Object.values(instances).map(({ sourceTypes }) => sourceTypes.join("+")),
    );
    // The settings are the same for all.
    const [settings] = inputs;
    const values = ASSUMED.map((name) => {
        const value = settings?.[name];
        return `${name} ${typeof value === "string" ? value : value === undefined ? "(none)" : show(value)}`;
    });
    return (
        `assumed, because the service does not report it: sourceTypes ${[...new Set(types)].join(", ")}; access keys (none); ` +
        `${values.join("; ")}. If the program declares anything else, the next \`pulumi up\` reinstalls the clients, or ` +
        "replaces the resource. The options of this command set it: hbr-import --help"
    );
}

function nextLines({ program, out, stack: named }: Options, stack: string): readonly string[] {
    if (program) return [];
    const where = named === undefined ? "" : ` --stack ${quoted(named)}`;
    const [file, instead] =
        out === undefined ? ["<file>", ""] : [quoted(out), ` in the place of --out ${quoted(out)}`];
    // The file holds the names of the stack. Two stacks that have the same clients would both remove them.
    return [
        `next, in the stack ${stack} and in no other: pulumi import --file ${file}${where} --generate-code=false; then paste ` +
            `into the program what this command prints with --program${instead}`,
    ];
}

/** A client that the stack has, or is going to have, and the records that hold it too. */
type Taken = Pick<LeftOut, "instanceId" | "clusterId"> & Pick<Member, "records">;

function removalLines({ options: { from }, declarations, leftOut, records }: Outcome): readonly string[] {
    if (from === undefined) return [];
    const members = declarations.flatMap(({ fleet }) => fleet.members);
    const clients: readonly Taken[] = [
        ...members.map(({ client: { instanceId, clusterId }, records: own }) => ({
            instanceId,
            clusterId,
            records: own,
        })),
        ...leftOut.flatMap((each) => (each.records ? [{ ...each, records: each.records }] : [])),
    ];
    const taken = new Set(clients.flatMap((client) => client.records));
    const kept = records.filter((record) => !taken.has(record));
    return [
        FORGETTING[from.tool],
        ...removals(records, taken).map((command) => `  ${command}`),
        ...keptLines(from.tool, kept),
        ...[...taken].flatMap((record) => abandonedLines(record, clients)),
    ];
}

/** The records that have to stay. A resource may have others, which do not. */
function keptLines(tool: Tool, records: readonly ForeignRecord[]): readonly string[] {
    if (records.length === 0) return [];
    const where = tool === "terraform" ? "configuration" : "program";
    const addresses = records.map(({ address }) => address).join(", ");
    return [
        `but leave ${addresses} in the state and in the ${where}: the clients are not imported, and without it in the ` +
            `${where}, their records are deleted`,
    ];
}

/** The clients of a record that are not imported with the others. */
function abandonedLines(record: ForeignRecord, clients: readonly Taken[]): readonly string[] {
    const own = clients.filter(({ records }) => records.includes(record));
    const others = record.clients.filter(
        ({ instanceId, clusterId }) =>
            !own.some(
                (client) =>
                    client.instanceId === instanceId &&
                    (clusterId === undefined || client.clusterId === clusterId),
            ),
    );
    if (others.length === 0) return [];
    return [
        `${record.address} stands for clients too that are not imported: ${others.map(placeText).join(", ")}. After the ` +
            "command, nothing manages them",
    ];
}

/** With only one of the two done, the other tool would install the clients again, or delete them. */
const FORGETTING: Readonly<Record<Tool, string>> = {
    terraform:
        "once they are imported, and before the next apply of their configuration: run these commands (with OpenTofu, tofu " +
        "instead of terraform), and take the resources out of the configuration. Do not destroy them: that deletes the " +
        "records of the clients",
    pulumi:
        "once they are imported, and before the next `pulumi up` of their program: run these commands in its folder, and " +
        "take the resources out of the program. Do not destroy them: that deletes the records of the clients",
};

function counted(count: number): string {
    return `${count} client${count === 1 ? "" : "s"}`;
}
