import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
    { ignores: ["dist", ".cache", "coverage", "reports", "docs/api"] },
    js.configs.recommended,
    {
        files: ["**/*.{ts,mts}"],
        extends: [...tseslint.configs.strictTypeChecked],
        // The nearest tsconfig.json of an example is for its users: there, the package is what was last compiled.
        languageOptions: {
            parserOptions: { project: "tsconfig.json", tsconfigRootDir: import.meta.dirname },
        },
        rules: {
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
            "@typescript-eslint/switch-exhaustiveness-check": "error",
            "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
            "max-lines": ["error", { max: 320, skipBlankLines: true, skipComments: true }],
            "max-lines-per-function": ["error", { max: 50, skipBlankLines: true, skipComments: true }],
        },
    },
    {
        files: ["provider/**/*.ts"],
        rules: {
            "no-restricted-globals": [
                "error",
                { name: "Date", message: "The time of day may be set back. Take durations from the Clock." },
            ],
        },
    },
    {
        // What programs load, and so their unit tests; the commands are processes of their own.
        files: ["provider/**/*.ts", "simulator/**/*.ts"],
        ignores: ["provider/import/**"],
        rules: {
            "no-restricted-syntax": [
                "error",
                {
                    selector: "ImportExpression",
                    message: "jest refuses an import() in a program's unit tests. Use require.",
                },
            ],
        },
    },
    {
        // A describe block holds many tests, so its length says nothing.
        files: ["tests/**/*.{ts,mts}"],
        rules: { "max-lines-per-function": "off" },
    },
    {
        // The runner awaits what these return.
        files: ["examples/**/*.ts"],
        rules: {
            "@typescript-eslint/no-floating-promises": [
                "error",
                {
                    allowForKnownSafeCalls: [
                        { from: "package", package: "node:test", name: ["describe", "it"] },
                    ],
                },
            ],
        },
    },
    {
        files: ["**/*.{mjs,cjs}"],
        languageOptions: {
            globals: {
                process: "readonly",
                console: "readonly",
                performance: "readonly",
                URL: "readonly",
                setTimeout: "readonly",
                clearTimeout: "readonly",
            },
        },
    },
    {
        files: ["**/*.cjs"],
        languageOptions: { globals: { module: "writable", require: "readonly" } },
    },
    {
        // It runs in a browser.
        files: ["report/page/*.cjs"],
        languageOptions: { globals: { document: "readonly", FormData: "readonly" } },
    },
);
