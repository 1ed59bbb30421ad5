import type { InstancesOf } from "../faults";
import type { World } from "../world";
import { clientInfoOf } from "./hanaClients";

/** For CreateClients. */
export const inClientInfo: InstancesOf = (parameters) =>
    clientInfoOf(parameters).map(({ instanceId }) => instanceId);

/** For calls on one client. */
export const ofClient: InstancesOf = (parameters, world) => {
    const clientId = parameters.text("ClientId");
    return clientId === undefined ? [] : instancesOf([clientId], world);
};

/** For calls on file clients, which name a client by its own ID or by its instance. */
export const inIdLists: InstancesOf = (parameters, world) => [
    ...(parameters.idList("InstanceIds") ?? []),
    ...instancesOf(parameters.idList("ClientIds") ?? [], world),
];

/** For DescribeTask. */
export const inTask: InstancesOf = (parameters, world) => {
    const task = world.task(parameters.required("TaskId"));
    return (task?.items ?? []).map(({ instanceId }) => instanceId);
};

function instancesOf(clientIds: readonly string[], { clients }: World): string[] {
    return clientIds.flatMap((clientId) => clients.instanceOf(clientId) ?? []);
}
