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
import { createClients, deleteClient, describeClients, uninstallClient, upgradeClient } from "./hanaClients";
import type { Operation } from "./operation";

const task = { hasTask: true, hasWrappedList: false };
const list = { hasTask: false, hasWrappedList: true };
const plain = { hasTask: false, hasWrappedList: false };

/** Every operation the simulator knows, under the name of the API. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
    ["CreateClients", { run: createClients, hasTask: true, hasWrappedList: true }],
    ["DescribeTask", { run: describeTask, ...task }],
    ["DescribeClients", { run: describeClients, ...list }],
    ["UninstallClient", { run: uninstallClient, ...task }],
    ["DeleteClient", { run: deleteClient, ...plain }],
    ["UpgradeClient", { run: upgradeClient, ...task }],
    ["DescribeVaults", { run: describeVaults, ...list }],
    ["DescribeHanaInstances", { run: describeHanaInstances, ...list }],
    ["CheckRole", { run: checkRole, ...plain }],
    ["DescribeRegions", { run: describeRegions, ...list }],
    ["InstallBackupClients", { run: installBackupClients, ...task }],
    ["UninstallBackupClients", { run: uninstallBackupClients, ...task }],
    ["DescribeBackupClients", { run: describeBackupClients, ...plain }],
    ["DeleteBackupClient", { run: deleteBackupClient, ...plain }],
]);
