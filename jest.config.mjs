const typescript = {
    jsc: { parser: { syntax: "typescript" }, target: "es2023" },
    module: { type: "commonjs" },
};

/** What all tests have in common; those of the packages and of the mutants have configurations of their own. */
export const common = {
    transform: { "^.+\\.ts$": ["@swc/jest", typescript] },
    testEnvironment: "node",
    // Of the machine's own time: a busy one must not fail a test that talks HTTP or plays hundreds of runs.
    testTimeout: 60_000,
    modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/.cache/"],
    // The package's own name means its sources here, and not what was last compiled into dist.
    moduleNameMapper: {
        "^pulumi-alicloud-hbr$": "<rootDir>/provider/index.ts",
        "^pulumi-alicloud-hbr/simulator$": "<rootDir>/simulator/index.ts",
        "^pulumi-alicloud-hbr/([a-zA-Z]+)$": "<rootDir>/provider/$1",
    },
};

/** Folders of the tests that start processes of the engine, or need the compiled package. All others need no Pulumi CLI. */
const ENGINE_TESTS = ["<rootDir>/tests/engine", "<rootDir>/tests/crash", "<rootDir>/tests/examples/engine"];

/** @type {import("jest").Config} */
export default {
    // Jest reads it here, and not in a project.
    testTimeout: common.testTimeout,
    testSequencer: "<rootDir>/tests/engine/harness/engineFirst.mjs",
    projects: [
        {
            ...common,
            displayName: "fast",
            testMatch: ["<rootDir>/tests/**/*.test.ts"],
            // Those of the packages have a configuration of their own: `npm run test:packages`.
            testPathIgnorePatterns: ["/node_modules/", "<rootDir>/tests/packages", ...ENGINE_TESTS],
            // For the harness, which starts no engine in these tests.
            globals: { needsNoCli: true },
        },
        {
            ...common,
            displayName: "engine",
            testMatch: ENGINE_TESTS.map((each) => `${each}{,/**/*}.test.ts`),
            // Jest runs it if a test of this project is selected, and only then.
            globalSetup: "<rootDir>/tests/engine/harness/setUpCli.ts",
        },
    ],
};
