export {
    BackupClients,
    type BackupClientsArgs,
    type ClientResult,
    type InstanceArgs,
    type ResolvedInstance,
    type RolloutArgs,
} from "./backupClients";
export { getBackupClients, type GetBackupClientsArgs, type GetBackupClientsResult } from "./getBackupClients";
export type { ClientStatus, PendingAction, Removal } from "./fleet/model";
