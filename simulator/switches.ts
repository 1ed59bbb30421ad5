import { FALL_OVER_AS } from "./lifecycle";
import { KIND, type Unkindness } from "./unkindness";

/** The shape of a task's Result. Documented: a JSON string of an array, and `{}`. Those with `raw` are no strings. */
export const RESULT_SHAPES = [
    "array",
    "raw-array",
    "pascal-array",
    "gappy-array",
    "object",
    "raw-object",
    "empty",
    "not-json",
    "null",
    "raw-null",
    "absent",
] as const;

/** How the Progress of a running task goes on; every kind of task behaves alike. */
export const PROGRESS_SHAPES = ["linear", "stalls", "zero", "backwards", "slow", "hasty"] as const;

/** What CreateClients does to a client that is healthy or installing. */
export const CREATE_ON_ACTIVE = ["conflict", "reinstall", "ignore"] as const;

/** What DeleteClient or DeleteBackupClient does to a client whose agent is working. */
export const DELETE_ACTIVE = ["refuse", "allow"] as const;

/** The settings of CreateClients that DescribeClients reports, by their API names. */
export const CLIENT_SETTINGS = ["UseHttps", "AlertSetting"] as const;

type SettingNames = readonly (typeof CLIENT_SETTINGS)[number][];

/** Behaviour that the service leaves undocumented. A switch affects the requests made after it is set. */
export interface Switches extends Unkindness {
    /** What an installation or an upgrade brings, and the highest version of a client without its own `maxVersion`. */
    readonly latestVersion: string;
    /** The lag of the lists of clients in milliseconds. */
    readonly listLag: number;
    /** A reinstall keeps the client ID. */
    readonly keepClientId: boolean;
    /** A call with some unfit instances starts a task for the others. */
    readonly partialAcceptance: boolean;
    /** A call for a single unfit instance is an API error. If false, the answer lists the instance. */
    readonly singleUnfitIsError: boolean;
    /** CreateClients says in InstanceStatuses why an instance is unfit, as the operations for file clients do. */
    readonly namesUnfitness: boolean;
    readonly resultShape: (typeof RESULT_SHAPES)[number];
    readonly progressShape: (typeof PROGRESS_SHAPES)[number];
    /** The Code of a success is the number 200. */
    readonly numericCode: boolean;
    /** Installations never get beyond INSTALLING. */
    readonly stuckInstalling: boolean;
    /** Upgrades never get beyond UPGRADING. */
    readonly stuckUpgrading: boolean;
    /** An upgrade ends as ACTIVATED and leaves the version as it was. */
    readonly ignoreUpgrade: boolean;
    /** The time in milliseconds after which an agent that was installed or upgraded falls over; null means never. */
    readonly fallOverAfter: number | null;
    /** What an agent becomes that falls over. */
    readonly fallOverAs: (typeof FALL_OVER_AS)[number];
    /** How often an ACTIVATED client beats, in milliseconds. */
    readonly heartbeatInterval: number;
    /** The lists of clients do not report heartbeats. */
    readonly hideHeartbeats: boolean;
    readonly createOnActive: (typeof CREATE_ON_ACTIVE)[number];
    /** For DeleteClient: Terraform's provider calls it for clients that it has not uninstalled. */
    readonly deleteActive: (typeof DELETE_ACTIVE)[number];
    /** For DeleteBackupClient, which is documented to refuse. */
    readonly deleteActiveFile: (typeof DELETE_ACTIVE)[number];
    /** The Description of a task that is still running. */
    readonly statusWhileRunning: string;
    /** The settings that CreateClients ignores. */
    readonly ignoreSettings: SettingNames;
    /** The settings that DescribeClients does not report. */
    readonly hideSettings: SettingNames;
}

export const DEFAULT_SWITCHES: Switches = {
    ...KIND,
    latestVersion: "2.10.3",
    listLag: 0,
    keepClientId: true,
    partialAcceptance: true,
    singleUnfitIsError: true,
    namesUnfitness: false,
    resultShape: "array",
    progressShape: "linear",
    numericCode: false,
    stuckInstalling: false,
    stuckUpgrading: false,
    ignoreUpgrade: false,
    fallOverAfter: null,
    fallOverAs: "UNKNOWN",
    heartbeatInterval: 1000,
    hideHeartbeats: false,
    createOnActive: "conflict",
    deleteActive: "allow",
    deleteActiveFile: "refuse",
    statusWhileRunning: "created",
    ignoreSettings: [],
    hideSettings: [],
};
