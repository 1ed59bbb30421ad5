// The entry point of all npm scripts. It runs on any Node, without dependencies. It installs the locked packages if
// they are missing. One of them is the version of Node that the project needs, and the task runs on that.
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import lock from "./lock.cjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const inRoot = (...parts) => path.join(root, ...parts);
const packagedNode = inRoot(
    "node_modules",
    "node",
    "bin",
    process.platform === "win32" ? "node.exe" : "node",
);
/** HBR_NODE is the file of another one, to run the tests on it. */
const ourNode = process.env.HBR_NODE ?? packagedNode;

/** What each `npm run <task>` does with the arguments after `--`. */
const tasks = {
    build,
    prepare,
    lint: () =>
        all(
            () => tasks.eslint(),
            () => tasks.prettier(),
            () => tasks.types(),
        ),
    eslint: (args = []) => tool("eslint", [...eslintCache(), ...(args.length > 0 ? args : ["."])]),
    prettier: () =>
        tool("prettier", [
            "--check",
            "--cache",
            "--cache-location",
            ".cache/prettier",
            "--log-level",
            "warn",
            ".",
        ]),
    types: () => tool("typescript", ["-p", ".", "--incremental", "--tsBuildInfoFile", ".cache/types"], "tsc"),
    format: () => tool("prettier", ["--write", "--log-level", "warn", "."]),
    docs: () =>
        steps(
            () => tool("tsx", ["tools/errorsPage.ts"]),
            () => tool("typedoc", []),
        ),
    "docs:check": () =>
        all(
            () => tool("typedoc", ["--emit", "none"]),
            () => tool("tsx", ["tools/docsCheck.ts"]),
        ),
    "docs:previews": () => steps(setUpEngine, () => tool("tsx", ["tools/capturePreviews.ts"])),
    "release:check": (args) => tool("tsx", ["tools/releaseCheck.ts", ...args]),
    "docs:pictures": () => steps(setUpEngine, () => tool("tsx", ["tools/capturePictures.ts"])),
    "pulumi:bin": () => tool("tsx", ["tools/pulumi.ts"]),
    bench: (args) => steps(setUpEngine, () => tool("tsx", ["bench/index.ts", ...args])),
    "bench:plots": () => tool("tsx", ["bench/plots.ts"]),
    "test:soak": (args) => tool("tsx", ["bench/soak/index.ts", ...args]),
    simulator: (args) => tool("tsx", ["simulator/cli.ts", ...args]),
    demo: (args) => steps(setUpEngine, () => tool("tsx", ["tools/demo.ts", ...args])),
    // No separate type check: the tests report type errors. On two cores: the tests of the engine mostly wait.
    test: (args) => tool("jest", ["--maxWorkers=3", ...args]),
    "test:fast": fastTests,
    "test:exhaustive": exhaustiveTests,
    "test:mutation": mutationTests,
    "test:packages": () => steps(setUpEngine, () => tool("tsx", ["tools/testPackages.ts"])),
};

function say(text) {
    process.stderr.write(`${text}\n`);
}

/** Resolves to the exit code. By default, the output goes where this process's output goes. */
function start(command, args, { env = process.env, stdio = "inherit" } = {}) {
    return new Promise((resolve, reject) => {
        const child = spawn(command, args, { cwd: root, env, stdio });
        // A terminal sends Ctrl-C to the child as well, so just wait for its exit code.
        const wait = () => undefined;
        process.on("SIGINT", wait);
        child.on("error", reject);
        child.on("close", (code) => {
            process.off("SIGINT", wait);
            resolve(code ?? 1);
        });
    });
}

/** Runs a tool from node_modules by its file, because `node` in npm's shell may be the machine's Node. */
function tool(name, args, bin = name, options = {}) {
    const folder = inRoot("node_modules", name);
    const manifest = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
    const file = typeof manifest.bin === "string" ? manifest.bin : manifest.bin[bin];
    const searched = [inRoot("node_modules", ".bin"), process.env.PATH].join(path.delimiter);
    return start(ourNode, [path.join(folder, file), ...args], {
        env: { ...process.env, PATH: searched },
        ...options,
    });
}

/** Runs steps in sequence, and stops at the first that fails. */
async function steps(...list) {
    for (const step of list) {
        const code = await step([]);
        if (code !== 0) return code;
    }
    return 0;
}

/** Runs all, even if some fail. */
async function all(...list) {
    let failed = 0;
    for (const step of list) failed = (await step([])) || failed;
    return failed;
}

/** What is no TypeScript. */
const assets = ["simulator/world.schema.json", "report/page"];

async function build() {
    // Otherwise the types of removed modules would stay and be packed.
    fs.rmSync(inRoot("dist"), { recursive: true, force: true });
    const code = await tool("typescript", ["-p", "tsconfig.build.json"], "tsc");
    if (code !== 0) return code;
    const { bin } = JSON.parse(fs.readFileSync(inRoot("package.json"), "utf8"));
    for (const command of Object.values(bin)) fs.chmodSync(inRoot(command), 0o755);
    for (const asset of assets) fs.cpSync(inRoot(asset), inRoot("dist", asset), { recursive: true });
    return 0;
}

/**
 * npm runs this after it has installed the packages (`npm ci`, `npm install`, `pulumi install`), once for the checkout and
 * once for the link to it in node_modules. So the examples find the package of the checkout, compiled.
 */
function prepare() {
    if (!fs.existsSync(ourNode) || !fs.existsSync(inRoot("node_modules", "typescript"))) {
        say("Not compiled: this needs the packages in devDependencies. Run npm ci.");
        return 0;
    }
    return isBuilt() ? 0 : build();
}

/** Whether nothing has changed since the last step of the last build. */
function isBuilt() {
    const built = inRoot("dist", assets.at(-1));
    if (!fs.existsSync(built)) return false;
    const sources = ["provider", "report", "simulator"].flatMap((folder) => [
        folder,
        // A folder changes when a file in it goes.
        ...fs.readdirSync(inRoot(folder), { recursive: true }).map((name) => path.join(folder, name)),
    ]);
    const { mtimeMs } = fs.statSync(built);
    return [...sources, "tsconfig.json", "tsconfig.build.json"].every(
        (name) => fs.statSync(inRoot(name)).mtimeMs < mtimeMs,
    );
}

/** Ignores stdout, where the tool prints the folder. */
function setUpEngine() {
    return tool("tsx", ["tools/pulumi.ts"], "tsx", { stdio: ["inherit", "ignore", "inherit"] });
}

/** All that needs no Pulumi CLI, with fewer of the random runs, and ESLint for the files that have changed. */
function fastTests(args) {
    const { HBR_SCHEDULES = "60", HBR_BUDGETS = "20" } = process.env;
    Object.assign(process.env, { HBR_FAST: "1", HBR_SCHEDULES, HBR_BUDGETS });
    return tool("jest", ["--maxWorkers=2", ...args, "--selectProjects", "fast"]);
}

/** Not in `npm test`: a changed type can be a finding in a file that has not changed. */
function eslintCache() {
    return process.env.HBR_FAST === "1" ? ["--cache", "--cache-location", ".cache/eslint"] : [];
}

/** `npm test` runs only a part of these: every crash point of the whole CLI, and many more random schedules and rollouts. */
function exhaustiveTests(args) {
    const { HBR_SCHEDULES = "10000", HBR_BUDGETS = "1000" } = process.env;
    Object.assign(process.env, { HBR_EXHAUSTIVE: "1", HBR_SCHEDULES, HBR_BUDGETS });
    const random = ["schedules", "budget", "badAgent"].map((name) => `tests/run/${name}`);
    return tool("jest", ["--maxWorkers=2", "tests/crash", ...random, ...args]);
}

/** Without arguments, all that they are about; `-- --mutate <files>` tries a part. A run that was stopped goes on. */
function mutationTests(args) {
    fs.mkdirSync(inRoot("reports", "mutation"), { recursive: true });
    return steps(
        () => tool("@stryker-mutator/core", ["run", "tools/mutation/stryker.config.mjs", ...args], "stryker"),
        () => start(ourNode, ["tools/mutation/scores.mjs"]),
    );
}

/** npm writes a copy of the lock file when it is done. A folder left incomplete by a killed run has none. */
function isInstalled() {
    const wanted = readPackages("package-lock.json");
    const present = readPackages("node_modules/.package-lock.json");
    const same = ([name, { version, optional }]) =>
        name === "" || (present[name] === undefined ? optional === true : present[name].version === version);
    return fs.existsSync(packagedNode) && Object.entries(wanted).every(same);
}

function readPackages(file) {
    try {
        return JSON.parse(fs.readFileSync(inRoot(file), "utf8")).packages;
    } catch {
        return {};
    }
}

async function install() {
    if (isInstalled()) return 0;
    say("Installing the packages of package-lock.json (npm ci) ...");
    const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
    // stdout is reserved for the task, because scripts read `npm run --silent pulumi:bin`.
    const options = { stdio: ["ignore", process.stderr, "inherit"] };
    const npm = process.env.npm_execpath;
    return npm?.endsWith(".js")
        ? start(process.execPath, [npm, ...args], options)
        : start("npm", args, options);
}

const [name, ...args] = process.argv.slice(2);
const task = Object.hasOwn(tasks, name ?? "") ? tasks[name] : undefined;
if (!task) {
    say(`Usage: node tools/run.mjs <${Object.keys(tasks).join("|")}> [arguments]`);
    process.exit(2);
}
/** `prepare` is a part of an installation, whose lock the process that started npm may hold. */
function installFirst() {
    if (task === prepare) return 0;
    return lock.withLock(inRoot(".cache", "install.lock"), install, (holder) => {
        say(`Waiting for process ${holder}, which is installing the packages ...`);
    });
}

try {
    process.exitCode = (await installFirst()) || (await task(args));
} catch (error) {
    // A folder that cannot be written, or a program that cannot be started: the message says which.
    say(error.message);
    process.exitCode = 1;
}
