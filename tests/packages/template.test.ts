import fs from "node:fs";
import path from "node:path";
import { Simulator } from "../../simulator";
import { repository } from "../engine/harness/package";
import { packed } from "./support/tarball";
import { Workspace } from "./support/workspace";

const TEMPLATE = path.join(repository, "templates", "fleet");
/** The address in the commands of the README. */
const ADDRESS = "127.0.0.1:8765";

describe("the template", () => {
    const simulator = new Simulator({ installTime: 200 });
    let workspace: Workspace;

    beforeAll(async () => {
        workspace = await Workspace.create();
    });

    afterAll(async () => {
        workspace.remove();
        await simulator.close();
    });

    it("makes a small project of that name, which runs on the simulator with the commands of its README", async () => {
        const folder = path.join(workspace.folder, "mine");
        const options = ["--generate-only", "--yes", "--name", "my-fleet", "--non-interactive"];
        await workspace.execute("pulumi", "new", TEMPLATE, "--dir", folder, ...options);
        expect(fs.readdirSync(folder).sort()).toEqual(fs.readdirSync(TEMPLATE).sort());
        const manifest = fs.readFileSync(path.join(folder, "package.json"), "utf8");
        expect(JSON.parse(manifest)).toMatchObject({ name: "my-fleet" });
        const readme = fs.readFileSync(path.join(folder, "README.md"), "utf8");
        expect(readme).toMatch(/^# my-fleet\n\nInstalls Alibaba Cloud Backup/);

        // The registry may not have this version yet.
        const flags = ["--prefer-offline", "--no-audit", "--no-fund"];
        await workspace.execute("npm", "install", "--prefix", folder, ...flags, await packed());
        const { endpoint } = await simulator.listen();
        const [, section = ""] = readme.split("## Run it on the simulator\n");
        const commands = section.split("\n").filter((line) => line.startsWith("pulumi "));
        expect(commands.at(-1)).toBe("pulumi up");
        const upOptions = "--yes --skip-preview --non-interactive";
        const script = commands.join("\n").replace(ADDRESS, endpoint).replace(/up$/, `up ${upOptions}`);
        await workspace.execute("sh", "-ec", `cd mine\n${script}`);
        const outputs = JSON.parse(await workspace.cli("mine", "stack", "output", "--json")) as unknown;
        expect(outputs).toMatchObject({
            clients: {
                "i-bp1example1": { status: "ACTIVATED" },
                "i-bp1example2": { status: "ACTIVATED" },
            },
            failedInstanceIds: [],
        });
    });
});
