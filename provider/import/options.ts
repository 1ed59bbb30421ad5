import { parseArgs } from "node:util";
import {
    ARGUMENTS,
    type Consequence,
    INSTANCE,
    type Member,
    namesOf,
    REPORTED,
    SETTINGS,
} from "../arguments";
import { flag as trueOrFalse, show } from "../forms";
import { UsageError } from "../commandLine";

/** What the command line asks for. */
export interface Options {
    /** Only the clients of this vault; every vault of the records if it is left out. */
    readonly vaultId: string | undefined;
    /** Only the clients of this cluster. */
    readonly clusterId: string | undefined;
    /** The file with the records of another tool. */
    readonly from: { readonly tool: Tool; readonly file: string } | undefined;
    /** The name of the resource, or what the names of several begin with. */
    readonly name: string;
    readonly stack: string | undefined;
    readonly parent: string | undefined;
    readonly out: string | undefined;
    readonly program: boolean;
    /** Whether the calls are shown. */
    readonly debug: boolean;
    readonly sourceTypes: readonly string[] | undefined;
    /** The arguments of the resource that were given, not validated yet. */
    readonly settings: Readonly<Partial<Record<SettingName, unknown>>>;
}

export type Tool = "terraform" | "pulumi";

/** The arguments that the service does not report. A new one has an option by itself. */
type SettingName = Exclude<keyof typeof SETTINGS, "vaultId" | (typeof REPORTED)[number]>;

const REPORTED_NAMES: readonly string[] = REPORTED;
const SETTING_NAMES = namesOf(SETTINGS).filter(
    (name): name is SettingName => name !== "vaultId" && !REPORTED_NAMES.includes(name),
);

/** What the help says of each: a placeholder for the value, and what it is. */
const MEANINGS: Readonly<Record<SettingName, readonly [value: string, meaning: string]>> = {
    resourceGroupId: ["rg-…", "default: none"],
    triggers: ["JSON", `such as '["2026-01"]'; default: none`],
    crossAccountType: ["TYPE", "SELF_ACCOUNT (default) or CROSS_ACCOUNT"],
    crossAccountUserId: ["ID", "the account, for CROSS_ACCOUNT"],
    crossAccountRoleName: ["NAME", "the role in it"],
    region: ["REGION", "default: the configured region"],
    removal: ["WHAT", "Uninstall (default), UninstallAndDelete or Retain"],
    upgrades: ["WHEN", "Manual (default) or Latest"],
    adoptExisting: ["BOOLEAN", "true (default) or false"],
    rollout: ["JSON", `such as '{"batchSize":5}'`],
};

/** `crossAccountType` → `cross-account-type` */
export function optionOf(name: string): string {
    return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The lines of the options for the arguments whose change does that. */
function linesOf(change: Consequence): string {
    const names = SETTING_NAMES.filter((name) => SETTINGS[name].change === change);
    return names
        .map((name) => `  ${`--${optionOf(name)} ${MEANINGS[name][0]}`.padEnd(34)}${MEANINGS[name][1]}`)
        .join("\n");
}

export const HELP = `hbr-import: existing Cloud Backup (HBR) clients as resources for \`pulumi import --file\`

Usage: hbr-import <vaultId> [options] > clients.json
       hbr-import --from-terraform terraform.tfstate [options] > clients.json
       hbr-import --from-pulumi export.json [options] > clients.json

It reads the vault and changes nothing. It takes the region, keys and endpoint from where the provider takes them: the
configuration of the selected Pulumi stack, then the environment. Run it in the folder of the program, then
\`pulumi import --file clients.json --generate-code=false\` (Pulumi CLI 3.254 or later). It writes the healthy clients,
one resource for each cluster, and lists the others.

  --cluster cl-…                    only the clients of this SAP HANA instance
  --name NAME                       name of the resource; if there are several, the cluster follows (default: hana)
  --program                         prints the TypeScript of these resources instead
  --out FILE                        writes to this file instead of stdout
  --stack NAME                      the stack (default: the selected one)
  --parent URN                      the parent of the resources, which is in the stack already
  --from-terraform FILE             takes the clients of a state (\`terraform state pull\`) that holds
                                    alicloud_hbr_hana_backup_client, and says what to remove there
  --from-pulumi FILE                the same for a stack (\`pulumi stack export\`) that holds
                                    alicloud.hbr.HanaBackupClient
  --debug                           shows each call, and the stack of an error that is a fault of this command
  --help                            this text

The service does not report the rest, so set it as the program is going to declare it. If the program declares something
else, these reinstall the clients:

  --source-types TYPE,TYPE          default: those of the state that is read, or HANA
${linesOf("reinstall")}

these replace the resource:

${linesOf("replace")}

and these are only recorded:

${linesOf("record")}

Access keys of clients cannot be imported. To declare them, let \`pulumi up\` adopt the clients instead.`;

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;

/** The options, as `parseArgs` takes them. */
export const OPTIONS = {
    cluster: text,
    name: text,
    stack: text,
    parent: text,
    out: text,
    program: flag,
    debug: flag,
    "from-terraform": text,
    "from-pulumi": text,
    "source-types": text,
    help: { ...flag, short: "h" },
    ...Object.fromEntries(SETTING_NAMES.map((name) => [optionOf(name), text])),
} as const;

/**
 * Parses the command line.
 *
 * @returns undefined if it asks for help
 * @throws UsageError, or the error of `parseArgs`, for anything wrong
 */
export function parseOptions(args: readonly string[]): Options | undefined {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
    if (values.help === true) return undefined;
    const from = recordsOf(values["from-terraform"], values["from-pulumi"]);
    return {
        vaultId: vaultOf(positionals, from !== undefined),
        clusterId: fitting("--cluster", INSTANCE.clusterId, values.cluster),
        from,
        name: nameOf(values.name ?? "hana"),
        stack: filled("--stack", values.stack),
        parent: parentOf(values.parent),
        out: filled("--out", values.out),
        program: values.program === true,
        debug: values.debug === true,
        sourceTypes: sourceTypesOf(values["source-types"]),
        settings: settingsOf(values),
    };
}

function recordsOf(terraform: string | undefined, pulumi: string | undefined): Options["from"] {
    if (terraform !== undefined && pulumi !== undefined)
        throw new UsageError(
            "--from-terraform and --from-pulumi do not go together: run the command for each",
        );
    if (terraform !== undefined)
        return { tool: "terraform", file: filled("--from-terraform", terraform) ?? "" };
    return pulumi === undefined ? undefined : { tool: "pulumi", file: filled("--from-pulumi", pulumi) ?? "" };
}

function vaultOf(positionals: readonly string[], hasRecords: boolean): string | undefined {
    const [vaultId, ...others] = positionals;
    if (others.length > 0)
        throw new UsageError(`${positionals.map(show).join(", ")}: one vault at a time (v-…)`);
    if (vaultId === undefined && !hasRecords)
        throw new UsageError(
            "the vault is missing: hbr-import <vaultId> (v-…), or --from-terraform, --from-pulumi",
        );
    return fitting("<vaultId>", ARGUMENTS.vaultId, vaultId);
}

function fitting(option: string, { form }: Member<string>, value: string | undefined): string | undefined {
    if (value === undefined) return undefined;
    if ("parse" in form && form.parse(value) !== undefined) return value;
    throw new UsageError(`${option} ${form.reason(value)}`);
}

function sourceTypesOf(given: string | undefined): readonly string[] | undefined {
    const types = given?.split(",").map((type) => type.trim());
    const { items } = INSTANCE.sourceTypes.form;
    if (types?.some((type) => items.parse(type) === undefined))
        throw new UsageError(`--source-types ${show(given)} is not a list such as HANA`);
    return types;
}

function filled(option: string, value: string | undefined): string | undefined {
    if (value === "") throw new UsageError(`${option} "" names nothing`);
    return value;
}

/** The engine allows more in a name, but not everything that it allows can be typed in a shell, or read in a URN. */
function nameOf(name: string): string {
    if (/^[\w.-]+$/.test(name)) return name;
    throw new UsageError(`--name ${show(name)} is not a name: letters, digits, "-", "_" and "."`);
}

function parentOf(urn: string | undefined): string | undefined {
    if (urn === undefined || /^urn:pulumi:[^:]+::[^:]+::.+::[^:]+$/.test(urn)) return urn;
    throw new UsageError(
        `--parent ${show(urn)} is not the URN of a resource (urn:pulumi:…), as \`pulumi stack --show-urns\` prints it`,
    );
}

function settingsOf(values: Readonly<Record<string, unknown>>): Options["settings"] {
    return Object.fromEntries(
        SETTING_NAMES.flatMap((name) => {
            const given = values[optionOf(name)];
            return typeof given === "string" ? [[name, valueOf(name, given)]] : [];
        }),
    );
}

/** The value of an option. Whether it is a right one, the check of the resource says. */
function valueOf(name: SettingName, given: string): unknown {
    const { form }: Member = SETTINGS[name];
    if ("isText" in form) return given;
    try {
        return JSON.parse(given) as unknown;
    } catch {
        if (form === trueOrFalse) return given;
        throw new UsageError(
            `--${optionOf(name)} ${show(given)} is not JSON, such as ${EXAMPLES[name] ?? '"text"'}`,
        );
    }
}

const EXAMPLES: Readonly<Partial<Record<SettingName, string>>> = {
    rollout: '{"batchSize":5}',
    triggers: '["2026-01"]',
};
