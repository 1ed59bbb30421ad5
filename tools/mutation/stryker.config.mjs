/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
    mutate: [
        // The model has only types and names of the service.
        "provider/fleet/*.ts",
        "!provider/fleet/model.ts",
        "provider/hbr/*.ts",
        "provider/run/*.ts",
        "provider/{hooks,change,planned,handover,unfinished,reconcile,read,reading,replacement,report}.ts",
        "provider/{session,state,claims,interrupted,async}.ts",
        "provider/config/credentials.ts",
    ],
    plugins: ["./tools/mutation/runner.mjs"],
    testRunner: "in-process",
    coverageAnalysis: "perTest",
    concurrency: 2,
    timeoutMS: 20_000,
    reporters: ["clear-text", "progress-append-only", "json", "html"],
    clearTextReporter: { logTests: false, reportTests: false },
    jsonReporter: { fileName: "reports/mutation/report.json" },
    htmlReporter: { fileName: "reports/mutation/index.html" },
    tempDirName: ".cache/mutation",
    ignorePatterns: ["/.cache", "/bench", "/dist", "/docs/api", "/examples", "/reports"],
};
