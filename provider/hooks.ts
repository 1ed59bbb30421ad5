import type * as pulumi from "@pulumi/pulumi";
import { changeOf, removalLine, withoutPrefix } from "./change";
import { claim, type ClaimedClient, claimWarnings, currentUrn, rename, stays } from "./claims";
import { canonicalInputs, type RawInputs } from "./check/inputs";
import { SettingsError } from "./config/objects";
import { currentSettings, requireRegion, useConfig } from "./config/settings";
import { flushLog, resourceLog, watchEngine } from "./engine";
import { planFleet } from "./fleet/plan";
import { foundLine, warningsOf } from "./fleet/planText";
import { isEmpty } from "./forms";
import { handOver, noteCompared, noteRegistered, registeredInputs, takeOver } from "./handover";
import { HbrError } from "./hbr/errors";
import { isReplaced, noteDiff, noteRead, planCreation, planRemoval } from "./planned";
import { ProviderError } from "./providerError";
import { describeError } from "./report";
import {
    type CanonicalInputs,
    emptyState,
    instancesAreKnown,
    knownInputs,
    outputsOf,
    readOutputs,
    type RecordedOutputs,
    secretsIn,
    specOf,
    stateOf,
} from "./state";
import { explained, keysIn } from "./unexpected";

/**
 * The hooks of the dynamic provider, in the order in which the engine calls them. Each takes and returns plain JSON.
 * What a hook throws is a {@link ProviderError}, whose text is for the user.
 */

/* eslint-disable @typescript-eslint/no-require-imports -- an import would load them with this module */
/**
 * The modules that talk to the service. Most runs are previews, which call `check` and `diff` only, so the other hooks
 * load them when they run.
 */
const load = {
    read: () => require("./read") as typeof import("./read"),
    reading: () => require("./reading") as typeof import("./reading"),
    reconcile: () => require("./reconcile") as typeof import("./reconcile"),
    replacement: () => require("./replacement") as typeof import("./replacement"),
};
/* eslint-enable @typescript-eslint/no-require-imports */

/** The inputs that `check` returned last, by URN. A removal looks here for the resource that replaces the old one. */
const checkedInputs = new Map<string, CanonicalInputs>();

/** The URNs whose old fleet this process has removed: a creation that follows replaces it. */
const removedUrns = new Set<string>();

/** Sets the stack configuration, which is validated on first use. */
export function configure(request: pulumi.dynamic.ConfigureRequest): Promise<void> {
    useConfig((key) => request.config.get(key));
    watchEngine();
    return Promise.resolve();
}

/** Validates the inputs and returns their canonical form. Logs the plan of a new resource, for which no `diff` is called. */
export function check(olds: RawInputs, news: RawInputs): Promise<pulumi.dynamic.CheckResult> {
    return runHook([news, olds], () => {
        const { region, failures: settingsFailures } = checkSettings(isEmpty(news["region"]));
        const { inputs, failures, warnings } = canonicalInputs(olds, news, region);
        const urn = typeof news["__urn"] === "string" ? news["__urn"] : "";
        const log = resourceLog(urn);
        for (const warning of warnings) log.warning(warning);
        // The engine ignores inputs that come with failures.
        if (!inputs || settingsFailures.length > 0)
            return { inputs: news, failures: [...settingsFailures, ...failures] };
        const clients = claimClients(inputs);
        if (urn !== "") checkedInputs.set(urn, inputs);
        const isNew = olds["vaultId"] === undefined;
        if (typeof olds["__urn"] === "string") rename(olds["__urn"], urn);
        if (!isNew) noteRegistered(urn, olds);
        if (!isReplaced(urn)) for (const warning of claimWarnings(urn, clients)) log.warning(warning);
        if (isNew) planCreation(urn, inputs, log);
        return { inputs, failures: [] };
    });
}

/** Reads the configuration, with its errors as failures of `check`. */
function checkSettings(needsRegion: boolean): {
    readonly region?: string | undefined;
    readonly failures: readonly pulumi.dynamic.CheckFailure[];
} {
    try {
        const settings = currentSettings();
        return { region: needsRegion ? requireRegion(settings) : settings.region, failures: [] };
    } catch (error) {
        if (!(error instanceof SettingsError)) throw error;
        const property = error.key === "alicloud:region" && needsRegion ? "region" : error.key;
        return { failures: [{ property, reason: error.message }] };
    }
}

/**
 * Compares the recorded outputs with the new inputs, and logs the plan on the resource's row. The engine also asks in a
 * refresh, and about resources that depend on a replaced one. The program has not declared them then, so the diff is of
 * arguments that it may not have any more: if it still has the resource, the engine asks again.
 */
export function diff(
    _id: string,
    olds: RecordedOutputs,
    news: CanonicalInputs,
): Promise<pulumi.dynamic.DiffResult> {
    return runHook([news, olds], () => {
        const urn = news.__urn ?? "";
        rename(olds.__urn ?? "", urn);
        const { changes, replaces, line } = changeOf(olds, news);
        const isDeclared = registeredInputs(urn) !== undefined || replaces.length > 0;
        if (changes && isDeclared) resourceLog(urn).info(line);
        noteDiff(urn, olds, news, replaces.length > 0);
        stays(urn, noteCompared(urn, olds, replaces.length > 0));
        return { changes, replaces: [...replaces], deleteBeforeReplace: true };
    });
}

/** Installs the clients of a new resource. */
export function create(checked: CanonicalInputs): Promise<pulumi.dynamic.CreateResult> {
    return runHook([checked], async () => {
        const inputs = knownInputs(checked);
        claimClients(inputs);
        const urn = inputs.__urn ?? "";
        stays(urn, true);
        const old = takeOver(urn);
        const kept = old && readOutputs(old).outputs;
        const recorded = kept ? stateOf(kept) : emptyState(specOf(inputs));
        const isReplacement = removedUrns.has(urn);
        const warnings = isReplacement && inputs.rollout.pauseAfter !== undefined ? [NO_PAUSE] : [];
        const taskIds = kept?.taskIds ?? [];
        const creation = { inputs, recorded, taskIds, hook: "create", kept, isReplacement } as const;
        const outs = await load.reconcile().reconcile({ ...creation, warnings });
        return { id: inputs.vaultId, outs };
    });
}

const NO_PAUSE =
    "rollout.pauseAfter has no effect in a replacement: the old fleet is gone, so the waves follow one another without a pause";

/** Brings the fleet from the recorded outputs to the new inputs. */
export function update(
    id: string,
    olds: RecordedOutputs,
    news: CanonicalInputs,
): Promise<pulumi.dynamic.UpdateResult> {
    return runHook([news, olds], async () => {
        const { outputs } = readOutputs(olds);
        const inputs = knownInputs(news);
        claimClients(inputs);
        const recorded = stateOf(outputs);
        const { taskIds } = outputs;
        if (changeOf(olds, inputs).settingsOnly)
            return { outs: outputsOf(inputs, recorded.clients, taskIds) };
        return { outs: await load.reconcile().reconcile({ inputs, recorded, taskIds, hook: "update", id }) };
    });
}

/**
 * Reads the clients: those of a resource in the state for a refresh, otherwise those of a vault or cluster for
 * `BackupClients.get`.
 */
export function read(id: string, props: Partial<RecordedOutputs> = {}): Promise<pulumi.dynamic.ReadResult> {
    return runHook([props], () => (isRecorded(props) ? refresh(id, props) : readOnly(id, props)));
}

function isRecorded(props: Partial<RecordedOutputs>): props is RecordedOutputs {
    return props.clients !== undefined && props.vaultId !== undefined;
}

/** Refreshes the outputs. A result with an empty ID removes the resource from the state. */
async function refresh(id: string, props: RecordedOutputs): Promise<pulumi.dynamic.ReadResult> {
    const { readVault, refreshedOutputs } = load.read();
    const { reading, READ_PATIENCE_MS } = load.reading();
    const { outputs: recorded } = readOutputs(props);
    const { region, vaultId, removal, __version, __urn } = props;
    const log = resourceLog(__urn);
    const settings = { log, patienceMs: READ_PATIENCE_MS, secrets: secretsIn(specOf(recorded)) };
    const snapshot = await unlessGone(
        reading(settings, (apiOf, signal) => readVault(apiOf(region), recorded, signal)),
    );
    const outputs = snapshot && refreshedOutputs(recorded, snapshot);
    if (outputs) {
        const plan = planFleet(specOf(outputs), stateOf(outputs));
        for (const warning of warningsOf(plan)) log.warning(warning);
        const found = foundLine(plan);
        if (found !== undefined) log.info(found);
        // Only an update records a choice of `removal`, so both stay as they were.
        return { id, props: { ...outputs, removal, __version } };
    }
    const reason = snapshot ? "none of its clients is left" : `there is no vault ${vaultId} any more`;
    log.warning(`${reason} (region ${region}): the resource leaves the state`);
    return { id: "" };
}

async function readOnly(id: string, props: Partial<RecordedOutputs>): Promise<pulumi.dynamic.ReadResult> {
    noteRead(props.__urn);
    const [vaultId = "", clusterId] = id.split("/");
    const region = props.region ?? requireRegion(currentSettings());
    const { reading, READ_PATIENCE_MS } = load.reading();
    const settings = { log: resourceLog(props.__urn), patienceMs: READ_PATIENCE_MS };
    const scope = { vaultId, clusterId, region };
    const outputs = await unlessGone(
        reading(settings, (apiOf, signal) => load.read().readClients(apiOf(region), scope, signal)),
    );
    // The engine would take an empty result for a resource without outputs.
    if (!outputs) throw new ProviderError(`there is no vault ${vaultId} in region ${region}`);
    const { clients: _clients, taskIds: _taskIds, failedInstanceIds: _failed, ...inputs } = outputs;
    return { id, props: outputs, inputs };
}

/** The result, or undefined if the vault does not exist. */
async function unlessGone<T>(reading: Promise<T>): Promise<T | undefined> {
    try {
        return await reading;
    } catch (error) {
        if (error instanceof HbrError && error.about === "vault") return undefined;
        throw error;
    }
}

/** Removes the clients as `removal` says. What is already gone counts as removed. */
async function remove(_id: string, props: RecordedOutputs): Promise<void> {
    await runHook([props], async () => {
        const { outputs, removalWasDefault } = readOutputs(props);
        const { taskIds } = outputs;
        const log = resourceLog(outputs.__urn);
        const urn = currentUrn(outputs.__urn ?? "");
        if (handOver(urn, props)) {
            log.info(NOT_REPLACED);
            return;
        }
        planRemoval(urn, outputs, log);
        const replacement = checkedInputs.get(urn);
        if (replacement) await load.replacement().verifyReplacement(outputs, replacement);
        const recorded = stateOf(outputs);
        const uninstalls = planFleet(undefined, recorded).some(({ kind }) => kind === "uninstall");
        const deletesRecords = outputs.removal === "UninstallAndDelete" && uninstalls;
        const warnings = [
            ...(deletesRecords ? [withoutPrefix(removalLine(outputs))] : []),
            ...(removalWasDefault ? [REMOVAL_WAS_DEFAULT] : []),
        ];
        await load.reconcile().reconcile({ inputs: outputs, recorded, taskIds, hook: "delete", warnings });
        removedUrns.add(urn);
    });
}

const NOT_REPLACED =
    "nothing is removed: the engine replaces the resource because an earlier run has failed, and it goes on as an update would";

const REMOVAL_WAS_DEFAULT =
    "the state is of an earlier version, which deleted records by default: the clients are uninstalled now, and " +
    'their records stay. To have those deleted too, cancel, write removal: "UninstallAndDelete" in the program, and ' +
    "run `pulumi up` first";

// `delete` is a reserved word, and the name that the engine's server calls.
export { remove as delete };

/** Tells the other resources of this process which clients this one declares. */
function claimClients(inputs: CanonicalInputs): readonly ClaimedClient[] {
    if (inputs.__urn === undefined || !instancesAreKnown(inputs)) return [];
    const { region, vaultId } = inputs;
    const clients = Object.values(inputs.instances).map(({ instanceId, clusterId }) => {
        return { region, vaultId, instanceId, clusterId };
    });
    claim(inputs.__urn, clients);
    return clients;
}

/**
 * Runs a hook. Whatever it throws reaches the user as one text, without a stack trace.
 *
 * @param props the properties that the hook was given
 */
async function runHook<T>(
    props: readonly { readonly __urn?: unknown }[],
    hook: () => T | Promise<T>,
): Promise<T> {
    try {
        return await hook();
    } catch (thrown) {
        const urn = props.map(({ __urn }) => __urn).find((each) => typeof each === "string");
        const error = explained(thrown, resourceLog(urn), keysIn(props));
        throw (error instanceof ProviderError ? error : new ProviderError(describeError(error), error)).of(
            urn,
        );
    } finally {
        await flushLog();
    }
}
