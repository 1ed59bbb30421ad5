import type { Client } from "../client";
import { ServiceError } from "../errors";
import type { ClientStatus } from "../lifecycle";
import type { OperationContext } from "./operation";

/** Deletes a client's record. A switch for its family decides whether it has to be without a working agent. */
export function deleteRecord(client: Client, context: OperationContext): void {
    const { world, now, switches, requests } = context;
    const { instanceId, clientType } = client.identity;
    const whenActive = clientType === "ECS_CLIENT" ? switches.deleteActiveFile : switches.deleteActive;
    const { status } = client.stateAt(now);
    const isRunning = world.instance(instanceId)?.state === "Running";
    if (whenActive === "refuse" && isAgentAlive(status, isRunning)) {
        throw new ServiceError(
            400,
            "ClientIsActive",
            `The client is ${status}, uninstall it before you delete it: ${client.identity.clientId}.`,
        );
    }
    world.clients.remove(client, now);
    requests.countWrite(instanceId);
}

function isAgentAlive(status: ClientStatus, isInstanceRunning: boolean): boolean {
    switch (status) {
        case "ACTIVATED":
        case "REGISTERED":
        case "INSTALLING":
        case "UPGRADING":
        case "UNINSTALLING":
        case "UPGRADE_FAILED":
            return true;
        // The agent that could not be removed still runs if its instance is running.
        case "UNINSTALL_FAILED":
            return isInstanceRunning;
        case "DEACTIVATED":
        case "INSTALL_FAILED":
        case "NOT_INSTALLED":
        case "STOPPED":
        case "UNKNOWN":
            return false;
    }
}
