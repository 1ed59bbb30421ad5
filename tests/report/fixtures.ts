import { makeReport, type Report } from "../../report/report";
import type { Format, Condition } from "../../report/options";
import type { View } from "../../report/view";

/** Documents in the shape in which Pulumi prints them; tests on the engine read its own. */

const TYPE = "pulumi-nodejs:dynamic/alicloud-hbr:BackupClients";

export function urnOf(name: string): string {
    return `urn:pulumi:dev::fleet::${TYPE}::${name}`;
}

/** How Pulumi writes a secret. */
export function encrypted(plaintext?: string): object {
    return {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        ...(plaintext === undefined ? { ciphertext: "v1:AAAA" } : { plaintext: JSON.stringify(plaintext) }),
    };
}

/** A healthy client. */
export function client(instanceId: string, more: object = {}): Record<string, unknown> {
    return {
        instanceId,
        clusterId: "cl-1",
        status: "ACTIVATED",
        installed: true,
        clientId: `c-${instanceId}`,
        ...more,
    };
}

export const FAILED = {
    status: "NOT_INSTALLED",
    installed: false,
    pendingAction: "install",
    errorCode: "InstanceNotExists",
    errorMessage: "CreateClients failed: InstanceNotExists: The instance does not exist. (HTTP 404)",
    owned: false,
};

/** The outputs of a resource with these clients. */
export function outputsOf(
    clients: readonly Record<string, unknown>[],
    more: object = {},
): Record<string, unknown> {
    return {
        __version: 2,
        vaultId: "v-1",
        region: "cn-hangzhou",
        removal: "Uninstall",
        clients: Object.fromEntries(clients.map((each) => [String(each.instanceId), each])),
        ...more,
    };
}

/** What `pulumi stack export` prints, of resources by their names. */
export function exportOf(fleets: Readonly<Record<string, unknown>>, more: object = {}): object {
    const resources = Object.entries(fleets).map(([name, outputs]) => ({
        urn: urnOf(name),
        outputs,
        ...more,
    }));
    const stack = {
        urn: "urn:pulumi:dev::fleet::pulumi:pulumi:Stack::fleet-dev",
        outputs: { secret: encrypted() },
    };
    const manifest = { time: "2026-11-28T14:49:53.818748385Z" };
    return { version: 3, deployment: { manifest, resources: [stack, ...resources] } };
}

export interface StepSpec {
    readonly op: string;
    readonly name: string;
    readonly old?: unknown;
    readonly new?: unknown;
    readonly plan?: string;
}

/** What `pulumi preview --json` prints. */
export function previewOf(steps: readonly StepSpec[], diagnostics: readonly object[] = []): object {
    return {
        config: { "alicloud:secretKey": "[secret]" },
        steps: steps.map(({ op, name, ...states }) => ({
            op,
            urn: urnOf(name),
            ...(states.old !== undefined && { oldState: { outputs: states.old } }),
            ...(states.new !== undefined && { newState: { outputs: states.new } }),
            detailedDiff: null,
        })),
        diagnostics: [
            ...steps.flatMap(({ name, plan }) =>
                plan === undefined ? [] : [{ urn: urnOf(name), message: `${plan}\n`, severity: "info" }],
            ),
            ...diagnostics,
        ],
        duration: 1_000,
        changeSummary: {},
    };
}

/** The report of these documents. */
export function reportOn(
    documents: readonly unknown[],
    { format = "json", failOn = [] }: { format?: Format; failOn?: readonly Condition[] } = {},
): Report {
    const read = documents.map((document, index) => ({
        name: `file${String(index + 1)}`,
        content: Buffer.from(typeof document === "string" ? document : JSON.stringify(document)),
    }));
    return makeReport(read, { format, failOn });
}

export function viewOf(...documents: readonly unknown[]): View {
    return JSON.parse(reportOn(documents).content) as View;
}
