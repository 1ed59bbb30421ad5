import { currentSettings, requireRegion, useConfig } from "../config/settings";
import type { ResourceLog } from "../engine";
import type { ObservedClient } from "../fleet/model";
import { listClients } from "../hbr/listClients";
import { KnownSecrets } from "../hbr/secrets";
import { ProviderError } from "../providerError";
import { READ_PATIENCE_MS, reading } from "../reading";
import { describeError } from "../report";
import { LOOKING } from "../run/reporter";
import { isExpected } from "../unexpected";
import { assertArguments, type Declaration, declarationOf, namesInStack } from "./declarations";
import {
    allClients,
    type LeftOut,
    type Managed,
    notManaged,
    recordedClients,
    type Selection,
} from "./fleets";
import type { Options } from "./options";
import { UsageError } from "../commandLine";
import { programText } from "./program";
import { type ForeignRecord, readRecords } from "./records";
import { leftOutLines, reportLines } from "./report";
import type { Place } from "./resources";
import { cliProblem, type StackNames, type Surroundings, surroundings } from "./stack";

/** What the command writes, and what it says beside it. */
export interface Import {
    /** The file for `pulumi import --file`, or the program. */
    readonly content: string;
    readonly remarks: readonly string[];
}

/** Tells the user something at once. */
type Say = (text: string) => void;

/**
 * Reads the clients that the options name, and makes the import of them.
 *
 * @param say is told what the reading waits for
 * @throws UsageError for options or files that cannot be right
 * @throws ProviderError if there is nothing to import, or if the service cannot be read; it shows no secret
 */
export async function runImport(options: Options, say: Say): Promise<Import> {
    const { from, stack } = options;
    const secrets = new KnownSecrets();
    const records = from === undefined ? [] : readRecords(from.tool, from.file, secrets);
    const around = await surroundings(stack);
    secrets.add(around.secrets);
    try {
        return await importOf(options, records, around, secrets, (text) => {
            say(secrets.masked(text));
        });
    } catch (error) {
        // A secret may stand under the wrong key, and the error about it quotes the value.
        throw isExpected(error) ? new ProviderError(secrets.masked(describeError(error))) : error;
    }
}

async function importOf(
    options: Options,
    records: readonly ForeignRecord[],
    around: Surroundings,
    secrets: KnownSecrets,
    say: Say,
): Promise<Import> {
    const { clusterId, program, parent } = options;
    useConfig(around.config);
    const names = namesFor(around, options);
    if (around.stack === undefined) say(`no stack (${around.problem}): only the environment is read`);
    const region = regionOf(options);
    assertArguments(options, region);
    const log = logTo(say, options.debug);
    const vaultIds = vaultsOf(options, records);
    const read = async (vaultId: string): Promise<readonly ObservedClient[]> =>
        (await clientsIn(vaultId, clusterId, region, log)).map((client) => masked(client, secrets));
    const selection = await selected(vaultIds, options, records, around.managed, read);
    const place = { ...names, parent, region };
    const { declarations, leftOut } = await undeclared(selection, place, around.managed, options);
    if (declarations.length === 0) {
        const nothing = `there is no client${clusterId === undefined ? "" : ` of ${clusterId}`} to import in ${vaultIds.join(", ")}`;
        throw new ProviderError([nothing, ...leftOutLines(leftOut)].join("\n"));
    }
    const { importFile } = await import("./resources.js");
    const file = await importFile(declarations, place);
    const inputs = file.resources.map((resource) => resource.inputs);
    const remarks = reportLines({ options, declarations, inputs, leftOut, records, stack: names.stack });
    if (program) return { content: `${programText(declarations, parent)}\n`, remarks };
    const problem = await cliProblem();
    return {
        content: `${JSON.stringify(file, null, 4)}\n`,
        remarks: [...remarks, ...(problem === undefined ? [] : [problem])],
    };
}

/** The region that is going to be in the inputs. `assertArguments` checks one that an option gives. */
function regionOf({ settings: { region } }: Options): string {
    return typeof region === "string" && region !== "" ? region : requireRegion(currentSettings());
}

/** The names in the URNs. A program needs none. */
function namesFor({ stack, problem }: Surroundings, { program, parent }: Options): StackNames {
    if (stack === undefined) {
        if (program) return { project: "project", stack: "stack" };
        throw new UsageError(
            `the import is for a stack, and there is none here: ${problem}. Run the command in the folder of the program, ` +
                "after `pulumi stack select`, or with --stack",
        );
    }
    const own = `urn:pulumi:${stack.stack}::${stack.project}::`;
    if (parent !== undefined && !parent.startsWith(own))
        throw new UsageError(`--parent ${parent} is not in the stack (${own}…)`);
    return stack;
}

/** The vaults concerned. */
function vaultsOf({ vaultId }: Options, records: readonly ForeignRecord[]): readonly string[] {
    const inRecords = new Set(records.map((record) => record.vaultId));
    if (vaultId === undefined) return [...inRecords];
    if (records.length > 0 && !inRecords.has(vaultId))
        throw new UsageError(`${vaultId} is in no record, which are of ${[...inRecords].join(", ")}`);
    return [vaultId];
}

/** The clients of these vaults. Each is read once. */
async function selected(
    vaultIds: readonly string[],
    { clusterId }: Options,
    records: readonly ForeignRecord[],
    managed: Managed,
    read: (vaultId: string) => Promise<readonly ObservedClient[]>,
): Promise<Selection> {
    const selections: Selection[] = [];
    for (const each of vaultIds) {
        const clients = await read(each);
        selections.push(
            records.length === 0
                ? allClients(each, clients, managed)
                : recordedClients(each, clusterId, clients, records, managed),
        );
    }
    return {
        fleets: selections.flatMap(({ fleets }) => fleets),
        leftOut: selections.flatMap(({ leftOut }) => leftOut),
    };
}

/**
 * The resources that are still to be made. A file gives them the names of an empty stack; a program, those that the stack has. So
 * the two agree, whatever has been imported between them.
 */
async function undeclared(
    { fleets, leftOut }: Selection,
    place: Place,
    managed: Managed,
    options: Options,
): Promise<{ readonly declarations: readonly Declaration[]; readonly leftOut: readonly LeftOut[] }> {
    const { urnOf } = await import("../construct.js");
    const urnWith = (name: string) => urnOf({ ...place, name });
    const names = await namesInStack(fleets, managed, options, urnWith);
    const parts = await Promise.all(
        fleets.map(async (fleet, index) => {
            const name = names[index] ?? options.name;
            const part = notManaged(fleet, await urnWith(name), managed, !options.program);
            return {
                declarations: part.fleets.map((each) => declarationOf(name, each, options)),
                leftOut: part.leftOut,
            };
        }),
    );
    return {
        declarations: parts.flatMap(({ declarations }) => declarations),
        leftOut: [...leftOut, ...parts.flatMap((part) => part.leftOut)],
    };
}

/** The client, whose message may quote the access key that it was installed with. */
function masked({ statusMessage, ...client }: ObservedClient, secrets: KnownSecrets): ObservedClient {
    return {
        ...client,
        ...(statusMessage !== undefined && { statusMessage: secrets.masked(statusMessage) }),
    };
}

async function clientsIn(
    vaultId: string,
    clusterId: string | undefined,
    region: string,
    log: ResourceLog,
): Promise<readonly ObservedClient[]> {
    const scope = { vaultId, ...(clusterId !== undefined && { clusterId }) };
    return reading({ log, patienceMs: READ_PATIENCE_MS }, (apiOf, signal) =>
        listClients(apiOf(region), scope, signal),
    );
}

/** A log that shows what the reading waits for while the service is in trouble, and each call if it is asked to. */
function logTo(say: Say, debug: boolean): ResourceLog {
    const ignore = (): void => undefined;
    return {
        info: ignore,
        debug: debug ? say : ignore,
        warning: say,
        status: (text) => {
            if (text !== LOOKING) say(text);
        },
    };
}
