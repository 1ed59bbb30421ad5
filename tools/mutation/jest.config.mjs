import path from "node:path";
import { fileURLToPath } from "node:url";
import base from "../../jest.config.mjs";

/**
 * The quick tests of what is mutated: each mutant runs them anew.
 *
 * @type {import("jest").Config}
 */
export default {
    ...base,
    rootDir: path.join(path.dirname(fileURLToPath(import.meta.url)), "..", ".."),
    testMatch: [
        "<rootDir>/tests/fleet/*.test.ts",
        "<rootDir>/tests/hbr/{errors,classify}.test.ts",
        "<rootDir>/tests/hooks/change.test.ts",
        "<rootDir>/tests/docs/errors.test.ts",
    ],
    // Measures time, which a mutant's instrumentation takes more of.
    testPathIgnorePatterns: ["/planTime\\.test\\.ts$"],
    setupFiles: ["<rootDir>/tools/mutation/properties.cjs"],
};
