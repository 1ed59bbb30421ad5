/** Shape of a task's Result: documented as JSON text of an array and as `{}`; `raw-object` is `{}` outside a text. */
export const RESULT_SHAPES = ["array", "object", "raw-object", "empty", "absent"] as const;

/** What CreateClients does to a client that is healthy, or still being installed. */
export const CREATE_ON_ACTIVE = ["conflict", "reinstall", "ignore"] as const;

/** What DeleteClient does to a client whose agent is at work. */
export const DELETE_ACTIVE = ["refuse", "allow"] as const;

/** The settings of CreateClients that DescribeClients reports, under the API's names. */
export const CLIENT_SETTINGS = ["UseHttps", "AlertSetting"] as const;

type SettingNames = readonly (typeof CLIENT_SETTINGS)[number][];

/** What the service leaves undocumented. A switch acts on what is asked after it was set. */
export interface Switches {
    /** How many milliseconds the lists of clients are behind. */
    readonly listLag: number;
    /** A reinstall keeps the client id. */
    readonly keepClientId: boolean;
    /** A call with some unfit instances starts a task for the others. */
    readonly partialAcceptance: boolean;
    /** A call for one instance only, which is unfit, is an API error; else the instance is listed. */
    readonly singleUnfitIsError: boolean;
    readonly resultShape: (typeof RESULT_SHAPES)[number];
    /** Code of a success is the number 200. */
    readonly numericCode: boolean;
    /** Installations never get beyond INSTALLING. */
    readonly stuckInstalling: boolean;
    readonly createOnActive: (typeof CREATE_ON_ACTIVE)[number];
    readonly deleteActive: (typeof DELETE_ACTIVE)[number];
    /** Description of a task that is not over. */
    readonly statusWhileRunning: string;
    /** CreateClients does not take these over. */
    readonly ignoreSettings: SettingNames;
    /** DescribeClients does not report these. */
    readonly hideSettings: SettingNames;
}

export const DEFAULT_SWITCHES: Switches = {
    listLag: 0,
    keepClientId: true,
    partialAcceptance: true,
    singleUnfitIsError: true,
    resultShape: "array",
    numericCode: false,
    stuckInstalling: false,
    createOnActive: "conflict",
    deleteActive: "refuse",
    statusWhileRunning: "created",
    ignoreSettings: [],
    hideSettings: [],
};
