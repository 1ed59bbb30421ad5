import {
    checkRole,
    describeHanaInstances,
    describeRegions,
    describeTask,
    describeVaults,
} from "./descriptions";
import {
    deleteBackupClient,
    describeBackupClients,
    installBackupClients,
    uninstallBackupClients,
} from "./fileClients";
import { updateClientSettings } from "./clientSettings";
import { createClients, deleteClient, describeClients, uninstallClient, upgradeClient } from "./hanaClients";
import { inClientInfo, inIdLists, inTask, ofClient } from "./naming";
import type { Operation } from "./operation";

const task = { hasTask: true, hasWrappedList: false };
const list = { hasTask: false, hasWrappedList: true };
const plain = { hasTask: false, hasWrappedList: false };

/** Every operation that the simulator knows, by its API name. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
    ["CreateClients", { run: createClients, hasTask: true, hasWrappedList: true, instancesOf: inClientInfo }],
    ["DescribeTask", { run: describeTask, ...task, instancesOf: inTask }],
    ["DescribeClients", { run: describeClients, ...list, instancesOf: ofClient }],
    ["UninstallClient", { run: uninstallClient, ...task, instancesOf: ofClient }],
    ["DeleteClient", { run: deleteClient, ...plain, instancesOf: ofClient }],
    ["UpgradeClient", { run: upgradeClient, ...task, instancesOf: ofClient }],
    ["UpdateClientSettings", { run: updateClientSettings, ...plain, instancesOf: ofClient }],
    ["DescribeVaults", { run: describeVaults, ...list }],
    ["DescribeHanaInstances", { run: describeHanaInstances, ...list }],
    ["CheckRole", { run: checkRole, ...plain }],
    ["DescribeRegions", { run: describeRegions, ...list }],
    ["InstallBackupClients", { run: installBackupClients, ...task, instancesOf: inIdLists }],
    ["UninstallBackupClients", { run: uninstallBackupClients, ...task, instancesOf: inIdLists }],
    ["DescribeBackupClients", { run: describeBackupClients, ...plain, instancesOf: inIdLists }],
    ["DeleteBackupClient", { run: deleteBackupClient, ...plain, instancesOf: ofClient }],
]);
