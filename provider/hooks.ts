import type * as pulumi from "@pulumi/pulumi";
import { flushLog, resourceLog, type ResourceLog, stopSignal, watchEngine } from "./engine";
import { planFleet } from "./fleet/plan";
import { planLine } from "./fleet/planText";
import { HbrError } from "./hbr/errors";
import type { HbrApi } from "./hbr/port";
import { currentSettings, requireRegion, useConfig } from "./config/settings";
import { SettingsError } from "./config/objects";
import { changeOf, creationLine } from "./change";
import { claim, currentUrn, rename } from "./claims";
import { isEmpty } from "./check/given";
import { canonicalInputs, type RawInputs } from "./check/inputs";
import { lookBeforeReplacement, noteChecked, successorOf } from "./replacement";
import { describeError, ProviderError } from "./report";
import { warningsOf } from "./fleet/planText";
import {
    type CanonicalInputs,
    emptyState,
    isCounted,
    knownInputs,
    outputsOf,
    readOutputs,
    secretsIn,
    type RecordedOutputs,
    specOf,
    stateOf,
} from "./state";

/**
 * The hooks of the dynamic provider, in terms of the fleet and of the Cloud Backup API. Each takes and gives plain
 * JSON; what is thrown is a {@link ProviderError}, whose text is for the user.
 */

/** What talks to the service: loaded when a hook needs it, because most runs are previews, and none of those does. */
function service(): typeof import("./remote") {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it at once
    return require("./remote") as typeof import("./remote");
}

/** Takes the stack configuration over; everything else happens at first use. */
export function configure(request: pulumi.dynamic.ConfigureRequest): Promise<void> {
    useConfig((key) => request.config.get(key));
    watchEngine();
    return Promise.resolve();
}

/** Validates the arguments and brings them into their canonical form; shows the plan of a resource that is new. */
export function check(olds: RawInputs, news: RawInputs): Promise<pulumi.dynamic.CheckResult> {
    return plainly(() => {
        const withoutRegion = isEmpty(news["region"]);
        let region: string | undefined;
        const settingsFailures: pulumi.dynamic.CheckFailure[] = [];
        try {
            const settings = currentSettings();
            region = settings.region;
            if (withoutRegion) requireRegion(settings);
        } catch (error) {
            if (!(error instanceof SettingsError)) throw error;
            const property = error.key === "alicloud:region" && withoutRegion ? "region" : error.key;
            settingsFailures.push({ property, reason: error.message });
        }
        const { inputs, failures, warnings } = canonicalInputs(olds, news, region);
        const urn = typeof news["__urn"] === "string" ? news["__urn"] : undefined;
        const log = resourceLog(urn);
        for (const warning of warnings) log.warning(warning);
        // The engine takes no notice of inputs that come with failures.
        if (!inputs || settingsFailures.length > 0)
            return { inputs: news, failures: [...settingsFailures, ...failures] };
        claimClients(inputs);
        noteChecked(inputs);
        const isNew = olds["vaultId"] === undefined;
        const isReplacement = replacedUrns.delete(urn ?? "");
        if (isNew && !isReplacement) log.info(creationLine(inputs));
        return { inputs, failures: [] };
    });
}

/** Resources whose replacement `diff` has shown: their second `check` has nothing to add. */
const replacedUrns = new Set<string>();

/** Says what would change, on the resource's own row too. */
export function diff(
    _id: string,
    olds: RecordedOutputs,
    news: CanonicalInputs,
): Promise<pulumi.dynamic.DiffResult> {
    return plainly(() => {
        rename(olds.__urn ?? "", news.__urn ?? "");
        const { changes, replaces, line } = changeOf(olds, news);
        if (changes) resourceLog(news.__urn).info(line);
        if (replaces.length > 0) replacedUrns.add(news.__urn ?? "");
        return { changes, replaces: [...replaces], deleteBeforeReplace: true };
    });
}

/** Installs the clients of a new resource. */
export function create(checked: CanonicalInputs): Promise<pulumi.dynamic.CreateResult> {
    return plainly(async () => {
        const inputs = knownInputs(checked);
        claimClients(inputs);
        const outs = await service().reconcile({
            inputs,
            recorded: emptyState(specOf(inputs)),
            taskIds: [],
            hook: "create",
        });
        return { id: inputs.vaultId, outs };
    });
}

/** Brings the fleet to what is declared now. */
export function update(
    id: string,
    olds: RecordedOutputs,
    news: CanonicalInputs,
): Promise<pulumi.dynamic.UpdateResult> {
    return plainly(async () => {
        const { outputs } = readOutputs(olds);
        const inputs = knownInputs(news);
        claimClients(inputs);
        if (changeOf(olds, inputs).settingsOnly) {
            return { outs: outputsOf(inputs, stateOf(outputs).clients, outputs.taskIds) };
        }
        const outs = await service().reconcile({
            inputs,
            recorded: stateOf(outputs),
            taskIds: outputs.taskIds,
            hook: "update",
            id,
        });
        return { outs };
    });
}

/** Reads what the service shows: for a refresh, and for `BackupClients.get`. */
export function read(id: string, props: Partial<RecordedOutputs> = {}): Promise<pulumi.dynamic.ReadResult> {
    return plainly(async () => {
        if (isRecorded(props)) return refresh(id, props);
        const [vaultId = "", clusterId] = id.split("/");
        const region = props.region ?? requireRegion(currentSettings());
        const api = service().apiFor(region, resourceLog(props.__urn), stopSignal, []);
        const scope = { vaultId, ...(clusterId !== undefined && { clusterId }) };
        const clients = await unlessGone(() => service().listClients(api, scope, stopSignal));
        // Nothing to read is an error here: the engine would take an empty answer for a resource without outputs.
        if (!clients) throw new Error(`there is no vault ${vaultId} in region ${region}`);
        const outputs = service().readOnlyOutputs({ vaultId, region }, clients);
        const { clients: _clients, taskIds: _taskIds, failedInstanceIds: _failed, ...inputs } = outputs;
        return { id, props: outputs, inputs };
    });
}

/** What a refresh makes of a resource; without an id it leaves the state. */
async function refresh(id: string, props: RecordedOutputs): Promise<pulumi.dynamic.ReadResult> {
    const { outputs: recorded } = readOutputs(props);
    const { region, vaultId, removal, __version, __urn } = props;
    const log = resourceLog(__urn);
    const api = service().apiFor(region, log, stopSignal, secretsIn(specOf(recorded)));
    const seen = await unlessGone(() => service().lookAround(api, recorded, stopSignal));
    const outputs = seen && service().refreshed(recorded, seen);
    if (outputs) {
        for (const notice of warningsOf(planFleet(specOf(outputs), stateOf(outputs)))) log.warning(notice);
        // The choice of a removal is recorded by an update alone.
        return { id, props: { ...outputs, removal, __version } };
    }
    const gone = seen ? "none of its clients is left" : `there is no vault ${vaultId} any more`;
    log.warning(`${gone} (region ${region}): the resource leaves the state`);
    return { id: "" };
}

/** Removes the clients, as `removal` says; what is already gone counts as removed. */
async function remove(_id: string, props: RecordedOutputs): Promise<void> {
    await plainly(async () => {
        const { outputs, removalIsUnsaid } = readOutputs(props);
        const log = resourceLog(outputs.__urn);
        const recorded = stateOf(outputs);
        const successor = successorOf(currentUrn(outputs.__urn ?? ""));
        if (successor) await look(outputs, successor, log);
        const plan = planFleet(undefined, recorded);
        if (outputs.removal === "UninstallAndDelete" && plan.some(({ kind }) => kind === "uninstall"))
            log.warning(planLine(plan, outputs.removal).replace(/^plan: /, ""));
        if (removalIsUnsaid) log.warning(UNSAID_REMOVAL);
        await service().reconcile({ inputs: outputs, recorded, taskIds: outputs.taskIds, hook: "delete" });
    });
}

/** The look before a replacement, within the time that the removal has. */
async function look(outputs: RecordedOutputs, successor: CanonicalInputs, log: ResourceLog): Promise<void> {
    const { apiFor, Deadline, systemClock } = service();
    const deadline = new Deadline(systemClock, outputs.__timeouts?.delete);
    deadline.start(1);
    const signal = AbortSignal.any([stopSignal, deadline.signal]);
    const api = (region: string): HbrApi => apiFor(region, log, signal, secretsIn(specOf(outputs)));
    try {
        await lookBeforeReplacement(outputs, successor, api, log, signal);
    } finally {
        deadline.stop();
    }
}

const UNSAID_REMOVAL =
    "the state is of an earlier version, which deleted records by default: the clients are uninstalled now, and " +
    'their records stay. To have those deleted too, cancel, write removal: "UninstallAndDelete" in the program, and ' +
    "run `pulumi up` first";

// `delete` is a reserved word, and the name that the engine's server calls.
export { remove as delete };

function isRecorded(props: Partial<RecordedOutputs>): props is RecordedOutputs {
    return props.clients !== undefined && props.vaultId !== undefined;
}

/** What is read of a vault; nothing where the vault does not exist (any more). */
async function unlessGone<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
        return await read();
    } catch (error) {
        if (error instanceof HbrError && error.about === "vault") return undefined;
        throw error;
    }
}

function claimClients(inputs: CanonicalInputs): void {
    if (inputs.__urn === undefined || !isCounted(inputs)) return;
    const { region, vaultId } = inputs;
    claim(
        inputs.__urn,
        Object.values(inputs.instances).map(({ instanceId, clusterId }) => ({
            region,
            vaultId,
            instanceId,
            clusterId,
        })),
    );
}

/** Runs a hook; whatever it throws reaches the user as one text, without a stack trace. */
async function plainly<T>(hook: () => T | Promise<T>): Promise<T> {
    try {
        return await hook();
    } catch (error) {
        if (error instanceof ProviderError) throw error;
        throw new ProviderError(describeError(error), error);
    } finally {
        await flushLog();
    }
}
