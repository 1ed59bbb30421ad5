import { spawnSync } from "node:child_process";
import path from "node:path";

const options = { cwd: path.join(__dirname, ".."), encoding: "utf8" } as const;

// As tests they stand in the same report as everything else, and use the second core while an engine test waits.
describe("the sources", () => {
    it.each([
        ["have no ESLint findings", "eslint"],
        ["are formatted by Prettier", "prettier"],
        ["have no type errors", "types"],
    ])(
        "%s",
        (_, task) => {
            const { status, stdout, stderr } = spawnSync(process.execPath, ["tools/run.mjs", task], options);
            expect({ status, output: stdout + stderr }).toEqual({ status: 0, output: "" });
        },
        240_000,
    );
});
