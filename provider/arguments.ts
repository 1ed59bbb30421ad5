import type * as pulumi from "@pulumi/pulumi";
import type { BackupClientsArgs, InstanceArgs, Removal, RolloutArgs, Upgrades } from "./publicTypes";
import * as forms from "./forms";
import type { Form, ListForm, ObjectForm } from "./forms";
import type { Unknown } from "./unknown";

/**
 * Every argument once: what its value must be, and what it is for. Validation, canonical form, comparison, request and
 * outputs follow these tables, and a test compares the README and docs/reference.md with them.
 *
 * The public types refer to this module, so its exports are limited to the syntax of TypeScript 3.8, which Pulumi brings
 * for programs without a TypeScript of their own.
 */

/** The type token of the resource. */
export const RESOURCE_TYPE = "pulumi-nodejs:dynamic/alicloud-hbr:BackupClients";

/** An argument at any level. */
export interface Member<T = unknown> {
    readonly form: Form<T> | ListForm<unknown> | ObjectForm<Table>;
    readonly isRequired?: true;
    /** The value if a program gives none. */
    readonly default?: T;
    /** `""` is a failure and does not count as left out: a program must not choose this value by accident. */
    readonly emptyIsWrong?: true;
}

/** A table for code that treats all arguments alike. */
export type Table = Readonly<Record<string, Member>>;

/**
 * What a change of an argument does: it replaces the resource, reinstalls the whole fleet, or is only recorded. A change of
 * `instances` affects the instances that differ.
 */
export type Consequence = "replace" | "reinstall" | "record" | "instances";

/** An argument of the resource. */
export interface Row<T = unknown> extends Member<T> {
    readonly change: Consequence;
    /** DescribeClients reports the value, so that drift is visible. */
    readonly isReported?: true;
    /** The parameter of CreateClients. */
    readonly parameter?: string;
}

/** The value of an argument once its Inputs are resolved. */
type Resolved<T> = unknown extends T ? unknown : NonNullable<pulumi.Unwrap<T>>;

/** An element of `instances`. */
export const INSTANCE = {
    instanceId: {
        form: forms.id("i", "the ID of an ECS instance", {
            "cl-": "this is the ID of a cluster, which belongs in clusterId",
            "c-": "this is the ID of a client",
        }),
        isRequired: true,
    },
    clusterId: {
        form: forms.id("cl", "the ID of a SAP HANA instance (cluster)", {
            "i-": "this is the ID of an ECS instance, which belongs in instanceId",
        }),
    },
    sourceTypes: {
        form: forms.listOf(
            forms.text("a source type such as HANA"),
            'an array such as ["HANA"]',
            "[] names no source type: name at least one, or leave it out for HANA",
        ),
        default: ["HANA"],
    },
    // The canonical form has these two in `credentials`.
    accessKeyId: { form: forms.accessKeyHalf },
    accessKeySecret: { form: forms.accessKeyHalf },
} as const satisfies { readonly [N in keyof InstanceArgs]-?: Member<Resolved<InstanceArgs[N]>> };

/** The argument `rollout`. */
export const ROLLOUT = {
    batchSize: { form: forms.integer(1, 20), default: 20 },
    // Without it, the run finds out how many batches the service takes (fleet/waves.ts).
    parallelism: { form: forms.share(1, 100) },
    maxFailures: { form: forms.share(0, Infinity) },
    waves: {
        form: forms.sequenceOf(
            forms.share(1, Infinity),
            'an array such as [1, "10%"]',
            "[] names no wave: name at least one size, or leave it out",
        ),
    },
    soak: { form: forms.duration },
    pauseAfter: { form: forms.oneOf("firstWave") },
    bootTimeout: { form: forms.waitingTime, default: "5m" },
} as const satisfies { readonly [N in keyof RolloutArgs]-?: Member<Resolved<RolloutArgs[N]>> };

/** The arguments of the resource, in the order of messages and requests. */
export const ARGUMENTS = {
    vaultId: {
        form: forms.id("v", "the ID of a backup vault", {
            "cl-": "this is the ID of a cluster",
            "i-": "this is the ID of an instance",
        }),
        isRequired: true,
        change: "replace",
        parameter: "VaultId",
    },
    instances: {
        // `check/instances.ts` turns the array into a map and takes the access keys out.
        form: forms.objectOf(INSTANCE, "an element of instances"),
        isRequired: true,
        change: "instances",
        parameter: "ClientInfo",
    },
    alertSetting: {
        // Typed as any text, because it is compared with what the service reports.
        form: forms.oneOf<string>("INHERITED"),
        change: "reinstall",
        isReported: true,
        parameter: "AlertSetting",
    },
    useHttps: { form: forms.flag, change: "reinstall", isReported: true, parameter: "UseHttps" },
    resourceGroupId: {
        form: forms.text("the ID of a resource group (rg-…)"),
        change: "reinstall",
        parameter: "ResourceGroupId",
    },
    crossAccountType: {
        form: forms.oneOf("SELF_ACCOUNT", "CROSS_ACCOUNT"),
        default: "SELF_ACCOUNT",
        change: "replace",
        parameter: "CrossAccountType",
    },
    crossAccountUserId: { form: forms.accountId, change: "replace", parameter: "CrossAccountUserId" },
    crossAccountRoleName: {
        form: forms.text("the name of a RAM role"),
        change: "replace",
        parameter: "CrossAccountRoleName",
    },
    // The default is the configured region, which only a hook knows.
    region: { form: forms.region, change: "replace" },
    rollout: { form: forms.objectOf(ROLLOUT, "an object such as { batchSize: 20 }"), change: "record" },
    removal: {
        form: forms.oneOf<Removal>("UninstallAndDelete", "Uninstall", "Retain"),
        default: "Uninstall",
        emptyIsWrong: true,
        change: "record",
    },
    upgrades: { form: forms.oneOf<Upgrades>("Manual", "Latest"), default: "Manual", change: "record" },
    adoptExisting: { form: forms.flag, default: true, change: "record" },
    triggers: { form: forms.anything, change: "reinstall" },
} as const satisfies { readonly [N in keyof BackupClientsArgs]-?: Row<Resolved<BackupClientsArgs[N]>> };

/** The value of a form. `U` is the type of a value that is not known yet: never, or {@link Unknown}. */
type Value<F, U extends Unknown> =
    F extends ObjectForm<infer M>
        ? Values<M, U> | U
        : F extends ListForm<infer T>
          ? readonly (T | U)[]
          : F extends Form<infer T>
            ? T | U
            : never;

type ValueOf<R, U extends Unknown> = R extends { readonly form: infer F } ? Value<F, U> : never;

/** The members that the canonical form always has. An object is one of them, for the defaults of its own members. */
type Present<T> = {
    [N in keyof T]: T[N] extends
        { readonly isRequired: true } | { readonly default: unknown } | { readonly form: ObjectForm<Table> }
        ? N
        : never;
}[keyof T];

/** The canonical form of what a table describes. */
export type Values<T, U extends Unknown = never> = { readonly [N in Present<T>]: ValueOf<T[N], U> } & {
    readonly [N in Exclude<keyof T, Present<T>>]?: ValueOf<T[N], U>;
};

const { instances: _instances, ...settings } = ARGUMENTS;

/** The arguments without `instances`, whose canonical form has a type of its own. */
export const SETTINGS = settings;

type Settings = typeof SETTINGS;
type SettingName = keyof Settings;

/** The same rows for code that treats all of them alike. */
const ROWS: Readonly<Record<SettingName, Row>> = SETTINGS;

/** The settings whose row has this property. */
type NamesWith<P extends string, V = unknown> = {
    [N in SettingName]: Settings[N] extends { readonly [_ in P]: V } ? N : never;
}[SettingName];

function namesWith<P extends keyof Row, const V = unknown>(
    property: P,
    value?: V,
): readonly NamesWith<P, V>[] {
    return namesOf(ROWS).filter((name): name is NamesWith<P, V> =>
        value === undefined ? ROWS[name][property] !== undefined : ROWS[name][property] === value,
    );
}

/** The typed names of a record. It must have no others. */
export function namesOf<N extends string>(record: Readonly<Record<N, unknown>>): readonly N[] {
    return Object.keys(record) as N[];
}

/** These properties of a record, without those that are undefined. */
export function pick<T extends object, N extends keyof T>(
    record: T,
    names: readonly N[],
): Partial<Pick<T, N>> {
    const picked: { -readonly [P in N]?: T[P] } = {};
    for (const name of names) if (record[name] !== undefined) picked[name] = record[name];
    return picked;
}

/** A change of these replaces the resource. */
export const REPLACING = namesWith("change", "replace");
/** A change of these reinstalls the whole fleet. */
export const REINSTALLING = namesWith("change", "reinstall");
/** DescribeClients reports these. */
export const REPORTED = namesWith("isReported");
/** Every CreateClients call sends these, apart from the vault. */
export const SENT = namesWith("parameter").filter((name) => name !== "vaultId");

export type ReinstallingName = (typeof REINSTALLING)[number];
export type ReportedName = (typeof REPORTED)[number];

function defaultsOf(table: Table): Readonly<Record<string, unknown>> {
    const defaults = Object.entries(table).flatMap(([name, { form, default: value }]) => {
        if ("members" in form) return [[name, defaultsOf(form.members)]];
        return value === undefined ? [] : [[name, value]];
    });
    return Object.fromEntries(defaults) as Readonly<Record<string, unknown>>;
}

/** The settings that have a default, with its value. */
export const DEFAULTS = defaultsOf(SETTINGS) as Pick<
    Values<Settings>,
    Exclude<Present<Settings>, NamesWith<"isRequired">>
>;

/** Whether a setting has its default. */
export function isDefault(name: SettingName, value: unknown): boolean {
    return value === ROWS[name].default;
}
