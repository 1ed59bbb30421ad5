export { BackupClients } from "./backupClients";
export type { ClientResult, ResolvedInstance } from "./backupClients";
export type { BackupClientsArgs, InstanceArgs, Removal, RolloutArgs } from "./args";
export { getBackupClients } from "./getBackupClients";
export type { GetBackupClientsArgs, GetBackupClientsResult } from "./getBackupClients";
export type { ClientStatus, PendingAction } from "./fleet/model";
