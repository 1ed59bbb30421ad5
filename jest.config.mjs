const transform = {
    "^.+\\.ts$": ["@swc/jest", { jsc: { parser: { syntax: "typescript" }, target: "es2023" }, module: { type: "commonjs" } }],
};

/** @type {import("jest").Config} */
export default {
    transform,
    testEnvironment: "node",
    testMatch: ["<rootDir>/tests/**/*.test.ts"],
    modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/.cache/"],
};
