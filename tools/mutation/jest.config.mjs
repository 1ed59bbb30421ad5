import path from "node:path";
import { fileURLToPath } from "node:url";
import { common } from "../../jest.config.mjs";

/**
 * The fast tests of the mutated code. They run for each mutant.
 *
 * @type {import("jest").Config}
 */
export default {
    ...common,
    rootDir: path.join(path.dirname(fileURLToPath(import.meta.url)), "..", ".."),
    testMatch: [
        "<rootDir>/tests/fleet/*.test.ts",
        "<rootDir>/tests/hbr/{errors,classify}.test.ts",
        "<rootDir>/tests/hooks/change.test.ts",
        "<rootDir>/tests/docs/errors.test.ts",
    ],
    // Measures time, which the instrumentation distorts.
    testPathIgnorePatterns: ["/planTime\\.test\\.ts$"],
    setupFiles: ["<rootDir>/tools/mutation/properties.cjs"],
};
