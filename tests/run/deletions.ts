import type { Simulator, Switches } from "../../simulator/index";
import { DEFAULT_SWITCHES } from "../../simulator/switches";

let deleteActive: Switches["deleteActive"] = DEFAULT_SWITCHES.deleteActive;

/** What the services that are watched from now on do about a DeleteClient of a client that has an agent. */
export function makeDeletingActive(choice: Switches["deleteActive"]): void {
    deleteActive = choice;
}

const WITH_AGENT: readonly string[] = [
    "INSTALLING",
    "REGISTERED",
    "ACTIVATED",
    "UPGRADING",
    "UPGRADE_FAILED",
    "UNINSTALLING",
];

/**
 * Finds deletions of clients whose agent was not uninstalled first, whether the service refuses them or not. Where it has
 * answered the uninstallation with the absence of the instance, the agent went with it.
 */
export class DeletionWatch {
    /** `c-1 ACTIVATED` */
    readonly withAgent: string[] = [];

    constructor(private readonly simulator: Simulator) {
        simulator.setSwitches({ deleteActive });
    }

    note(operation: string, { ClientId }: Readonly<Record<string, string>>): void {
        if (operation !== "DeleteClient") return;
        const client = this.simulator.world().clients.find(({ clientId }) => clientId === ClientId);
        if (client === undefined || !WITH_AGENT.includes(client.status)) return;
        const isInstanceGone = this.simulator
            .requests()
            .log.some(
                ({ code, parameters }) => code === "InstanceNotExists" && parameters["ClientId"] === ClientId,
            );
        if (!isInstanceGone) this.withAgent.push(`${client.clientId} ${client.status}`);
    }
}
