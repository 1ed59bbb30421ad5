import { transformFileSync } from "@swc/core";
import fs from "node:fs";
import path from "node:path";
import { Simulator } from "../../simulator";
import { configFor, expectFailed, expectOk, startEngine, type Engine, type Stack } from "./harness";
import { installedPackage } from "./harness/package";

const SDK = "@alicloud/hbr20170908";
const LOADED = "The SDK of the program's folder is loaded";

/** `alicloud-hbr:client: official`, in the folder of a program that has or has not installed the SDK. */
describe("the official client", () => {
    const simulator = new Simulator({ installTime: 200 });
    let folder: string;
    let engine: Engine;
    let stack: Stack;
    const program = [
        {
            name: "hana",
            args: { vaultId: "v-simulator", instances: [{ instanceId: "i-1" }, { instanceId: "i-2" }] },
        },
    ];

    beforeAll(async () => {
        const installed = await installedPackage();
        // A copy, as the SDK must not be there for the other tests.
        folder = fs.mkdtempSync(path.join(path.dirname(installed), "official-"));
        fs.cpSync(path.join(installed, "node_modules"), path.join(folder, "node_modules"), {
            recursive: true,
        });
        engine = await startEngine({ folder });
        const config = configFor(await simulator.listen());
        stack = await engine.stack({ config: { ...config, "alicloud-hbr:client": "official" } });
    });

    afterAll(async () => {
        await engine.stop();
        await simulator.close();
        fs.rmSync(folder, { recursive: true });
    });

    /** The real package cannot be had here: a stand-in under its name, and beside it what it depends on. */
    function installSdk(): void {
        const { code } = transformFileSync(path.join(__dirname, "..", "hbr", "standInSdk.ts"), {
            jsc: { parser: { syntax: "typescript" }, target: "es2022" },
            module: { type: "commonjs" },
            swcrc: false,
        });
        const modules = path.join(folder, "node_modules");
        fs.writeFileSync(path.join(modules, "standIn.js"), code);
        for (const name of [SDK, "@alicloud/openapi-core", "@darabonba/typescript"]) {
            const target = path.join(modules, name);
            fs.mkdirSync(target, { recursive: true });
            const announce = name === SDK ? `console.log(${JSON.stringify(LOADED)});` : "";
            const module = `module.exports = require("../../standIn.js").loadStandIn(${JSON.stringify(name)});`;
            fs.writeFileSync(path.join(target, "index.js"), `${announce}${module}`);
        }
    }

    it("is one error that says what to install where it is not installed", async () => {
        const { stdout, state } = expectFailed(await stack.up(program));
        const [, diagnostics = ""] = stdout.split("Diagnostics:");
        // The engine shows the stack's diagnostics and the resource's in no fixed order.
        expect(diagnostics.match(/error: .*/g)?.sort()).toEqual([
            'error: alicloud-hbr:client is "official", but @alicloud/hbr20170908 is not installed; install it beside ' +
                "pulumi-alicloud-hbr (`npm install @alicloud/hbr20170908@2`), or remove alicloud-hbr:client from the " +
                "configuration to use the built-in client",
            "error: update failed",
        ]);
        expect(simulator.requests().total).toBe(0);
        expect(state.find("hana")).toBeUndefined();
    });

    it("serves a whole life where it is installed in the program's folder", async () => {
        installSdk();
        const { stdout, outputs } = expectOk(await stack.up(program));
        expect(stdout).toContain(LOADED);
        expect(outputs).toMatchObject({
            hana: {
                clients: { "i-1": { status: "ACTIVATED" }, "i-2": { status: "ACTIVATED" } },
                failedInstanceIds: [],
            },
        });
        expectOk(await stack.refresh({ args: ["--expect-no-changes"] }));
        expect(expectOk(await stack.destroy()).state.resources).toEqual([]);
        expect(simulator.requests().duplicateInstalls).toBe(0);
    });
});
