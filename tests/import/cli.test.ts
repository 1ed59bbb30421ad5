import fs from "node:fs";
import path from "node:path";
import { HELP } from "../../provider/import/options";
import { commandScene, NO_STACK } from "./commandScene";
import { prints } from "./fakeCli";
import { TERRAFORM_STATE, terraformWorld } from "./fixtures";

const { folder, simulator, hbrImport, otherCli } = commandScene();
const world = terraformWorld();

/** The file of a Terraform state with the client of `v-broken`. */
function brokenState(): string {
    const file = path.join(folder, "broken.json");
    const attributes = { vault_id: "v-broken", instance_id: "i-a", cluster_id: "cl-1", client_id: "c-a" };
    const type = "alicloud_hbr_hana_backup_client";
    const resources = [{ mode: "managed", type, name: "broken", instances: [{ attributes }] }];
    fs.writeFileSync(file, JSON.stringify({ version: 4, resources }));
    return file;
}

describe("hbr-import, with what the environment says", () => {
    it("writes no file without a stack, whose names are in it", async () => {
        const { code, output, errors } = await hbrImport([
            "v-simulator",
            "--cluster",
            "cl-000qas",
            "--name",
            "qas",
        ]);
        expect({ code, output }).toEqual({ code: 2, output: "" });
        expect(errors).toEqual([
            "hbr-import: the import is for a stack, and there is none here: there is no Pulumi CLI on PATH. Run the command in the folder of the program, after `pulumi stack select`, or with --stack",
            "hbr-import: try hbr-import --help",
        ]);
    });

    it("prints the program of the records of another tool, without a stack", async () => {
        const args = [
            "--from-terraform",
            TERRAFORM_STATE,
            "--cluster=cl-000qas",
            "--program",
            "--removal=Retain",
        ];
        expect(await hbrImport(args)).toEqual({
            code: 0,
            output: `import * as hbr from "pulumi-alicloud-hbr";

const hana = new hbr.BackupClients("hana", {
    vaultId: "v-simulator",
    instances: [
        { instanceId: "i-bp1qas01", clusterId: "cl-000qas" },
        { instanceId: "i-bp1qas02", clusterId: "cl-000qas" },
        { instanceId: "i-bp1qas03", clusterId: "cl-000qas" },
    ],
    alertSetting: "INHERITED",
    useHttps: false,
    removal: "Retain",
}, { protect: true });
`,
            errors: [
                NO_STACK,
                "hbr-import: hana: 3 clients of cl-000qas in v-simulator",
                "hbr-import: assumed, because the service does not report it: sourceTypes HANA; access keys (none); resourceGroupId (none); triggers (none); crossAccountType SELF_ACCOUNT; crossAccountUserId (none); crossAccountRoleName (none). If the program declares anything else, the next `pulumi up` reinstalls the clients, or replaces the resource. The options of this command set it: hbr-import --help",
                "hbr-import: once they are imported, and before the next apply of their configuration: run these commands (with OpenTofu, tofu instead of terraform), and take the resources out of the configuration. Do not destroy them: that deletes the records of the clients",
                "hbr-import:   terraform state rm alicloud_hbr_hana_backup_client.qas",
                'hbr-import: but leave alicloud_hbr_hana_backup_client.prd["i-bp1prd01"], alicloud_hbr_hana_backup_client.prd["i-bp1prd02"], alicloud_hbr_hana_backup_client.prd["i-bp1prd03"] in the state and in the configuration: the clients are not imported, and without it in the configuration, their records are deleted',
            ],
        });
    });

    it("takes the clients of an exported Pulumi stack, says what to remove there, and shows no key of theirs", async () => {
        const type = "alicloud:hbr/hanaBackupClient:HanaBackupClient";
        const urnOf = (name: string): string => `urn:pulumi:dev::sap::${type}::${name}`;
        const ids = ["i-bp1qas01", "i-bp1qas02"];
        const keys = { accessKeyId: "LTAI-hush", accessKeySecret: "hush-hush" };
        const info = ids.map((instanceId) => ({ instanceId, clusterId: "cl-000qas", ...keys }));
        const clientInfo = {
            "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
            plaintext: JSON.stringify(JSON.stringify(info)),
        };
        const tracked = { instanceId: "i-bp1prd01", clusterId: "cl-000prd" };
        const resources = [
            { urn: urnOf("qas"), type, protect: true, outputs: { vaultId: "v-simulator", clientInfo } },
            { urn: urnOf("prd"), type, outputs: { vaultId: "v-simulator", ...tracked } },
        ];
        const file = path.join(folder, "export.json");
        fs.writeFileSync(file, JSON.stringify({ deployment: { resources } }));
        const args = ["--from-pulumi", file, "--cluster=cl-000qas"];
        const { clientId = "" } =
            simulator.world().clients.find(({ instanceId }) => instanceId === ids[0]) ?? {};
        simulator.patchClient(clientId, { statusMessage: "installed with LTAI-hush and hush-hush" });
        const { code, output, errors } = await hbrImport(args, { PATH: otherCli({}) });
        simulator.patchClient(clientId, { statusMessage: "" });
        expect(code).toBe(0);
        expect(output).toContain('"statusMessage": "installed with [redacted] and [redacted]"');
        const written = JSON.parse(output) as { resources: { inputs: { instances: object } }[] };
        expect(written.resources.map(({ inputs }) => Object.keys(inputs.instances))).toEqual([ids]);
        expect(errors[1]).toMatch(/^hbr-import: i-bp1qas01, i-bp1qas02: the record gives an access key, /);
        expect(errors.slice(-3)).toEqual([
            "hbr-import: once they are imported, and before the next `pulumi up` of their program: run these commands in its folder, and take the resources out of the program. Do not destroy them: that deletes the records of the clients",
            `hbr-import:   pulumi state delete --force ${urnOf("qas")}`,
            `hbr-import: but leave ${urnOf("prd")} in the state and in the program: the clients are not imported, and without it in the program, their records are deleted`,
        ]);
        expect(output + errors.join("\n")).not.toMatch(/hush/);
    });

    it("shows no secret of the stack with --debug, whoever repeats it", async () => {
        simulator.addFault({ action: "DescribeClients", kind: "status", code: "HushHush" });
        const config = prints('{"fleet:password":{"value":"HushHush","secret":true}}');
        const { errors } = await hbrImport(["v-empty", "--debug"], { PATH: otherCli({ config }) });
        expect(errors[0]).toMatch(/^hbr-import: DescribeClients: \[redacted\] in \d+ ms, attempt 1, /);
        expect(errors.join("\n")).not.toContain("HushHush");
    });

    it("writes the file for a stack, and says that the CLI is too old for it", async () => {
        const config = { "alicloud:region": { value: "cn-shanghai", secret: false } };
        const bin = otherCli({
            config: prints(JSON.stringify(config)),
            // A stack may be large.
            exported: `printf '%70000000s' ''; ${prints('{"deployment":{}}')}`,
            version: prints("v3.253.1"),
        });
        const out = path.join(folder, "all clients.json");
        const args = ["v-simulator", "--out", out, "--stack", "dev"];
        const { code, output, errors } = await hbrImport(args, { PATH: bin });
        expect({ code, output }).toEqual({ code: 0, output: "" });
        expect(errors.slice(-2)).toEqual([
            `hbr-import: next, in the stack dev and in no other: pulumi import --file '${out}' --stack dev --generate-code=false; then paste into the program what this command prints with --program in the place of --out '${out}'`,
            "hbr-import: the Pulumi CLI on PATH is v3.253.1; it can import dynamic resources since 3.254: install a later one",
        ]);
        const { resources } = JSON.parse(fs.readFileSync(out, "utf8")) as { resources: { inputs: object }[] };
        expect(resources.map(({ inputs }) => inputs)).toMatchObject([
            {
                region: "cn-shanghai",
                __urn: expect.stringMatching(/^urn:pulumi:dev::fleet::.*::hana-cl-000prd$/) as string,
            },
            {
                region: "cn-shanghai",
                __urn: expect.stringMatching(/^urn:pulumi:dev::fleet::.*::hana-cl-000qas$/) as string,
            },
        ]);
    });

    it("leaves out what the stack has already, so that no two resources have the same client", async () => {
        const type = "pulumi-nodejs:dynamic/alicloud-hbr:BackupClients";
        const [prd, qas] = ["i-bp1prd01", "i-bp1qas01"].map((instanceId) => {
            const { clientId } = world.clients?.find((client) => client.instanceId === instanceId) ?? {};
            return { outputs: { clients: { [instanceId]: { clientId } } } };
        });
        const urnOf = (name: string): string => `urn:pulumi:dev::fleet::${type}::${name}`;
        const hidden = world.clients?.find(({ instanceId }) => instanceId === "i-bp1prd02");
        const secret = {
            "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
            plaintext: JSON.stringify({ "i-bp1prd02": { clientId: hidden?.clientId } }),
        };
        const resources = [
            { type: "other", urn: urnOf("other"), ...qas },
            { type: "another", urn: urnOf("another"), outputs: { clients: "other" } },
            { type, urn: urnOf("none") },
            { type, urn: urnOf("secret"), outputs: { clients: secret } },
            { type, urn: urnOf("looked-up"), external: true, ...qas },
            { type, urn: urnOf("hana-cl-000qas"), outputs: { clients: {} } },
            { type, urn: urnOf("sap"), ...prd },
            { type, urn: urnOf("hana"), outputs: { clients: { "i-a": { clientId: "c-a" } } } },
        ];
        const exported = prints(JSON.stringify({ deployment: { resources } }));
        const env = { PATH: otherCli({ exported }) };
        const { code, output, errors } = await hbrImport(["v-simulator"], env);
        expect(code).toBe(0);
        const written = JSON.parse(output) as {
            resources: { name: string; inputs: { instances: object } }[];
        };
        expect(written.resources.map(({ name, inputs }) => [name, Object.keys(inputs.instances)])).toEqual([
            ["hana-cl-000prd", ["i-bp1prd03"]],
        ]);
        expect(errors.slice(0, 4)).toEqual([
            "hbr-import: hana-cl-000prd: 1 client of cl-000prd in v-simulator",
            "hbr-import: not imported: i-bp1prd01 (cl-000prd, c-000rr18p829bmh2f9poo): already in the resource sap of this stack",
            "hbr-import: not imported: i-bp1prd02 (cl-000prd, c-000oynm7sg5fkdv84w4a): already in the resource secret of this stack",
            expect.stringMatching(
                /^hbr-import: not imported: i-bp1qas01 .*, i-bp1qas02 .*, i-bp1qas03 .*: this stack has a resource hana-cl-000qas already, and `pulumi import` leaves that as it is: choose another --name, or declare the client in that resource, and `pulumi up` adopts it$/,
            ),
        ]);
        expect(errors.at(-1)).toMatch(
            /^hbr-import: next, in the stack dev and in no other: pulumi import --file <file> --generate-code=false; /,
        );
        const program = await hbrImport(["v-simulator", "--program"], env);
        expect(program.output.match(/"i-\w+"/g)?.map((id) => id.slice(1, -1))).toEqual([
            "i-bp1prd03",
            ...["i-bp1qas01", "i-bp1qas02", "i-bp1qas03"],
        ]);
        // Without its declaration, the next run would remove it.
        for (const clients of [["v-broken"], ["--from-terraform", brokenState()]]) {
            const broken = await hbrImport([...clients, "--program"], env);
            expect(broken.output).toContain('{ instanceId: "i-a", clusterId: "cl-1" }');
        }
    });

    it("prints a resource under the name that it was imported with, also if there are more of them today", async () => {
        const type = "pulumi-nodejs:dynamic/alicloud-hbr:BackupClients";
        const prd = world.clients?.filter(({ clusterId }) => clusterId === "cl-000prd") ?? [];
        const qas = world.clients?.filter(({ instanceId }) => /qas0[12]/.test(instanceId)) ?? [];
        // Where two hold clients of a cluster, it is the one that has today's name.
        const holders = {
            hana: prd,
            "hana-cl-000qas": qas.slice(0, 1),
            "hana-v-simulator-cl-000qas": qas.slice(1),
        };
        const resources = Object.entries(holders).map(([name, clients]) => ({
            ...{ type, urn: `urn:pulumi:dev::fleet::${type}::${name}` },
            outputs: { clients: Object.fromEntries(clients.map((each) => [each.instanceId, each])) },
        }));
        const exported = prints(JSON.stringify({ deployment: { resources } }));
        const { output } = await hbrImport(["v-simulator", "--program"], { PATH: otherCli({ exported }) });
        expect(output.match(/\("[^"]+"|"i-\w+"/g)).toEqual([
            ...['("hana"', '"i-bp1prd01"', '"i-bp1prd02"', '"i-bp1prd03"'],
            ...['("hana-cl-000qas"', '"i-bp1qas01"', '"i-bp1qas03"'],
        ]);
    });

    it("shows each call with --debug, and its help at once", async () => {
        const { errors } = await hbrImport(["v-empty", "--program", "--debug"]);
        expect(errors).toEqual([
            NO_STACK,
            expect.stringMatching(/^hbr-import: DescribeClients: ok in \d+ ms, attempt 1, RequestId /),
            "hbr-import: there is no client to import in v-empty",
        ]);
        const help = await hbrImport(["--help"]);
        expect(help).toEqual({ code: 0, output: `${HELP}\n`, errors: [""] });
    });

    it("waits two minutes for a service that refuses every call, and says meanwhile what it waits for", async () => {
        simulator.addFault({ action: "DescribeClients", kind: "throttle", times: "always" });
        const fast = path.join(__dirname, "fastClock.cjs");
        const { code, errors } = await hbrImport(["v-empty", "--program"], {
            NODE_OPTIONS: `--require=${fast}`,
        }).finally(() => {
            simulator.clearFaults();
        });
        expect(code).toBe(1);
        expect(errors).toContain("hbr-import: retrying DescribeClients: Throttling.User (HTTP 400)");
        expect(errors.at(-1)).toMatch(
            /^hbr-import: no answer from the service for 2 min; the last error: DescribeClients failed: Throttling\.User/,
        );
    });

    it("says on an older Node which one it needs", async () => {
        const oldNode = path.join(__dirname, "../engine/programs/oldNode.cjs");
        const { code, errors } = await hbrImport(["v-empty"], { NODE_OPTIONS: `--require=${oldNode}` });
        expect({ code, errors }).toEqual({
            code: 1,
            errors: [
                expect.stringMatching(
                    /^hbr-import: pulumi-alicloud-hbr needs Node 22.12 or later, but .* is Node 20/,
                ),
            ],
        });
    });
});
