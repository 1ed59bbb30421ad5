// `npm run test:mutation`: mutation tests of what decides, the pure core and the classification of errors.

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
    mutate: [
        ...["plan", "status", "settings", "match", "judge", "waiting", "stuck", "planLine", "batches"].map(
            (name) => `provider/fleet/${name}.ts`,
        ),
        ...["errors", "classify"].map((name) => `provider/hbr/${name}.ts`),
    ],
    testRunner: "jest",
    jest: { configFile: "tools/mutation/jest.config.mjs" },
    coverageAnalysis: "perTest",
    concurrency: 2,
    // Only what has changed since the last run is tried again; `-- --force` tries everything.
    incremental: true,
    incrementalFile: "reports/mutation/incremental.json",
    reporters: ["clear-text", "progress", "html"],
    clearTextReporter: { logTests: false, reportTests: false },
    htmlReporter: { fileName: "reports/mutation/index.html" },
    thresholds: { high: 95, low: 90, break: 90 },
    tempDirName: ".cache/mutation",
    ignorePatterns: ["/.cache", "/bench", "/dist", "/docs/api", "/examples", "/reports"],
};
