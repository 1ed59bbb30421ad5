import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import sdk from "@pulumi/pulumi/package.json";
import { Simulator, type Listening } from "../../simulator";
import { packed } from "../packages/support/tarball";
import { configFor, expectOk, startEngine, type Engine } from "./harness";

const repository = path.join(__dirname, "..", "..");

const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import * as hbr from "pulumi-alicloud-hbr";

const instances: hbr.InstanceArgs[] = [
    { instanceId: "i-1", clusterId: "cl-1", accessKeyId: "client-key-id", accessKeySecret: "client-key-secret" },
    { instanceId: "i-2", clusterId: "cl-1", sourceTypes: ["HANA"] },
];
const fleet = new hbr.BackupClients("hana", { vaultId: "v-simulator", instances }, { customTimeouts: { create: "5m" } });

export const statuses: pulumi.Output<string[]> = fleet.clients.apply((clients) =>
    Object.values(clients).map(({ status }) => status),
);
export const failed = fleet.failedInstanceIds;
`;

/** What somebody has who follows the README: a folder with a program and the package from its tarball. */
describe("the package, installed from its tarball", () => {
    const simulator = new Simulator({ installTime: 300 });
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "packaging-"));
    let listening: Listening;
    let engine: Engine;

    beforeAll(async () => {
        const dependencies = {
            "@pulumi/pulumi": sdk.version,
            "pulumi-alicloud-hbr": `file:${await packed()}`,
        };
        write("package.json", JSON.stringify({ name: "fleet", private: true, dependencies }));
        run("npm", "install", "--prefer-offline", "--no-audit", "--no-fund");
        listening = await simulator.listen();
        engine = await startEngine({ folder });
    });

    afterAll(async () => {
        await engine.stop();
        await simulator.close();
        fs.rmSync(folder, { recursive: true });
    });

    function run(command: string, ...args: string[]): string {
        const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
        if (status !== 0)
            throw new Error(`${command} ${args.join(" ")}:\n${stdout}${stderr}${error?.message ?? ""}`);
        return stdout;
    }

    function write(name: string, text: string): string {
        const file = path.join(folder, name);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(file, text);
        return file;
    }

    it("serves a TypeScript program: preview, up and destroy", async () => {
        write("source/index.ts", PROGRAM);
        // As `pulumi new` sets it up, but compiled here: this checks the types that the package brings.
        const compilerOptions = {
            strict: true,
            skipLibCheck: true,
            target: "es2022",
            module: "node16",
            outDir: "compiled",
            rootDir: "source",
        };
        write("tsconfig.json", JSON.stringify({ compilerOptions, include: ["source"] }));
        run(process.execPath, path.join(repository, "node_modules", "typescript", "bin", "tsc"));
        const program = { file: path.join(folder, "compiled", "index.js") };
        const stack = await engine.stack({ config: configFor(listening) });

        expect(expectOk(await stack.preview(program)).stdout).toContain("plan: install 2: i-1, i-2");

        const { state, outputs } = expectOk(await stack.up(program));
        expect(outputs).toEqual({ statuses: ["ACTIVATED", "ACTIVATED"], failed: [] });
        for (const { __provider: stored } of [
            state.resource("hana").inputs,
            state.resource("hana").outputs,
        ].map((properties) => properties ?? {})) {
            expect(stored).toContain('require("pulumi-alicloud-hbr/dynamicProvider")');
            expect(String(stored).length).toBeLessThan(512);
        }
        for (const key of [
            "client-key-id",
            "client-key-secret",
            listening.accessKeyId,
            listening.accessKeySecret,
        ]) {
            expect(state.text).not.toContain(key);
        }

        expect(expectOk(await stack.destroy()).state.resources).toEqual([]);
        expect(simulator.requests().duplicateInstalls).toBe(0);
    });

    it("can be imported by an ES module", () => {
        const script =
            'import { BackupClients, getBackupClients } from "pulumi-alicloud-hbr"; console.log(BackupClients.name, getBackupClients.name);';
        const printed = run(process.execPath, "--input-type=module", "-e", script);
        expect(printed.trim()).toBe("BackupClients getBackupClients");
    });

    it("brings the import, the report and the simulator as commands", async () => {
        expect(run(path.join(folder, "node_modules", ".bin", "hbr-import"), "--help")).toContain(
            "Usage: hbr-import",
        );
        const empty = write("export.json", JSON.stringify({ version: 3, deployment: {} }));
        const page = run(path.join(folder, "node_modules", ".bin", "hbr-report"), empty, "--format=html");
        expect(page).toContain("There is no client in what was read.");
        const command = path.join(folder, "node_modules", ".bin", "hbr-simulator");
        const child = spawn(command, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
        const ended = once(child, "exit");
        const [line] = (await once(child.stdout, "data")) as [Buffer];
        expect(JSON.parse(line.toString())).toHaveProperty("endpoint");
        child.kill("SIGTERM");
        expect((await ended)[0]).toBe(0);
    });

    it("holds what is needed and nothing else", () => {
        const installed = path.join(folder, "node_modules", "pulumi-alicloud-hbr");
        const top = fs.readdirSync(installed).filter((name) => name !== "node_modules");
        const { files } = manifestOf(installed);
        const named = files.filter((name) => !name.startsWith("!")).map((name) => name.split("/")[0] ?? "");
        const allowed = [...named, "LICENSE", "README.md", "package.json"];
        expect(top.filter((name) => !allowed.includes(name))).toEqual([]);
        expect(top).toEqual(
            expect.arrayContaining(["LICENSE", "README.md", "SECURITY.md", "dist", "docs", "examples"]),
        );
        expect(fs.readdirSync(path.join(installed, "dist")).sort()).toEqual([
            "provider",
            "report",
            "simulator",
        ]);
    });
});

function manifestOf(folder: string): { readonly files: readonly string[] } {
    return JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8")) as {
        files: readonly string[];
    };
}
