import { unknownTask } from "../errors";
import { seconds } from "../outside";
import { pageOf, type Parameters } from "../parameters";
import type { Switches } from "../switches";
import { resultOf, viewTask, type Task, type TaskView } from "../tasks";
import type { HanaInstance, Vault } from "../world";
import { knownRole, knownVault } from "./hanaClients";
import type { AnswerBody, OperationContext } from "./operation";

const REGIONS: Readonly<Record<string, string>> = {
    "cn-qingdao": "China (Qingdao)",
    "cn-beijing": "China (Beijing)",
    "cn-zhangjiakou": "China (Zhangjiakou)",
    "cn-huhehaote": "China (Hohhot)",
    "cn-wulanchabu": "China (Ulanqab)",
    "cn-hangzhou": "China (Hangzhou)",
    "cn-shanghai": "China (Shanghai)",
    "cn-shenzhen": "China (Shenzhen)",
    "cn-heyuan": "China (Heyuan)",
    "cn-guangzhou": "China (Guangzhou)",
    "cn-chengdu": "China (Chengdu)",
    "cn-hongkong": "China (Hong Kong)",
    "ap-northeast-1": "Japan (Tokyo)",
    "ap-northeast-2": "South Korea (Seoul)",
    "ap-southeast-1": "Singapore",
    "ap-southeast-3": "Malaysia (Kuala Lumpur)",
    "ap-southeast-6": "Philippines (Manila)",
    "ap-southeast-7": "Thailand (Bangkok)",
};

/** What is the same in every vault: nothing is backed up in this simulator. */
const EMPTY_VAULT = {
    ArchiveBytesDone: 0,
    ArchiveStorageSize: 0,
    BackupPlanStatistics: {
        Archive: 0,
        CommonFileSystem: 0,
        CommonNas: 0,
        Cpfs: 0,
        Csg: 0,
        EcsFile: 0,
        EcsHana: 0,
        Isilon: 0,
        LocalFile: 0,
        LocalVm: 0,
        MySql: 0,
        Nas: 0,
        Oracle: 0,
        Oss: 0,
        Ots: 0,
        SqlServer: 0,
    },
    BucketName: "",
    BytesDone: 0,
    ChargeType: "FREE",
    ChargedStorageSize: 0,
    CompressionAlgorithm: "ZSTD",
    Dedup: true,
    Description: "",
    EncryptType: "HBR_PRIVATE",
    IndexAvailable: true,
    IndexLevel: "OFF",
    IndexUpdateTime: 0,
    LatestReplicationTime: 0,
    RedundancyType: "LRS",
    Replication: false,
    ReplicationSourceRegionId: "",
    ReplicationSourceVault: false,
    ReplicationSourceVaultId: "",
    ReplicationTargetRegionId: "",
    ResourceGroupId: "",
    Retention: 0,
    SearchEnabled: false,
    SnapshotCount: 0,
    // Terraform's provider fails on a vault without it.
    SourceTypes: { SourceType: [] },
    StorageSize: 0,
    Tags: { Tag: [] },
    VaultStatusMessage: "",
    VaultStorageClass: "STANDARD",
    WormEnabled: false,
};

const ROLE_TYPES = [
    "EcsRole",
    "CsgRole",
    "NasRole",
    "OssRole",
    "UdmRole",
    "VMwareLocalRole",
    "VMwareCloudRole",
    "EcsBackupRole",
    "OtsRole",
    "CrossAccountRole",
] as const;

export function describeTask(parameters: Parameters, context: OperationContext): AnswerBody {
    const { now, switches, taskFault } = context;
    const taskId = parameters.required("TaskId");
    const task = context.world.task(taskId);
    const isKnown = task !== undefined && now - task.createdAt >= switches.taskLag;
    const seen = isKnown ? viewTask(task, now, switches) : undefined;
    const view = seen === undefined ? undefined : underFault(seen, context);
    if (task === undefined || view === undefined) throw unknownTask(taskId);
    const shape = task.resultIsObject || taskFault === "result-object" ? "object" : switches.resultShape;
    return {
        Name: task.name,
        Description: view.description,
        Progress: view.progress,
        ...resultIn(shape, task, now),
        CreatedTime: seconds(task.createdAt),
        UpdatedTime: seconds(view.updatedAt),
        ...(view.completedAt !== undefined && { CompletedTime: seconds(view.completedAt) }),
    };
}

export function describeVaults(parameters: Parameters, context: OperationContext): AnswerBody {
    const page = parameters.page();
    // No vault has a tag.
    const all = parameters.text("Tag.1.Key") === undefined ? [...context.world.vaults.values()] : [];
    const vaults = all.map((vault) => vaultOf(vault, context.world.createdAt));
    const { head, records } = pageOf(
        vaults.filter((vault) =>
            (["VaultId", "VaultName", "VaultType", "VaultRegionId", "Status"] as const).every((name) => {
                const wanted = parameters.text(name);
                return wanted === undefined || vault[name] === wanted;
            }),
        ),
        page,
    );
    return { ...head, Vaults: { Vault: records } };
}

export function describeHanaInstances(parameters: Parameters, context: OperationContext): AnswerBody {
    const page = parameters.page();
    const vaultId = parameters.text("VaultId");
    if (vaultId !== undefined) knownVault(vaultId, context);
    const clusterId = parameters.text("ClusterId");
    const { world } = context;
    const all = clusterId === undefined ? world.hanaInstances : world.hanaInstancesOf(clusterId, vaultId);
    // No SAP HANA instance has a tag.
    const hasTag = parameters.text("Tag.1.Key") !== undefined;
    const wanted = all.filter((instance) => vaultId === undefined || instance.vaultId === vaultId);
    const { head, records } = pageOf(hasTag ? [] : wanted, page);
    return { ...head, Hanas: { Hana: records.map(hanaInstance) } };
}

export function checkRole(parameters: Parameters, context: OperationContext): AnswerBody {
    parameters.required("CheckRoleType");
    const type = parameters.oneOf("CheckRoleType", ROLE_TYPES);
    if (type === "CrossAccountRole") knownRole(parameters, context);
    return {};
}

export function describeRegions(): AnswerBody {
    const Region = Object.entries(REGIONS).map(([RegionId, LocalName]) => ({ RegionId, LocalName }));
    return { Regions: { Region } };
}

/** Applies a fault on DescribeTask to one answer. The task itself continues. */
function underFault(view: TaskView, { taskFault, now }: OperationContext): TaskView | undefined {
    switch (taskFault) {
        case undefined:
        case "result-object":
            return view;
        case "task-failed":
            return { ...view, description: "completed", progress: -1, completedAt: now };
        case "task-expired":
            return { ...view, description: "expired", completedAt: now };
        case "task-cancelled":
            return { ...view, description: "cancelled", completedAt: now };
        case "task-vanishes":
            return undefined;
    }
}

function resultIn(shape: Switches["resultShape"], task: Task, now: number): AnswerBody {
    const result = resultOf(task, now);
    switch (shape) {
        case "array":
            return { Result: JSON.stringify(result) };
        case "raw-array":
            return { Result: result };
        case "pascal-array":
            return { Result: JSON.stringify(result.map(inPascalCase)) };
        case "gappy-array":
            return { Result: JSON.stringify([null, "", {}, ...result.map(withGaps)]) };
        case "object":
            return { Result: "{}" };
        case "raw-object":
            return { Result: {} };
        case "empty":
            return { Result: "" };
        case "not-json":
            return { Result: "InstallClients: done" };
        case "null":
            return { Result: "null" };
        case "raw-null":
            return { Result: null };
        case "absent":
            return {};
    }
}

/** All fields of the SDKs' model but those of mirror vaults, of trials and of encryption with a key of one's own. */
function vaultOf(vault: Vault, createdAt: number) {
    return {
        VaultId: vault.vaultId,
        VaultName: vault.vaultName,
        VaultType: vault.vaultType,
        VaultRegionId: vault.vaultRegionId,
        Status: vault.status,
        CreatedTime: seconds(createdAt),
        UpdatedTime: seconds(createdAt),
        ...EMPTY_VAULT,
    };
}

function inPascalCase(element: Readonly<Record<string, string>>): Record<string, string> {
    const fields = Object.entries(element);
    return Object.fromEntries(
        fields.map(([name, value]) => [name.charAt(0).toUpperCase() + name.slice(1), value]),
    );
}

/** Every second element has nulls, and the others lack what is empty. */
function withGaps(element: Readonly<Record<string, string>>, index: number): Record<string, string | null> {
    const fields = Object.entries(element).map(
        ([name, value]) => [name, value === "" ? null : value] as const,
    );
    return Object.fromEntries(fields.filter(([, value]) => value !== null || index % 2 === 0));
}

function hanaInstance(instance: HanaInstance): AnswerBody {
    return {
        ClusterId: instance.clusterId,
        VaultId: instance.vaultId,
        HanaName: instance.hanaName ?? instance.clusterId,
        Host: instance.host ?? "192.168.0.1",
        InstanceNumber: instance.instanceNumber ?? 0,
        UserName: instance.userName ?? "SYSTEM",
        UseSsl: instance.useSsl ?? false,
        ValidateCertificate: instance.validateCertificate ?? false,
        AlertSetting: instance.alertSetting ?? "INHERITED",
        ResourceGroupId: "",
        CrossAccountType: "SELF_ACCOUNT",
        Status: instance.status ?? 0,
        StatusMessage: instance.statusMessage ?? "",
        Tags: { Tag: [] },
    };
}
