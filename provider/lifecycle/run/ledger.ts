import type { Failure } from "../../fleet/judge";
import type { ClientEntry, DeclaredInstance, ObservedClient, PendingAction } from "../../fleet/model";
import { isInstalled } from "../../fleet/status";

/** How many instances a run has brought to which end. */
export type Tally = Record<"installed" | "reinstalled" | "repaired" | "adopted" | "removed", number>;

/**
 * What a run knows of every instance, kept true at each moment: whenever the run ends, however it ends, this is what
 * goes into the state.
 */
export class Ledger {
    /** Tasks that this run has submitted. */
    readonly taskIds: string[] = [];
    /** Instances that failed in this run, with the reason. */
    readonly failures = new Map<string, Failure>();
    readonly tally: Tally = { installed: 0, reinstalled: 0, repaired: 0, adopted: 0, removed: 0 };
    private readonly byInstance: Map<string, ClientEntry>;

    constructor(recorded: ReadonlyMap<string, ClientEntry>) {
        this.byInstance = new Map(recorded);
    }

    get entries(): ReadonlyMap<string, ClientEntry> {
        return this.byInstance;
    }

    /** A client that is as it should be. */
    healthy(declared: DeclaredInstance, client: ObservedClient, pendingAction?: PendingAction): void {
        this.put({ ...entryOf(declared, client), ...(pendingAction && { pendingAction }) });
    }

    /** Work on an instance is planned; what is there now stays what it was until something is known of it. */
    planned(
        instanceId: string,
        pendingAction: PendingAction,
        declared?: DeclaredInstance,
        client?: ObservedClient,
    ): void {
        const before = this.byInstance.get(instanceId);
        const pair = before ?? declared ?? { instanceId };
        const {
            errorCode: _code,
            errorMessage: _message,
            ...known
        } = client ? entryOf(pair, client) : (before ?? entryOf(pair));
        this.put({ ...known, ...(before?.taskId !== undefined && { taskId: before.taskId }), pendingAction });
    }

    /** Why the work on an instance is still to be done, should the run end before it is. */
    explained(instanceId: string, { code, message }: Failure): void {
        const before = this.byInstance.get(instanceId) ?? entryOf({ instanceId });
        this.put({ ...before, errorCode: code, errorMessage: message });
    }

    /** An installation has been submitted. */
    submitted(declared: DeclaredInstance, taskId: string | undefined): void {
        const { clusterId } = declared;
        this.put({
            instanceId: declared.instanceId,
            ...(clusterId !== undefined && { clusterId }),
            status: "INSTALLING",
            installed: false,
            ...(taskId !== undefined && { taskId }),
            pendingAction: "install",
        });
    }

    /** The client of an instance is uninstalled and its record, if any is left, is of no more concern. */
    cleared(declared: DeclaredInstance): void {
        this.put({ ...entryOf(declared), pendingAction: "install" });
    }

    /** An instance has failed in this run; what is still to be done stays pending. */
    failed(
        instanceId: string,
        failure: Failure,
        pendingAction: PendingAction,
        client?: ObservedClient,
        validInstance?: boolean,
    ): void {
        const before = this.byInstance.get(instanceId) ?? entryOf({ instanceId });
        const status = client?.status ?? (before.status === "INSTALLING" ? "INSTALL_FAILED" : before.status);
        this.put({
            ...before,
            ...(client && entryOf(before, client)),
            ...(before.taskId !== undefined && { taskId: before.taskId }),
            status,
            installed: isInstalled(status),
            ...(validInstance !== undefined && { validInstance }),
            errorCode: failure.code,
            errorMessage: failure.message,
            pendingAction,
        });
        this.failures.set(instanceId, failure);
    }

    /** Nothing of the instance is left that this resource looks after. */
    gone(instanceId: string): void {
        this.byInstance.delete(instanceId);
    }

    private put(entry: ClientEntry): void {
        this.byInstance.set(entry.instanceId, entry);
    }
}

/** The entry for what the service shows of an instance; the cluster is the declared one. */
export function entryOf(
    pair: { readonly instanceId: string; readonly clusterId?: string },
    client?: ObservedClient,
): ClientEntry {
    const status = client?.status ?? "NOT_INSTALLED";
    return {
        instanceId: pair.instanceId,
        ...(pair.clusterId !== undefined && { clusterId: pair.clusterId }),
        status,
        installed: isInstalled(status),
        ...(client && detailsOf(client)),
    };
}

function detailsOf(client: ObservedClient): Partial<ClientEntry> {
    const { clientId, clientVersion, instanceName, networkType, statusMessage } = client;
    return {
        clientId,
        ...(clientVersion !== undefined && { clientVersion }),
        ...(instanceName !== undefined && { instanceName }),
        ...(networkType !== undefined && { networkType }),
        ...(statusMessage !== undefined && { statusMessage }),
    };
}
