import fs from "node:fs";
import path from "node:path";
import { FAULT_KINDS } from "../../simulator/faults";
import { FORMATS } from "../../report/options";
import type { Simulator } from "../../simulator";
import { draw } from "../../tools/pictures/svg";
import { inTerminal, noTerminal, screenOf, TERMINAL_ENV, textOf } from "../../tools/pictures/terminal";
import { reportOn } from "../report/fixtures";
import {
    expectFailed,
    expectOk,
    isSecret,
    output,
    secret,
    type ResourceOptionsSpec,
    type ResourceSpec,
    type Result,
    type Stack,
} from "./harness";
import { hbrImport } from "./importing";
import { clientsOf, CLUSTER, fleet, planOf, saidOf, scenes, statusesOf, vaultOf } from "./support";

const scene = scenes();

/** Recognizable, and different in every encoding. */
const canary = (what: string): string => `Canary/${what}+7&x=é"~'${what}`;

const PROVIDER = {
    accessKeyId: "LTAI5canaryProviderId",
    accessKeySecret: canary("provider-secret"),
    securityToken: canary("provider-token"),
};
const KEYS = ["plain", "marked", "inOutput", "rotated", "rejected", "half"].flatMap((what) => [
    `LTAI5canary-id-of-${what}`,
    canary(`client-secret-${what}`),
]);
const CANARIES = [...Object.values(PROVIDER), ...KEYS];

/**
 * With --debug Pulumi's SDK prints what the engine answered about every resource of every provider, secrets in clear.
 * No provider can change that; it is the one thing that is left out here.
 */
const SDK_LINE = "RegisterResource RPC finished:";
const PRINTED_BY_THE_SDK = new RegExp(`debug: ${SDK_LINE}[\\s\\S]*?(?=\\n *debug: |\\n\\n|$)`, "g");

function isOfTheSdk(diagnostic: unknown): boolean {
    const { severity, message } = (diagnostic ?? {}) as { severity?: string; message?: string };
    // In a terminal the text has marks for its colours.
    return severity === "debug" && message?.replace(/^(<\{%[^%]*%\}>)*/, "").startsWith(SDK_LINE) === true;
}

/** The ways a text may be written down; of base64 what any surroundings leave unchanged. */
function formsOf(text: string): string[] {
    const bytes = Buffer.from(text);
    const base64 = [0, 1, 2].map((offset) =>
        Buffer.concat([Buffer.alloc(offset), bytes])
            .toString("base64")
            .slice(offset === 0 ? 0 : 4, -4),
    );
    const encoded = encodeURIComponent(text);
    const strict = encoded.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
    return [
        ...[text, encoded, strict, encodeURIComponent(encoded), encodeURIComponent(strict)],
        ...[JSON.stringify(text).slice(1, -1), ...base64, ...base64.map((form) => encodeURIComponent(form))],
    ];
}

/** The canaries that are in a text, in whatever form. */
function canariesIn(text: string): string[] {
    return CANARIES.filter((each) => formsOf(each).some((form) => text.includes(form)));
}

function withKey(instanceId: string, what: string, mark: (text: string) => unknown): Record<string, unknown> {
    return {
        ...{ instanceId, clusterId: CLUSTER },
        ...{
            accessKeyId: `LTAI5canary-id-of-${what}`,
            accessKeySecret: mark(canary(`client-secret-${what}`)),
        },
    };
}

const plain = (text: string): unknown => text;
const names = ["plain", "marked", "inOutput", "ignoring"];

function program(
    key: string,
    args: Record<string, unknown> = {},
    opts: ResourceOptionsSpec = {},
): ResourceSpec[] {
    return [
        fleet("plain", [withKey("i-a1", key === "rotated" ? key : "plain", plain), "i-a2"], args, opts),
        fleet("marked", [withKey("i-b1", key === "rotated" ? key : "marked", secret), "i-b2"], args, opts),
        {
            name: "inOutput",
            args: {
                ...args,
                vaultId: vaultOf("inOutput"),
                instances: output([withKey("i-c1", "inOutput", secret)]),
            },
            opts,
        },
        fleet("ignoring", [withKey("i-d1", key === "rotated" ? key : "marked", secret)], args, {
            ...opts,
            ignoreChanges: ["instances"],
        }),
    ];
}

/** A service that repeats what it was given in a call, in a message that is shown. */
function echo(
    simulator: Simulator,
    action: string,
    status: number,
    given: readonly string[],
    code = "NotQuiteRight",
): void {
    const message = `Who are you? ${given.join(" and ")}, ${encodeURIComponent(given.join("&"))}`;
    simulator.addFault({ action, kind: "status", status, code, message, times: "always" });
}

const provider = Object.values(PROVIDER);
const rotated = ["LTAI5canary-id-of-rotated", canary("client-secret-rotated")];

/** What hbr-report reads of a run: the state, the events, and the preview if that is its output. As JSON it is all that is shown. */
function reportsOf(exported: string, { stdout, events }: Pick<Result, "stdout" | "events">): string {
    const lines = events.map((event) => JSON.stringify(event)).join("\n");
    const documents = [[exported], [lines], ...(stdout.startsWith("{") ? [[exported, stdout]] : [])];
    return documents.map((read) => reportOn(read).content).join("\n");
}

const withoutTerminal = noTerminal();
if (withoutTerminal !== undefined) console.warn(`Not tested on a screen: ${withoutTerminal}`);
const terminal = withoutTerminal === undefined ? { terminal: inTerminal, env: TERMINAL_ENV } : {};

/** A terminal puts together what its stream has in pieces, and a picture shows that. */
async function shownOf(stream: string): Promise<Record<string, string>> {
    const screen = await screenOf(stream);
    return { screen: textOf(screen), picture: draw(screen, "a run") };
}

describe("secrets", () => {
    const leaks: string[] = [];
    let simulator: Simulator;
    let stack: Stack;
    let first: Result;
    let reported: readonly string[];
    let detail: Result;
    let failed: Result;
    let quoted: Result;
    let timedOut: Result;
    let broken: Result;
    /** A client that no resource of the stack has. */
    const OF_TERRAFORM = {
        vaultId: vaultOf("plain"),
        instanceId: "i-z1",
        clusterId: CLUSTER,
        status: "ACTIVATED",
    } as const;
    let imported: string;
    let refused: string;

    async function heard(run: Promise<Result>): Promise<Result> {
        const result = await run;
        const events = result.events.filter((event) => !isOfTheSdk(event.diagnosticEvent));
        const exported = await stack.cli(["stack", "export"]);
        const stdout = result.stdout.replaceAll(PRINTED_BY_THE_SDK, "");
        const sources = {
            stdout,
            stderr: result.stderr.replaceAll(PRINTED_BY_THE_SDK, ""),
            ...(stdout.includes("\u001b[") && (await shownOf(stdout))),
            state: result.state.text,
            export: exported,
            reports: reportsOf(exported, result),
            // Without the codes of the answers, one of which is a canary.
            requests: JSON.stringify(simulator.requests().log.map(({ code: _, ...request }) => request)),
            ...Object.fromEntries(events.map((event) => [`event ${event.sequence}`, JSON.stringify(event)])),
        };
        for (const [source, text] of Object.entries(sources)) {
            for (const found of canariesIn(text)) leaks.push(`${result.operation}, ${source}: ${found}`);
        }
        return result;
    }

    /** The command reads the configuration in clear, and states of other tools. What it said on stderr. */
    async function heardImport(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<string> {
        const { stdout, stderr } = await hbrImport(stack, [...args, "--debug"], env);
        for (const found of canariesIn(stdout + stderr)) leaks.push(`hbr-import ${args.join(" ")}: ${found}`);
        return stderr;
    }

    beforeAll(async () => {
        ({ simulator, stack } = await scene({
            ...PROVIDER,
            world: { vaults: names.map(vaultOf), clients: [OF_TERRAFORM] },
            config: { "alicloud:securityToken": secret(PROVIDER.securityToken) },
        }));
        await heard(stack.preview(wrong, { args: ["--debug"] }));
        for (const kind of FAULT_KINDS) addFaults(simulator, kind);
        await heard(stack.up(program("first"), { args: ["--debug"] }));
        simulator.clearFaults();
        first = expectOk(await heard(stack.up(program("first"), terminal)));
        const readable = await stack.cli(["stack", "export", "--show-secrets"]);
        expect(canariesIn(readable)).not.toEqual([]);
        reported = FORMATS.map((format) => reportOn([readable], { format }).content);
        const foreign = path.join(stack.folder, "terraform.json");
        fs.writeFileSync(foreign, terraformState([withKey("i-z1", "plain", plain)]));
        imported = await heardImport(["--from-terraform", foreign]);
        fs.writeFileSync(foreign, terraformState([withKey("i-z1", "plain", plain)]).slice(1));
        await heardImport(["--from-terraform", foreign]);
        await heardImport([vaultOf("plain")], { PULUMI_CONFIG_PASSPHRASE: "wrong" });
        echo(simulator, "DescribeClients", 403, provider);
        refused = await heardImport([vaultOf("plain")]);
        simulator.clearFaults();
        detail = await heard(stack.preview(program("rotated"), { args: ["--diff"] }));
        await heard(stack.preview(program("rotated"), { args: ["--json"] }));
        echo(simulator, "CreateClients", 400, [...rotated, ...provider]);
        failed = expectFailed(await heard(stack.up(program("rotated"), { args: ["--debug"] })));
        simulator.clearFaults();
        echo(simulator, "DescribeClients", 403, provider);
        expectFailed(await heard(stack.refresh({ args: ["--debug"] })));
        simulator.clearFaults();
        // The service quotes keys that another process has sent it.
        for (const { clientId } of simulator.world().clients)
            simulator.patchClient(clientId, { statusMessage: `no login with ${rotated.join(":")}` });
        quoted = expectOk(await heard(stack.refresh()));
        expectOk(await heard(stack.up(program("rotated"))));
        // Errors that the row shows while they last, and that the reason of the time-out names.
        echo(simulator, "DescribeClients", 503, [...rotated, ...provider], PROVIDER.accessKeyId);
        const hurried = program("rotated", { triggers: ["again"] }, { customTimeouts: { update: "6s" } });
        timedOut = expectFailed(await heard(stack.up(hurried, { args: ["--debug"] })));
        simulator.clearFaults();
        const undo = breakState(stack);
        broken = expectFailed(await heard(stack.preview(hurried, { args: ["--debug"] })));
        undo();
        echo(simulator, "UninstallClient", 400, provider);
        expectFailed(await heard(stack.destroy({ args: ["--debug"] })));
        simulator.clearFaults();
        expectOk(await heard(stack.destroy({ args: ["--debug"] })));
    });

    it("are in nothing that is printed, logged, stored or sent on, in no form", () => {
        expect(leaks).toEqual([]);
        if (withoutTerminal === undefined) expect(first.stdout).toContain("\u001b[");
    });

    it("would be found", () => {
        for (const each of CANARIES) {
            for (const form of formsOf(each)) expect(canariesIn(`a ${form} b`)).toContain(each);
        }
        expect(canariesIn(Buffer.from(`{"k":"${CANARIES.join(" ")}"}`).toString("base64"))).toEqual(CANARIES);
    });

    it("are in no report, even on a state that was exported with them", () => {
        for (const report of reported) {
            expect(canariesIn(report)).toEqual([]);
            expect(report).toContain("i-a1");
        }
    });

    it("are encrypted in the state, and usable", () => {
        expect(new Set(Object.values(statusesOf(first.state, "plain")))).toEqual(new Set(["ACTIVATED"]));
        for (const name of names) {
            const { inputs, outputs } = first.state.resource(name);
            expect([isSecret(inputs?.credentials), isSecret(outputs?.credentials)]).toEqual([true, true]);
        }
        // A secret in an Output of an array makes a secret of all of it.
        expect(isSecret(first.state.resource("inOutput").outputs?.instances)).toBe(true);
        expect(isSecret(first.state.resource("marked").outputs?.instances)).toBe(false);
    });

    it("leave the preview readable where they are in a plain array", () => {
        expect(planOf(detail, "plain")).toBe("plan: reinstall 1: i-a1 (access key changed); keep 1");
        expect(planOf(detail, "marked")).toBe("plan: reinstall 1: i-b1 (access key changed); keep 1");
        const [, ofMarked = ""] = detail.stdout.split(/BackupClients::marked\]/);
        const text = ofMarked.split("BackupClients: (")[0] ?? "";
        expect(text).toMatch(/credentials *: \[secret\]/);
        expect(text).toMatch(/i-b1: \{\s+clusterId *: "cl-000aaa"\s+instanceId *: "i-b1"/);
    });

    it("can be rotated, or kept by ignoreChanges with the new key all the same", () => {
        expect(planOf(detail, "ignoring")).toBe("plan: reinstall 1: i-d1 (access key changed)");
    });

    it("are taken out of a message that is otherwise shown", () => {
        expect(saidOf(failed, "marked").join("\n")).toMatch(
            /i-b1: .*NotQuiteRight: Who are you\? \[redacted\] and/,
        );
        expect(clientsOf(quoted.state, "plain")["i-a2"]?.statusMessage).toBe(
            "no login with [redacted]:[redacted]",
        );
        expect(timedOut.stdout).toContain("retrying DescribeClients: [redacted] (HTTP 503)");
        expect(saidOf(timedOut, "marked").join("\n")).toMatch(
            /the time-out of 6 s is over .*; the last error: DescribeClients failed: \[redacted\]: Who are you\? \[redacted\] and/,
        );
        expect(imported).toMatch(/i-z1: the record gives an access key, which is left out/);
        expect(refused).toMatch(/NotQuiteRight: Who are you\? \[redacted\] and/);
        // The first error ends a preview.
        const faults = names.flatMap((name) => saidOf(broken, name));
        expect(faults).toContainEqual(expect.stringMatching(/^error: TypeError: .*please report it/));
    });
});

/** Makes a hook fail in a way that nobody has expected; what is returned takes it back. */
function breakState(stack: Stack): () => void {
    const before = new Map<string, unknown>();
    stack.editState(({ resources = [] }) => {
        for (const { urn, outputs } of resources) {
            if (outputs?.clients === undefined) continue;
            before.set(urn, outputs.clients);
            outputs.clients = null;
        }
    });
    return () => {
        stack.editState(({ resources = [] }) => {
            for (const { urn, outputs } of resources)
                if (outputs && before.has(urn)) outputs.clients = before.get(urn);
        });
    };
}

/** A state of Terraform with a record of these clients. */
function terraformState(clients: readonly object[]): string {
    const attributes = { vault_id: vaultOf("plain"), client_info: JSON.stringify(clients) };
    const resource = { mode: "managed", type: "alicloud_hbr_hana_backup_client", name: "hana" };
    return JSON.stringify({ version: 4, resources: [{ ...resource, instances: [{ attributes }] }] });
}

/** Every fault that `check` can find, with a secret beside it. */
const wrong: ResourceSpec[] = [
    fleet("a", [withKey("i-a1", "rejected", secret), withKey("i-a1", "rejected", plain)]),
    fleet("b", [{ ...withKey("x-1", "rejected", plain), clusterId: "i-1", sourceTypes: [], more: 1 }]),
    fleet("c", [{ instanceId: "i-c1", accessKeySecret: canary("client-secret-half") }]),
    fleet("d", [{ instanceId: "i-d1", accessKeyId: secret("LTAI5canary-id-of-half"), accessKeySecret: "" }]),
    fleet("e", [withKey("cl-1", "rejected", (text) => [text])]),
    fleet("f", [withKey("i-f1", "rejected", (text) => secret({ text }))], {
        ...{
            vaultId: "x",
            alertSetting: "y",
            useHttps: "z",
            crossAccountUserId: "a",
            removal: "b",
            region: 1,
        },
        rollout: { batchSize: 99, parallelism: 0, maxFailures: -1, more: 1 },
    }),
    {
        name: "g",
        args: {
            vaultId: "v-g",
            instances: output([withKey("x-2", "rejected", secret), { instanceId: "i-g" }]),
        },
    },
    { name: "h", args: { vaultId: "v-h", instances: secret([canary("client-secret-rejected")]) } },
];

/** Each kind once, where it applies, spread over the calls of a run. */
function addFaults(simulator: Simulator, kind: (typeof FAULT_KINDS)[number]): void {
    const after = FAULT_KINDS.indexOf(kind) % 5;
    for (const action of ["DescribeClients", "DescribeTask", "CreateClients"]) {
        const taskOnly = kind.startsWith("task-") || kind === "result-object";
        if (taskOnly && action !== "DescribeTask") continue;
        if (kind === "flat-list" && action !== "DescribeClients") continue;
        simulator.addFault({
            action,
            kind,
            after,
            times: 1,
            ms: 300,
        });
    }
}
