import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pulumiBin } from "../../tools/pulumi";

const repository = path.join(__dirname, "..", "..");
const manifest = fs.readFileSync(path.join(repository, "Pulumi.yaml"), "utf8");

describe("the repository as a Pulumi project", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "project-"));

    afterAll(() => {
        fs.rmSync(folder, { recursive: true });
    });

    it("is accepted by the CLI, and sets nothing that a user has to undo", async () => {
        fs.writeFileSync(path.join(folder, "Pulumi.yaml"), manifest);
        fs.mkdirSync(path.join(folder, "state"));
        const env = {
            ...process.env,
            PULUMI_BACKEND_URL: `file://${path.join(folder, "state")}`,
            PULUMI_CONFIG_PASSPHRASE: "test",
            PULUMI_SKIP_UPDATE_CHECK: "1",
        };
        const cli = path.join(await pulumiBin(), "pulumi");
        const pulumi = (...args: string[]): string =>
            execFileSync(cli, [...args, "--non-interactive"], {
                cwd: folder,
                env,
                encoding: "utf8",
                stdio: "pipe",
            });
        pulumi("stack", "init", "dev");
        expect(JSON.parse(pulumi("config", "--json"))).toEqual({
            "alicloud-hbr:client": { value: "builtin", secret: false },
        });
    }, 60_000);

    it("describes every configuration key that the provider reads", () => {
        const files = fs.readdirSync(path.join(repository, "provider"), {
            recursive: true,
            encoding: "utf8",
        });
        const sources = files
            .filter((name) => name.endsWith(".ts"))
            .map((name) => fs.readFileSync(path.join(repository, "provider", name), "utf8"))
            .join("\n");
        const keys = new Set(sources.match(/(?<=")alicloud(-hbr)?:[a-z]\w+(?=")/gi));
        expect(keys.size).toBeGreaterThanOrEqual(9);
        for (const key of keys) expect(manifest).toMatch(new RegExp(`^ +${key}:\\n +description: \\S`, "m"));
    });
});
