import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

/*
 * Installation tests that take too long for `npm test`: the packed package with every package manager, and the main
 * engine tests on every supported version of Node.
 */

const root = path.join(__dirname, "..");
const jest = path.join(root, "node_modules", "jest", "bin", "jest.js");

/** The lowest version that package.json allows, and the latest of each newer major version. */
const NODES = ["22.12.0", "24", "26"];
const ENGINE_TESTS = ["packaging", "changes", "failures", "officialClient"];
/** Needs a diagnostics channel that Node 22.12 does not have. */
const CANCEL_TEST = "cancel";

async function main(): Promise<number> {
    let failed = await start(process.execPath, [jest, "--config", "tests/packages/jest.config.mjs"]);
    for (const wanted of NODES) {
        const node = await install(wanted);
        if (node === undefined) {
            failed = 1;
            continue;
        }
        const tests = wanted === NODES[0] ? ENGINE_TESTS : [...ENGINE_TESTS, CANCEL_TEST];
        process.stderr.write(`\nEngine tests on Node ${node.version}: ${tests.join(", ")}\n`);
        const files = tests.map((name) => `tests/engine/${name}.test.ts`);
        // Tests that start `node` by name must get the same version.
        const searched = [path.dirname(node.file), process.env.PATH].join(path.delimiter);
        failed =
            (await start(node.file, [jest, "--maxWorkers=2", ...files], {
                ...process.env,
                PATH: searched,
            })) || failed;
    }
    return failed;
}

/** Installs the npm package `node`, and keeps it for later runs. */
async function install(wanted: string): Promise<{ file: string; version: string } | undefined> {
    const folder = path.join(root, ".cache", "nodes", wanted);
    const home = path.join(folder, "node_modules", "node");
    if (!fs.existsSync(path.join(home, "bin"))) {
        fs.mkdirSync(folder, { recursive: true });
        const manifest = { private: true, allowScripts: { node: true } };
        fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest));
        const flags = ["--prefix", folder, "--no-audit", "--no-fund", "--loglevel=error"];
        const code = await start("npm", ["install", ...flags, `node@${wanted}`]);
        if (code !== 0) return undefined;
    }
    const { version } = JSON.parse(fs.readFileSync(path.join(home, "package.json"), "utf8")) as {
        version: string;
    };
    return { file: path.join(home, "bin", process.platform === "win32" ? "node.exe" : "node"), version };
}

function start(command: string, args: readonly string[], env = process.env): Promise<number> {
    return new Promise((resolve, reject) => {
        const child = spawn(command, args, { cwd: root, env, stdio: "inherit" });
        child.on("error", reject);
        child.on("close", (code) => {
            resolve(code ?? 1);
        });
    });
}

main().then(
    (code) => {
        process.exitCode = code;
    },
    (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exitCode = 1;
    },
);
