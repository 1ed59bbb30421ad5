import fs from "node:fs";
import path from "node:path";
import { Simulator } from "../../simulator";
import { repository } from "../engine/harness/package";
import { execute } from "./support/execute";
import { NAME } from "./support/tarball";
import { Workspace } from "./support/workspace";

const NOT_IN_GIT = ["node_modules", "dist", ".cache", ".git", "coverage", "reports"];
/** The address in the configurations of the examples. */
const ADDRESS = "127.0.0.1:8765";

/** Those that need no account but that of the root, in which `hana-fleet` runs. */
const EXAMPLES = fs
    .globSync("examples/*/Pulumi.simulator.yaml", { cwd: repository })
    .map((file) => path.dirname(file))
    .filter((folder) => path.basename(folder) !== "hana-fleet");

/** A checkout with the locked packages, as `npm ci` has them before it makes the links and runs the scripts of the project. */
async function checkOut(folder: string): Promise<void> {
    const filter = (source: string): boolean => !NOT_IN_GIT.includes(path.relative(repository, source));
    fs.cpSync(repository, folder, { recursive: true, filter });
    const packages = path.join(repository, "node_modules");
    // Hard links take no time, but not every file system has both folders.
    await execute("cp", ["-RPl", packages, folder]).catch(() => execute("cp", ["-RP", packages, folder]));
    const installed = path.join(folder, "node_modules");
    for (const name of [NAME, ".package-lock.json", ...EXAMPLES.map((example) => path.basename(example))])
        fs.rmSync(path.join(installed, name), { force: true });
}

describe("a fresh checkout", () => {
    const simulator = new Simulator({ installTime: 200 });
    let workspace: Workspace;

    beforeAll(async () => {
        workspace = await Workspace.create();
        const checkout = path.join(workspace.folder, "checkout");
        await checkOut(checkout);
        const { endpoint } = await simulator.listen();
        for (const file of fs.globSync("examples/*/Pulumi.simulator.yaml", { cwd: checkout })) {
            const text = fs.readFileSync(path.join(checkout, file), "utf8");
            expect(text).toContain(ADDRESS);
            fs.writeFileSync(path.join(checkout, file), text.replaceAll(ADDRESS, endpoint));
        }
    });

    afterAll(async () => {
        workspace.remove();
        await simulator.close();
    });

    it("is compiled and linked by pulumi install, and runs its first example in its root", async () => {
        await workspace.cli("checkout", "install", "--non-interactive");
        const link = path.join(workspace.folder, "checkout", "node_modules", NAME);
        expect(fs.realpathSync(link)).toBe(path.join(workspace.folder, "checkout"));
        await workspace.cli("checkout", "stack", "init", "simulator");
        await workspace.cli("checkout", "up", "--yes", "--skip-preview", "--non-interactive");
        const statuses = await workspace.cli("checkout", "stack", "output", "statuses", "--json");
        expect(Object.values(JSON.parse(statuses) as object)).toEqual([
            "ACTIVATED",
            "ACTIVATED",
            "ACTIVATED",
        ]);
    });

    it("shows the plans of the other examples, each in its folder, with the configuration that it comes with", async () => {
        const plans = EXAMPLES.map(async (example) => {
            const folder = path.join("checkout", example);
            await workspace.cli(folder, "stack", "init", "simulator");
            if (example.endsWith("two-accounts"))
                await workspace.cli(folder, "config", "set", "--secret", "otherSecretKey", "any");
            return workspace.cli(folder, "preview", "--non-interactive", "--color=never");
        });
        for (const plan of await Promise.all(plans)) expect(plan).toMatch(/plan: install \d+: i-/);
        expect(plans).toHaveLength(6);
    });
});
