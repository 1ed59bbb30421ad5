import type * as pulumi from "@pulumi/pulumi";
import { flushLog, resourceLog, stopSignal, watchEngine } from "../engine";
import type { ObservedClient } from "../fleet/model";
import { planFleet } from "../fleet/plan";
import { HbrError } from "../hbr/errors";
import { requireRegion } from "../hbr/settings";
import { SettingsError } from "../hbr/settingsError";
import { changeOf, creationLine } from "./change";
import { claim, rename } from "./claims";
import { currentSettings, useConfig } from "./configuration";
import { canonicalInputs, type RawInputs } from "./inputs";
import { describeError, ProviderError } from "./report";
import { noticesOf } from "./run/notices";
import {
    assertReadable,
    type CanonicalInputs,
    emptyState,
    isUnknown,
    outputsOf,
    type RecordedOutputs,
    specOf,
    stateOf,
} from "./state";

/**
 * The hooks of the dynamic provider, in terms of the fleet and of the Cloud Backup API. Each takes and gives plain
 * JSON; what is thrown is a {@link ProviderError}, whose text is for the user.
 */

/** What talks to the service: loaded when a hook needs it, because most runs are previews, and none of those does. */
function service(): typeof import("./service") {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it at once
    return require("./service") as typeof import("./service");
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
        let region: string | undefined;
        const settingsFailures: pulumi.dynamic.CheckFailure[] = [];
        try {
            const settings = currentSettings();
            region = settings.region;
            if (news["region"] == null) requireRegion(settings);
        } catch (error) {
            if (!(error instanceof SettingsError)) throw error;
            const property = error.key === "alicloud:region" && news["region"] == null ? "region" : error.key;
            settingsFailures.push({ property, reason: error.message });
        }
        const { inputs, failures, warnings } = canonicalInputs(olds, news, region);
        const all = [...settingsFailures, ...failures];
        const log = resourceLog(inputs.__urn);
        for (const warning of warnings) log.warning(warning);
        if (all.length === 0) {
            claimClients(inputs);
            const isNew = olds["vaultId"] === undefined;
            const isReplacement = replacedUrns.delete(inputs.__urn ?? "");
            if (isNew && !isReplacement) log.info(creationLine(inputs));
        }
        // Faulty inputs can have gaps, and the server takes nothing that is undefined.
        return { inputs: JSON.parse(JSON.stringify(inputs)) as CanonicalInputs, failures: all };
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
        assertReadable(olds);
        rename(olds.__urn ?? "", news.__urn ?? "");
        const { changes, replaces, line } = changeOf(olds, news);
        if (changes) resourceLog(news.__urn).info(line);
        if (replaces.length > 0) replacedUrns.add(news.__urn ?? "");
        return { changes, replaces: [...replaces], deleteBeforeReplace: true };
    });
}

/** Installs the clients of a new resource. */
export function create(inputs: CanonicalInputs): Promise<pulumi.dynamic.CreateResult> {
    return plainly(async () => {
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
        assertReadable(olds);
        claimClients(news);
        if (changeOf(olds, news).settingsOnly) {
            return { outs: outputsOf(news, stateOf(olds).clients, olds.taskIds) };
        }
        const outs = await service().reconcile({
            inputs: news,
            recorded: stateOf(olds),
            taskIds: olds.taskIds,
            hook: "update",
            id,
        });
        return { outs };
    });
}

/** Reads what the service shows: for a refresh, and for `BackupClients.get`. */
export function read(id: string, props: Partial<RecordedOutputs> = {}): Promise<pulumi.dynamic.ReadResult> {
    return plainly(async () => {
        assertReadable(props);
        if (isRecorded(props)) {
            const clients = await clientsOf(props.region, props.vaultId, undefined, props.__urn);
            const outputs = clients && service().refreshed(props, clients);
            const log = resourceLog(props.__urn);
            for (const notice of outputs ? noticesOf(planFleet(specOf(outputs), stateOf(outputs))) : []) {
                log.warning(notice);
            }
            if (outputs) return { id, props: outputs };
            const gone = clients
                ? "none of its clients is left"
                : `there is no vault ${props.vaultId} any more`;
            log.warning(`${gone} (region ${props.region}): the resource leaves the state`);
            return { id: "" };
        }
        const [vaultId = "", clusterId] = id.split("/");
        const region = props.region ?? requireRegion(currentSettings());
        const clients = await clientsOf(region, vaultId, clusterId, props.__urn);
        // Nothing to read is an error here: the engine would take an empty answer for a resource without outputs.
        if (!clients) throw new Error(`there is no vault ${vaultId} in region ${region}`);
        const outputs = service().readOnlyOutputs({ vaultId, region }, clients);
        const { clients: _clients, taskIds: _taskIds, failedInstanceIds: _failed, ...inputs } = outputs;
        return { id, props: outputs, inputs };
    });
}

/** Removes the clients, as `removal` says; what is already gone counts as removed. */
async function remove(_id: string, props: RecordedOutputs): Promise<void> {
    await plainly(async () => {
        assertReadable(props);
        await service().reconcile({
            inputs: props,
            recorded: stateOf(props),
            taskIds: props.taskIds,
            hook: "delete",
        });
    });
}

// `delete` is a reserved word, and the name that the engine's server calls.
export { remove as delete };

function isRecorded(props: Partial<RecordedOutputs>): props is RecordedOutputs {
    return props.clients !== undefined && props.vaultId !== undefined;
}

/** The clients of a vault; nothing where the vault does not exist (any more). */
async function clientsOf(
    region: string,
    vaultId: string,
    clusterId: string | undefined,
    urn: string | undefined,
): Promise<readonly ObservedClient[] | undefined> {
    try {
        const { apiFor, listClients } = service();
        const api = apiFor(region, resourceLog(urn), stopSignal);
        return await listClients(api, { vaultId, ...(clusterId !== undefined && { clusterId }) }, stopSignal);
    } catch (error) {
        if (error instanceof HbrError && error.code === "VaultNotExist") return undefined;
        throw error;
    }
}

function claimClients(inputs: CanonicalInputs): void {
    if (inputs.__urn === undefined || isUnknown(inputs.instances)) return;
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
