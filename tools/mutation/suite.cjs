/**
 * Loads test files once, and runs single tests of them as often as wanted.
 *
 * Jest loads every test file, and all that it imports, anew for each mutant. That takes some 20 seconds where most tests
 * reach the mutant, for thousands of mutants. Here a run takes as long as the tests themselves. The price is that tests
 * share one module registry, so the runner verifies each failure without the mutant (runner.mjs).
 */
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { transformSync } = require("@swc/core");
// Jest brings its own parts, which are of its version.
const { expect } = require("expect");
const { bind } = require("jest-each");
const { ModuleMocker } = require("jest-mock");
const { ModernFakeTimers } = require("@jest/fake-timers");

const root = process.cwd();
const tests = [];
let file = "";
let block = newBlock("", undefined);
let running;

function newHooks() {
    return { beforeAll: [], beforeEach: [], afterEach: [], afterAll: [] };
}

function newBlock(name, parent) {
    return { name, parent, hooks: newHooks() };
}

function describe(name, body) {
    const outer = block;
    block = newBlock(`${outer.name} ${name}`, outer);
    try {
        body();
    } finally {
        block = outer;
    }
}

function test(name, body) {
    const fullName = `${block.name} ${name}`.trim();
    tests.push({ id: `${file}: ${fullName}`, name: fullName, file, body, block });
}

/** Files that skip tests say why in the report of `npm test`. */
const skip = () => undefined;
Object.assign(describe, { each: bind(describe, false), skip });
Object.assign(test, { each: bind(test), skip });

const mocker = new ModuleMocker(globalThis);
const timers = new ModernFakeTimers({ config: { fakeTimers: {}, rootDir: root }, global: globalThis });

const jest = {
    fn: mocker.fn.bind(mocker),
    spyOn: mocker.spyOn.bind(mocker),
    restoreAllMocks: () => mocker.restoreAllMocks(),
    useFakeTimers: (config) => timers.useFakeTimers(config),
    useRealTimers: () => timers.useRealTimers(),
    setSystemTime: (time) => timers.setSystemTime(time),
    advanceTimersByTimeAsync: (ms) => timers.advanceTimersByTimeAsync(ms),
    runOnlyPendingTimers: () => timers.runOnlyPendingTimers(),
    setTimeout: () => undefined,
    requireActual: (name) => Module.createRequire(path.join(root, running.file))(name),
    isolateModulesAsync,
};

/** The sources are loaded anew for the time of the body. */
async function isolateModulesAsync(body) {
    const sources = Object.entries(require.cache).filter(([name]) => !name.includes("node_modules"));
    for (const [name] of sources) delete require.cache[name];
    try {
        await body();
    } finally {
        Object.assign(require.cache, Object.fromEntries(sources));
    }
}

function compile(module, name) {
    const { code } = transformSync(fs.readFileSync(name, "utf8"), {
        filename: name,
        jsc: { parser: { syntax: "typescript" }, target: "es2023" },
        module: { type: "commonjs" },
        sourceMaps: "inline",
        swcrc: false,
    });
    module._compile(code, name);
}

/** Imports of the package by its own name mean its sources, as in jest.config.mjs. */
function mapNames() {
    const resolve = Module._resolveFilename;
    Module._resolveFilename = function (request, ...rest) {
        const own = /^pulumi-alicloud-hbr(?:\/([a-zA-Z]+))?$/.exec(request);
        if (!own) return resolve.call(this, request, ...rest);
        const source = own[1] === "simulator" ? "simulator/index.ts" : `provider/${own[1] ?? "index"}`;
        return resolve.call(this, path.join(root, source), ...rest);
    };
}

/** Loads the test files, whose names are relative to the root of the project. */
function load(files) {
    Module._extensions[".ts"] = compile;
    mapNames();
    Object.assign(globalThis, { describe, test, it: test, expect, jest });
    for (const hook of Object.keys(newHooks())) globalThis[hook] = (body) => block.hooks[hook].push(body);
    for (const name of files) {
        file = name;
        block = newBlock("", undefined);
        require(path.join(root, name));
    }
    return tests;
}

function blocksOf({ block: inner }) {
    const blocks = [];
    for (let each = inner; each; each = each.parent) blocks.unshift(each);
    return blocks;
}

/** Resolves to the test's error, or undefined if it passes. `beforeAll` and `afterAll` run for each test. */
async function run(each) {
    running = each;
    const blocks = blocksOf(each);
    const outside = watchOutside();
    let error;
    const attempt = async (body) => {
        try {
            await body();
        } catch (thrown) {
            error ??= thrown ?? new Error("something undefined was thrown");
        }
    };
    const before = [
        ...blocks.flatMap((b) => b.hooks.beforeAll),
        ...blocks.flatMap((b) => b.hooks.beforeEach),
    ];
    const inner = blocks.toReversed();
    const after = [...inner.flatMap((b) => b.hooks.afterEach), ...inner.flatMap((b) => b.hooks.afterAll)];
    expect.setState({ assertionCalls: 0, expectedAssertionsNumber: null, suppressedErrors: [] });
    for (const hook of before) await attempt(hook);
    if (error === undefined) await attempt(each.body);
    for (const hook of after) await attempt(hook);
    return error ?? outside.end();
}

/** An error that nobody waits for fails the test that runs at that moment, and not the whole process. */
function watchOutside() {
    let seen;
    const note = (error) => (seen ??= error ?? new Error("something undefined was thrown"));
    process.on("uncaughtException", note);
    process.on("unhandledRejection", note);
    return {
        end: () => {
            process.off("uncaughtException", note);
            process.off("unhandledRejection", note);
            return seen;
        },
    };
}

module.exports = { load, run };
