import { createRequire } from "node:module";
import fs from "node:fs";
import path from "node:path";
import { PluginKind, declareClassPlugin } from "@stryker-mutator/api/plugin";
import {
    DryRunStatus,
    MutantRunStatus,
    TestStatus,
    determineHitLimitReached,
    toMutantRunResult,
} from "@stryker-mutator/api/test-runner";
import { Journal, workingCopy } from "./journal.mjs";

const FOLDERS = ["check", "config", "docs", "fleet", "hbr", "hooks", "run"];
const FILES = ["tests/backupClients.test.ts", "tests/construct.test.ts"];
/** What needs modules, timers or seconds of its own, and the random schedules. */
const EXCLUDED_FILES =
    /\/(docs\/(?!errors)|lazy|planTime|schedules|wallClock|hbr\/(https|timeouts|officialTransport))[^/]*$/;
const EXCLUDED_TESTS = [
    "the replacement of a resource is what was checked last for its URN",
    // It reads the sources.
    "the codes of the provider's own have an entry each, also those that are written elsewhere than in the tables",
];

/**
 * A mutant meets the tests that import its file, then the quickest that reach it, until they take this long together without it. That is nearly
 * all of them, but not the longest properties, so that the score is a lower bound.
 */
const MOST_MS = 5_000;
/** A test may take this many times as long as without a mutant, and this much more. */
const SLOWER = 5;
const SLACK_MS = 5_000;
/** How long each test takes without a mutant. The first worker measures it for all. */
const TIMES = "mutation-times.json";
const TIMED_OUT = "timed out";

/** Runs the tests in the worker process itself (suite.cjs). */
class InProcessRunner {
    #require = createRequire(import.meta.url);
    #journal = new Journal();
    #run;
    #tests = [];
    #times;
    #sources = new Map();
    /** After a test that did not end, only a new process can go on. */
    #isSpoilt = false;

    capabilities() {
        // Stryker starts a new process for a mutant of what runs while the sources are loaded.
        return { reloadEnvironment: false };
    }

    async dryRun() {
        this.#load();
        const tests = [];
        for (const each of this.#tests) {
            stryker().currentTestId = each.id;
            tests.push(await this.#result(each, 60_000));
        }
        stryker().currentTestId = undefined;
        const times = tests.map(({ id, timeSpentMs }) => [id, timeSpentMs]);
        fs.writeFileSync(TIMES, JSON.stringify(Object.fromEntries(times)));
        return { status: DryRunStatus.Complete, tests, mutantCoverage: stryker().mutantCoverage };
    }

    async mutantRun(options) {
        const known = this.#journal.find(options.activeMutant);
        if (known) return known;
        // Stryker starts another process, and gives it the same mutant.
        if (this.#isSpoilt) process.exit(1);
        const result = await this.#meet(options);
        this.#journal.add(options.activeMutant, result);
        return result;
    }

    async #meet({ activeMutant, testFilter, hitLimit, mutantActivation }) {
        const isStatic = mutantActivation === "static";
        if (isStatic) stryker().activeMutant = activeMutant.id;
        if (this.#tests.length === 0) this.#load();
        const tests = [];
        for (const each of this.#selected(testFilter, activeMutant)) {
            const hitCount = hitLimit === undefined ? undefined : 0;
            Object.assign(stryker(), { activeMutant: activeMutant.id, hitLimit, hitCount });
            const result = await this.#result(each, SLACK_MS + SLOWER * this.#times[each.id]);
            const loop = determineHitLimitReached(stryker().hitCount, hitLimit);
            Object.assign(stryker(), { activeMutant: undefined, hitLimit: undefined, hitCount: undefined });
            tests.push(result);
            if (result.status === TestStatus.Success) continue;
            if (loop || result.failureMessage === TIMED_OUT) {
                this.#isSpoilt = true;
                return { status: MutantRunStatus.Timeout };
            }
            // The tests share their modules, so a failure counts only if the test passes without the mutant.
            const isOurs = isStatic || (await this.#result(each, 60_000)).status === TestStatus.Success;
            if (!isOurs) process.exit(1);
            break;
        }
        return toMutantRunResult({ status: DryRunStatus.Complete, tests });
    }

    #load() {
        Object.assign(process.env, { HBR_FAST: "1", HBR_BUDGETS: "10" });
        globalThis.needsNoCli = true;
        this.#require("./properties.cjs");
        const { load, run } = this.#require("./suite.cjs");
        this.#run = run;
        this.#tests = load(testFiles()).filter(({ name }) => !EXCLUDED_TESTS.includes(name));
    }

    #selected(testFilter, { fileName }) {
        this.#times ??= JSON.parse(fs.readFileSync(TIMES, "utf8"));
        const wanted = testFilter && new Set(testFilter);
        const name = path.relative(workingCopy, fileName).replace(/\.ts$/, "");
        const isItsOwn = ({ file }) => this.#sourceOf(file).includes(`../${name}"`);
        let left = MOST_MS;
        return this.#tests
            .filter(({ id }) => wanted?.has(id) ?? true)
            .sort((a, b) => isItsOwn(b) - isItsOwn(a) || this.#times[a.id] - this.#times[b.id])
            .filter(({ id }) => (left -= this.#times[id]) > 0);
    }

    #sourceOf(file) {
        const known = this.#sources.get(file) ?? fs.readFileSync(file, "utf8");
        this.#sources.set(file, known);
        return known;
    }

    async #result(each, limitMs) {
        const startedAt = performance.now();
        let timer;
        const limit = new Promise((resolve) => {
            timer = setTimeout(() => {
                resolve(TIMED_OUT);
            }, limitMs);
        });
        const error = await Promise.race([this.#run(each), limit]);
        clearTimeout(timer);
        const { id, file } = each;
        const timeSpentMs = Math.ceil(performance.now() - startedAt);
        const about = { id, name: id, fileName: path.resolve(file), timeSpentMs };
        return error === undefined
            ? { ...about, status: TestStatus.Success }
            : { ...about, status: TestStatus.Failed, failureMessage: String(error?.message ?? error) };
    }
}

/** What the instrumented sources look at. */
function stryker() {
    return (globalThis.__stryker__ ??= {});
}

function testFiles() {
    const inFolder = (folder) =>
        fs.readdirSync(path.join("tests", folder)).map((name) => `tests/${folder}/${name}`);
    const names = [...FOLDERS.flatMap(inFolder), ...FILES];
    return names.filter((name) => name.endsWith(".test.ts") && !EXCLUDED_FILES.test(name));
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, "in-process", InProcessRunner)];
