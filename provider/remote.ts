/** What the hooks need to talk to the service, in one place: they load it when they come to that. */
export { listClients } from "./hbr/listClients";
export { Deadline } from "./reconcile";
export { reconcile } from "./reconcile";
export { lookAround, readOnlyOutputs, refreshed } from "./refresh";
export { apiFor, systemClock } from "./session";
