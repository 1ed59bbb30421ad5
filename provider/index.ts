export { BackupClients } from "./backupClients";
export type {
    BackupClientsArgs,
    ClientResult,
    InstanceArgs,
    ResolvedInstance,
    RolloutArgs,
} from "./backupClients";
export { getBackupClients } from "./getBackupClients";
export type { GetBackupClientsArgs, GetBackupClientsResult } from "./getBackupClients";
export type { ClientStatus, PendingAction, Removal } from "./fleet/model";
