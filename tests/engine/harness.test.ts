import fs from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import {
    expectFailed,
    expectOk,
    isSecret,
    output,
    secret,
    startEngine,
    unknown,
    type Engine,
    type Stack,
} from "./harness";

const folder = path.join(__dirname, "..", "..", ".cache", "harness-test");

/** A package with the names of ours and nothing behind them: the harness is tested here, not the provider. */
const stub = {
    "package.json": JSON.stringify({
        name: "pulumi-alicloud-hbr",
        version: "1.0.0",
        // The SDK finds the link to the checkout first, so it stores the file and not the exported name.
        exports: {
            ".": "./index.js",
            "./dynamicProvider.js": "./dynamicProvider.js",
            "./dynamicProvider": "./dynamicProvider.js",
        },
    }),
    "dynamicProvider.js": `
        exports.check = async (olds, inputs) => inputs.refuse
            ? { failures: [{ property: "refuse", reason: "refused" }] } : { inputs };
        exports.diff = async (id, olds, news) => ({ changes: JSON.stringify(olds.value) !== JSON.stringify(news.value) });
        exports.create = async (inputs) => {
            if (inputs.waitMs) await new Promise((resolve) => setTimeout(resolve, inputs.waitMs));
            return { id: "v-1", outs: { ...inputs, clients: { region: process.env.REGION ?? "none" } } };
        };
        exports.read = async (id, props) => ({ id, props: { ...props, clients: "read" } });
        exports.update = async (id, olds, news) => ({ outs: { ...news, clients: {} } });`,
    "index.js": `
        const pulumi = require("@pulumi/pulumi");
        exports.BackupClients = class BackupClients extends pulumi.dynamic.Resource {
            constructor(name, args, opts) {
                const provider = require("pulumi-alicloud-hbr/dynamicProvider");
                super(provider, name, { ...args, clients: undefined }, opts, "alicloud-hbr", "BackupClients");
            }
            static get(name, id, state, opts) { return new BackupClients(name, {}, { ...opts, id }); }
        };`,
};

describe("the engine harness", () => {
    let engine: Engine;
    let stack: Stack;

    beforeAll(async () => {
        const target = path.join(folder, "node_modules", "pulumi-alicloud-hbr");
        fs.mkdirSync(target, { recursive: true });
        for (const [name, text] of Object.entries(stub)) fs.writeFileSync(path.join(target, name), text);
        engine = await startEngine({ folder });
    });

    beforeEach(async () => {
        stack = await engine.stack({
            config: { "alicloud:region": "cn-hangzhou", "alicloud:secretKey": secret("s3") },
        });
    });

    afterAll(() => engine.stop());

    it("previews, updates, refreshes and destroys, with the package captured as one require", async () => {
        const program = [{ name: "hana", args: { value: 1 } }];

        const preview = expectOk(await stack.preview(program));
        expect(preview.stdout).toContain("hana create");
        expect(preview.state.resources).toEqual([]);

        const up = expectOk(await stack.up(program));
        expect(up.outputs).toEqual({ hana: { id: "v-1", clients: { region: "none" } } });
        expect(String(up.state.resource("hana").inputs?.__provider).length).toBeLessThan(512);
        expect(up.events.some((event) => "resourcePreEvent" in event)).toBe(true);

        expect(expectOk(await stack.refresh()).state.resource("hana").outputs?.clients).toBe("read");
        expect(expectOk(await stack.destroy()).state.resources).toEqual([]);
    });

    it("encrypts secrets, and knows values that a preview does not", async () => {
        const program = [
            { name: "hana", args: { value: unknown("later"), key: secret("hush"), list: [output("known")] } },
        ];
        expect(expectOk(await stack.preview(program, { args: ["--diff"] })).stdout).toMatch(
            /value *: \[unknown\]/,
        );

        const { state } = expectOk(await stack.up(program));
        expect(state.resource("hana").inputs).toMatchObject({ value: "later", list: ["known"] });
        expect(isSecret(state.resource("hana").inputs?.key)).toBe(true);
        expect(state.text).not.toContain("hush");
        expect(await stack.cli(["stack", "export", "--show-secrets"])).toContain("hush");
        expect(await stack.cli(["config", "get", "alicloud:secretKey"])).toContain("s3");
    });

    it("passes resource options on", async () => {
        expectOk(await stack.up([{ name: "old", args: { value: 1 } }]));
        const opts = {
            parent: "group",
            protect: true,
            aliases: ["urn:pulumi:dev::fleet::pulumi-nodejs:dynamic/alicloud-hbr:BackupClients::old"],
            customTimeouts: { create: "5m" },
        };
        const moved = await stack.up([
            { name: "new", args: { value: 1 }, opts },
            { name: "second", args: {}, opts: { dependsOn: ["new"] } },
            { name: "looked-up", get: "v-2/cl-1" },
        ]);
        const { state, stdout } = expectOk(moved);
        expect(stdout).not.toContain("deleted");
        expect(state.find("old")).toBeUndefined();
        expect(state.resource("new")).toMatchObject({ protect: true, customTimeouts: { create: 300 } });
        expect(state.resource("new").parent).toMatch(/::group$/);
        expect(state.resource("second").dependencies).toEqual([state.resource("new").urn]);
        expect(state.resource("looked-up")).toMatchObject({ id: "v-2/cl-1", external: true });
    });

    it("runs a program file, with the environment of the run", async () => {
        const file = path.join(folder, "source", "index.ts");
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(
            file,
            `import { BackupClients } from "pulumi-alicloud-hbr";
             import { Config } from "@pulumi/pulumi";
             const value: string = new Config("alicloud").require("region");
             export const clients = new BackupClients("hana", { value }).clients;`,
        );
        const up = expectOk(await stack.up({ file }, { env: { REGION: "from the environment" } }));
        expect(up.outputs).toEqual({ clients: { region: "from the environment" } });
        expect(up.state.resource("hana").inputs?.value).toBe("cn-hangzhou");
    });

    it("reports what failed", async () => {
        const refused = expectFailed(await stack.up([{ name: "hana", args: { refuse: "yes" } }]));
        expect(refused.stdout).toContain("refused");
        expect(() => expectOk(refused)).toThrow("refused");
    });

    it("can be watched and killed", async () => {
        const program = [{ name: "hana", args: { value: 1, waitMs: 4000 } }];
        const run = await stack.start("up", program);
        await run.printed(/hana creating/);
        while (!stack.state().deployment.pending_operations) await setTimeout(50);
        run.signal("SIGKILL");
        expect((await run.done).code).toBeNull();

        expect(expectFailed(await stack.up(program)).stderr).toContain("locked");
        await stack.cli(["cancel", "--yes"]);
        expect(stack.state().deployment.pending_operations).toMatchObject([{ type: "creating" }]);
        expectOk(await stack.up(program));
    });

    it("edits the state, and replaces the configuration", async () => {
        const program = [{ name: "hana", args: { value: 1 } }];
        expectOk(await stack.up(program));
        stack.editState((deployment) => {
            for (const { outputs } of deployment.resources ?? []) if (outputs) outputs.value = 2;
        });
        await stack.setConfig({ "alicloud:region": "cn-beijing" });
        expect(await stack.cli(["config"])).not.toContain("secretKey");
        expect(expectOk(await stack.preview(program)).stdout).toContain("hana update");
    });
});
