import * as v from "valibot";
import { Duration, Name } from "./input";
import { FALL_OVER_AS } from "./lifecycle";
import { LONGEST_LAG_MS } from "./registry";
import { CLIENT_SETTINGS, CREATE_ON_ACTIVE, DELETE_ACTIVE, PROGRESS_SHAPES, RESULT_SHAPES } from "./switches";
import { UNKINDNESS } from "./unkindness";

const SettingNames = v.array(v.picklist(CLIENT_SETTINGS));

/** Any number of switches. The others stay as they are. */
export const SwitchesSchema = v.strictObject({
    ...UNKINDNESS,
    latestVersion: v.optional(Name),
    listLag: v.optional(v.pipe(Duration, v.maxValue(LONGEST_LAG_MS))),
    keepClientId: v.optional(v.boolean()),
    partialAcceptance: v.optional(v.boolean()),
    singleUnfitIsError: v.optional(v.boolean()),
    namesUnfitness: v.optional(v.boolean()),
    resultShape: v.optional(v.picklist(RESULT_SHAPES)),
    progressShape: v.optional(v.picklist(PROGRESS_SHAPES)),
    numericCode: v.optional(v.boolean()),
    stuckInstalling: v.optional(v.boolean()),
    stuckUpgrading: v.optional(v.boolean()),
    ignoreUpgrade: v.optional(v.boolean()),
    fallOverAfter: v.optional(v.nullable(Duration)),
    fallOverAs: v.optional(v.picklist(FALL_OVER_AS)),
    heartbeatInterval: v.optional(v.pipe(Duration, v.minValue(1, "at least a millisecond"))),
    hideHeartbeats: v.optional(v.boolean()),
    createOnActive: v.optional(v.picklist(CREATE_ON_ACTIVE)),
    deleteActive: v.optional(v.picklist(DELETE_ACTIVE)),
    deleteActiveFile: v.optional(v.picklist(DELETE_ACTIVE)),
    statusWhileRunning: v.optional(v.string()),
    ignoreSettings: v.optional(SettingNames),
    hideSettings: v.optional(SettingNames),
});

/** Switches to set. What is left out stays as it is. */
export type SwitchesInput = v.InferInput<typeof SwitchesSchema>;
