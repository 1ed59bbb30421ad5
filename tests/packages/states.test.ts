import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { Simulator } from "../../simulator";
import type { ResourceSpec } from "../engine/harness";
import { configFor } from "../engine/harness/simulator";
import { expectedOperation, recordedState, STATES } from "../support/recordedStates";
import { NAME, packed } from "./support/tarball";
import { Workspace } from "./support/workspace";

/** The oldest that package.json allows, the first whose CLI imports dynamic resources, and the newest. */
const SDKS = ["3.216.0", "3.254.0", "latest"];
const PROJECT = "fleet";
const repository = path.join(__dirname, "..", "..");

/** A program of the user that declares these resources. */
function programOf(resources: readonly ResourceSpec[]): string {
    return `
const pulumi = require("@pulumi/pulumi");
const hbr = require("${NAME}");
const resources = JSON.parse(${JSON.stringify(JSON.stringify(resources))}, (_key, value) =>
    value && value.$secret !== undefined ? pulumi.secret(value.$secret) : value,
);
for (const { name, args, opts } of resources) new hbr.BackupClients(name, args, opts);
`;
}

describe.each(SDKS)("with @pulumi/pulumi %s", (sdk) => {
    const simulator = new Simulator();
    let workspace: Workspace;
    let config: Record<string, unknown>;

    beforeAll(async () => {
        workspace = await Workspace.create();
        await workspace.install("npm", { [NAME]: `file:${await packed()}`, "@pulumi/pulumi": sdk });
        config = configFor(await simulator.listen());
    });

    afterAll(async () => {
        workspace.remove();
        await simulator.close();
    });

    test("the unit tests of the example pass, which use Pulumi's mocks", async () => {
        const tests = path.join(workspace.folder, "unit-test");
        fs.cpSync(path.join(repository, "examples", "unit-test"), tests, {
            recursive: true,
            filter: (each) => path.basename(each) !== "node_modules",
        });
        const tsx = pathToFileURL(require.resolve("tsx")).href;
        const files = fs
            .globSync("node-test/*.test.ts", { cwd: tests })
            .map((file) => path.join(tests, file));
        const args = ["--import", tsx, "--test", "--test-reporter=tap", ...files];
        expect(await workspace.execute(process.execPath, ...args)).toMatch(/^# pass 5$/m);
    });

    test.each(fs.readdirSync(STATES))(
        "the state %s shows no change, but for what was never said",
        async (file) => {
            const { program, deployment } = recordedState(file, config);
            await workspace.project(PROJECT, config, { "index.js": programOf(program) });
            try {
                workspace.write("state.json", JSON.stringify({ version: 3, deployment }));
                await workspace.cli(PROJECT, "stack", "import", "--file", "../state.json");
                const preview = await workspace.cli(
                    PROJECT,
                    "preview",
                    "--json",
                    "--show-sames",
                    "--non-interactive",
                );
                const { steps } = JSON.parse(preview) as { steps: { op: string; urn: string }[] };
                const operations = new Map(steps.map(({ op, urn }) => [urn.split("::").at(-1), op] as const));
                for (const { name } of program)
                    expect([name, operations.get(name)]).toEqual([name, expectedOperation(file, name)]);
                expect(simulator.requests().total).toBe(0);
            } finally {
                await workspace.cli(PROJECT, "stack", "rm", "--yes", "--force");
            }
        },
    );
});
