import type { InstancesOf } from "../faults";
import type { World } from "../world";
import { clientInfoOf } from "./hanaClients";

/** CreateClients. */
export const inClientInfo: InstancesOf = (parameters) =>
    clientInfoOf(parameters).map(({ instanceId }) => instanceId);

/** The calls for one client. */
export const ofClient: InstancesOf = (parameters, world) => {
    const clientId = parameters.text("ClientId");
    return clientId === undefined ? [] : instancesOf([clientId], world);
};

/** The calls for file clients, which name them by either id. */
export const inIdLists: InstancesOf = (parameters, world) => [
    ...(parameters.idList("InstanceIds") ?? []),
    ...instancesOf(parameters.idList("ClientIds") ?? [], world),
];

/** DescribeTask. */
export const inTask: InstancesOf = (parameters, world) => {
    const task = world.task(parameters.required("TaskId"));
    return (task?.items ?? []).map(({ instanceId }) => instanceId);
};

function instancesOf(clientIds: readonly string[], { clients }: World): string[] {
    return clientIds.flatMap((clientId) => clients.instanceOf(clientId) ?? []);
}
