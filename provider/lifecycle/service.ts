/** What the hooks need to talk to the service, in one place: they load it when they come to that. */
export { listClients } from "../hbr/listClients";
export { reconcile } from "./reconcile";
export { readOnlyOutputs, refreshed } from "./refresh";
export { apiFor } from "./session";
export { withMissing } from "./run/lookAgain";
