const typescript = {
    jsc: { parser: { syntax: "typescript" }, target: "es2023" },
    module: { type: "commonjs" },
};

/** @type {import("jest").Config} */
export default {
    transform: { "^.+\\.ts$": ["@swc/jest", typescript] },
    testEnvironment: "node",
    // Of the machine's own time: a busy one must not fail a test that talks HTTP to a simulator.
    testTimeout: 20_000,

    testMatch: ["<rootDir>/tests/**/*.test.ts"],
    // Those of the packages have a configuration of their own: `npm run test:packages`.
    testPathIgnorePatterns: ["/node_modules/", "<rootDir>/tests/packages/"],
    modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/.cache/"],
    // The package's own name means its sources here, and not what was last compiled into dist.
    moduleNameMapper: {
        "^pulumi-alicloud-hbr$": "<rootDir>/provider/index.ts",
        "^pulumi-alicloud-hbr/simulator$": "<rootDir>/simulator/index.ts",
        "^pulumi-alicloud-hbr/([a-zA-Z]+)$": "<rootDir>/provider/$1",
    },
};
