import { common } from "../../jest.config.mjs";

/** @type {import("jest").Config} */
export default {
    ...common,
    rootDir: "../..",
    testMatch: ["<rootDir>/tests/packages/*.test.ts"],
    // Installs, compilers, and the engine.
    testTimeout: 600_000,
};
