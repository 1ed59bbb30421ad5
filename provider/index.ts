export { BackupClients } from "./backupClients";
export { getBackupClients } from "./getBackupClients";
export type { GetBackupClientsArgs, GetBackupClientsResult } from "./getBackupClients";
export type {
    BackupClientsArgs,
    ClientResult,
    InstanceArgs,
    PendingAction,
    Removal,
    ResolvedInstance,
    RolloutArgs,
} from "./publicTypes";
export type { ClientStatus } from "./fleet/status";
