// `npm run test:mutation`: mutation tests of the decision logic, that is, the pure core and the error classification.

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
    mutate: [
        // The model is excluded, because it has only types and names of the service.
        "provider/fleet/*.ts",
        "!provider/fleet/model.ts",
        "provider/hbr/{errors,classify,tls}.ts",
    ],
    testRunner: "jest",
    jest: { configFile: "tools/mutation/jest.config.mjs" },
    coverageAnalysis: "perTest",
    concurrency: 2,
    // For `-- --incremental`, which takes seconds. It reuses old results for mutants of constants even if new tests
    // would kill them, so only the score of a full run counts.
    incrementalFile: "reports/mutation/incremental.json",
    reporters: ["clear-text", "progress", "html"],
    clearTextReporter: { logTests: false, reportTests: false },
    htmlReporter: { fileName: "reports/mutation/index.html" },
    thresholds: { high: 95, low: 90, break: 90 },
    tempDirName: ".cache/mutation",
    ignorePatterns: ["/.cache", "/bench", "/dist", "/docs/api", "/examples", "/reports"],
};
