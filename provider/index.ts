import "./nodeVersion";
export { BackupClients } from "./backupClients";
export { getBackupClients } from "./getBackupClients";
export type { GetBackupClientsArgs, GetBackupClientsResult } from "./getBackupClients";
export type {
    BackupClientsArgs,
    BackupClientsOutputs,
    ClientResult,
    InstanceArgs,
    PendingAction,
    Removal,
    ResolvedInstance,
    RolloutArgs,
    Upgrades,
} from "./publicTypes";
export type { ClientStatus } from "./fleet/status";
