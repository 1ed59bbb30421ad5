import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { freePort } from "../support/freePort";

const repository = path.join(__dirname, "..", "..");
const page = fs.readFileSync(path.join(repository, "docs", "simulator.md"), "utf8");
const [, script = ""] = /^### In CI$.*?^```sh\n(.*?)^```$/ms.exec(page) ?? [];

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "ci-"));

afterAll(() => {
    fs.rmSync(folder, { recursive: true });
});

/** Whether something serves the port. */
async function isServed(port: number): Promise<boolean> {
    const socket = net.connect(port, "127.0.0.1");
    try {
        await once(socket, "connect");
        return true;
    } catch {
        return false;
    } finally {
        socket.destroy();
    }
}

/** Whether the simulator ends. The script does not wait until it has. */
async function isOver(port: number): Promise<boolean> {
    for (let attempt = 0; attempt < 50; attempt++) {
        if (!(await isServed(port))) return true;
        await setTimeout(100);
    }
    return false;
}

/** Runs the script of the page in a project whose tests do that, on a simulator with this world. */
async function run(test: string, world: string) {
    const project = fs.mkdtempSync(path.join(folder, "project-"));
    const bin = path.join(project, "node_modules", ".bin");
    fs.mkdirSync(bin, { recursive: true });
    const tsx = require.resolve("tsx");
    const program = path.join(repository, "simulator", "cli.ts");
    const start = `#!/bin/sh\nexec "${process.execPath}" --import "${tsx}" "${program}" "$@"\n`;
    fs.writeFileSync(path.join(bin, "hbr-simulator"), start, { mode: 0o755 });
    fs.writeFileSync(path.join(project, "package.json"), JSON.stringify({ scripts: { test } }));
    fs.writeFileSync(path.join(project, "world.json"), world);
    const port = await freePort();
    const log = path.join(project, "log");
    const descriptor = fs.openSync(log, "w");
    const child = spawn("sh", ["-c", script.replaceAll("8765", String(port))], {
        cwd: project,
        detached: true,
        stdio: ["ignore", descriptor, descriptor],
    });
    const [code] = (await once(child, "exit")) as [number | null];
    fs.closeSync(descriptor);
    const isLeft = !(await isOver(port));
    if (isLeft) process.kill(-Number(child.pid), "SIGKILL");
    return { succeeded: code === 0, output: fs.readFileSync(log, "utf8"), isLeft };
}

describe("the script that the page about the simulator has for CI", () => {
    it("runs the tests on the simulator, shows the requests, and leaves no simulator behind", async () => {
        const { output, ...end } = await run("echo tested", '{"vaults":["v-1"]}');
        expect(output).toMatch(/^tested\n\{"total":0,/m);
        expect(end).toEqual({ succeeded: true, isLeft: false });
    });

    it("fails with the tests, and leaves no simulator behind", async () => {
        expect(await run("exit 3", "{}")).toMatchObject({ succeeded: false, isLeft: false });
    });

    it("fails where the simulator does not start, without waiting for it forever", async () => {
        const { output, succeeded } = await run("echo tested", '{"vault":1}');
        expect(output).toMatch(/^hbr-simulator: /m);
        expect(output).not.toMatch(/^tested$/m);
        expect(succeeded).toBe(false);
    });
});
