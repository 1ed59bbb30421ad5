module.exports = {
    testMatch: ["<rootDir>/jest/*.test.ts"],
    transform: {
        "\\.ts$": ["@swc/jest", { jsc: { parser: { syntax: "typescript" }, target: "es2022" } }],
    },
};
