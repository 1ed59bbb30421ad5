// `npm run test:mutation`: mutation tests of what decides, the pure core and the classification of errors.

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
    mutate: [
        // All but the model, which holds types and the words of the service.
        "provider/fleet/*.ts",
        "!provider/fleet/model.ts",
        "provider/hbr/{errors,classify}.ts",
    ],
    testRunner: "jest",
    jest: { configFile: "tools/mutation/jest.config.mjs" },
    coverageAnalysis: "perTest",
    concurrency: 2,
    // For `-- --incremental`, which takes seconds. It takes over what it knows of mutants of constants, even where new
    // tests would catch them, so the figures that count are those of a whole run.
    incrementalFile: "reports/mutation/incremental.json",
    reporters: ["clear-text", "progress", "html"],
    clearTextReporter: { logTests: false, reportTests: false },
    htmlReporter: { fileName: "reports/mutation/index.html" },
    thresholds: { high: 95, low: 90, break: 90 },
    tempDirName: ".cache/mutation",
    ignorePatterns: ["/.cache", "/bench", "/dist", "/docs/api", "/examples", "/reports"],
};
