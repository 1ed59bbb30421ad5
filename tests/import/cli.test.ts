import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Simulator, type Listening } from "../../simulator";
import { Authority } from "../support/certificates";
import { HELP } from "../../provider/import/options";
import { type Commands, fails, fakeCli, prints } from "./fakeCli";
import { TERRAFORM_STATE, terraformWorld } from "./fixtures";
import { type Ended, runCommand } from "./runCommand";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hbr-import-"));
const authority = new Authority("of these tests");
const world = terraformWorld();
const simulator = new Simulator({
    tls: authority.issue(),
    world: {
        vaults: ["v-simulator", "v-empty", "v-broken"],
        clients: [
            ...(world.clients ?? []),
            { vaultId: "v-simulator", instanceId: "i-file", clientType: "ECS_CLIENT" },
            { vaultId: "v-broken", instanceId: "i-a", clusterId: "cl-1", clientId: "c-a", status: "STOPPED" },
        ],
    },
});
let listening: Listening;

beforeAll(async () => {
    fs.writeFileSync(path.join(folder, "authority.pem"), authority.cert);
    listening = await simulator.listen();
});

afterAll(async () => {
    await simulator.close();
    fs.rmSync(folder, { recursive: true });
});

const otherCli = (commands: Commands): string => fakeCli(folder, commands);

const hbrImport = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
    runCommand(args, {
        PATH: folder,
        HOME: folder,
        NODE_EXTRA_CA_CERTS: path.join(folder, "authority.pem"),
        ALICLOUD_REGION: "cn-hangzhou",
        ALICLOUD_ACCESS_KEY: listening.accessKeyId,
        ALICLOUD_SECRET_KEY: listening.accessKeySecret,
        HBR_ENDPOINT: listening.endpoint,
        ...env,
    });

const NO_STACK = "hbr-import: no stack (there is no Pulumi CLI on PATH): only the environment is read";

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

    it("writes the file for a stack, and says that the CLI is too old for it", async () => {
        const config = { "alicloud:region": { value: "cn-shanghai", secret: false } };
        const bin = otherCli({ config: prints(JSON.stringify(config)), version: prints("v3.253.1") });
        const out = path.join(folder, "all clients.json");
        const args = ["v-simulator", "--out", out, "--stack", "dev"];
        const { code, output, errors } = await hbrImport(args, { PATH: bin });
        expect({ code, output }).toEqual({ code: 0, output: "" });
        expect(errors.slice(-2)).toEqual([
            `hbr-import: next: pulumi import --file '${out}' --stack dev --generate-code=false; then paste into the program what this command prints with --program`,
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
        const resources = [
            { type: "other", urn: urnOf("other"), ...qas },
            { type: "another", urn: urnOf("another"), outputs: { clients: "other" } },
            { type, urn: urnOf("none") },
            { type, urn: urnOf("secret"), outputs: { clients: { "4dabf18193072939515e22adb298388d": "x" } } },
            { type, urn: urnOf("looked-up"), external: true, ...qas },
            { type, urn: urnOf("hana-cl-000qas"), outputs: { clients: {} } },
            { type, urn: urnOf("sap"), ...prd },
        ];
        const exported = prints(JSON.stringify({ deployment: { resources } }));
        const env = { PATH: otherCli({ exported }) };
        const { code, output, errors } = await hbrImport(["v-simulator"], env);
        expect(code).toBe(0);
        const written = JSON.parse(output) as {
            resources: { name: string; inputs: { instances: object } }[];
        };
        expect(written.resources.map(({ name, inputs }) => [name, Object.keys(inputs.instances)])).toEqual([
            ["hana-cl-000prd", ["i-bp1prd02", "i-bp1prd03"]],
        ]);
        expect(errors.slice(0, 3)).toEqual([
            "hbr-import: hana-cl-000prd: 2 clients of cl-000prd in v-simulator",
            "hbr-import: not imported: i-bp1prd01 (cl-000prd, c-000rr18p829bmh2f9poo): sap of this stack has it already",
            expect.stringMatching(
                /^hbr-import: not imported: i-bp1qas01 .*, i-bp1qas02 .*, i-bp1qas03 .*: this stack has a resource hana-cl-000qas already, and `pulumi import` leaves that as it is: choose another --name, or declare the client in that resource, and `pulumi up` adopts it$/,
            ),
        ]);
        expect(errors.at(-1)).toMatch(
            /^hbr-import: next: pulumi import --file <file> --generate-code=false; /,
        );
        const program = await hbrImport(["v-simulator", "--program"], env);
        expect(program.output.match(/"i-\w+"/g)?.map((id) => id.slice(1, -1))).toEqual([
            ...["i-bp1prd02", "i-bp1prd03"],
            ...["i-bp1qas01", "i-bp1qas02", "i-bp1qas03"],
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

    it.each<[string, readonly string[], NodeJS.ProcessEnv, number, RegExp]>([
        [
            "a vault without clients",
            ["v-empty", "--program"],
            {},
            1,
            /^hbr-import: there is no client to import in v-empty$/,
        ],
        [
            "a cluster without clients",
            ["v-empty", "--cluster=cl-none", "--program"],
            {},
            1,
            /^hbr-import: there is no client of cl-none to import in v-empty$/,
        ],
        [
            "a vault without a healthy client",
            ["v-broken", "--program"],
            {},
            1,
            /^hbr-import: there is no client to import in v-broken\nhbr-import: not imported: i-a \(cl-1, c-a\): STOPPED: wait until it is healthy, or declare it in the program after the import$/,
        ],
        [
            "a vault that is not there",
            ["v-none", "--program"],
            {},
            1,
            /^hbr-import: .*VaultNotExist.*; check the id, and that it lies in the region/,
        ],
        [
            "a vault that the records do not know",
            ["v-empty", "--program", "--from-terraform", TERRAFORM_STATE],
            {},
            2,
            /^hbr-import: v-empty is in no record, which are of v-simulator\n/,
        ],
        [
            "a wrong key",
            ["v-empty", "--program"],
            { ALICLOUD_SECRET_KEY: "x" },
            1,
            /^hbr-import: .*SignatureDoesNotMatch.*check the access key/,
        ],
        [
            "a wrong region",
            ["v-empty", "--program", "--region=x"],
            {},
            2,
            /^hbr-import: --region "x" is not a region id such as cn-hangzhou\n/,
        ],
        [
            "a wrong argument",
            ["v-simulator", "--program", "--removal=Delete"],
            {},
            2,
            /^hbr-import: --removal "Delete" is not one of "UninstallAndDelete", "Uninstall", "Retain"\n/,
        ],
        [
            "a wrong part of an argument",
            ["v-simulator", "--program", '--rollout={"batchSize":99,"wave":[1]}'],
            {},
            2,
            /^hbr-import: --rollout.batchSize 99 is not a whole number from 1 to 20\nhbr-import: --rollout.wave wave is not an argument of rollout; did you mean waves\?\n/,
        ],
        [
            "a file that cannot be written",
            ["v-simulator", "--program", "--out", "/nowhere/x.ts"],
            {},
            2,
            /^hbr-import: --out \/nowhere\/x\.ts: ENOENT[^\n]*$/,
        ],
        ["an unknown option", ["v-empty", "--clusters"], {}, 2, /^hbr-import: Unknown option '--clusters'/],
        [
            "a parent in another stack",
            ["v-empty", "--parent", "urn:pulumi:prod::fleet::a:b:C::d"],
            { PATH: otherCli({}) },
            2,
            /^hbr-import: --parent urn:pulumi:prod::fleet::a:b:C::d is not in the stack \(urn:pulumi:dev::fleet::…\)\n/,
        ],
        [
            "a stack that is not there",
            ["v-empty", "--stack", "none"],
            { PATH: otherCli({ stack: fails("no stack named 'none' found") }) },
            2,
            /^hbr-import: --stack none: no stack named 'none' found\n/,
        ],
        [
            "a configuration that cannot be read",
            ["v-empty"],
            { PATH: otherCli({ config: fails("incorrect passphrase") }) },
            1,
            /^hbr-import: the configuration of the stack cannot be read: incorrect passphrase$/,
        ],
        [
            "a configuration that is none",
            ["v-empty"],
            { PATH: otherCli({ config: prints("hush") }) },
            1,
            /^hbr-import: the configuration of the stack cannot be read: `pulumi config --json` prints something else$/,
        ],
        [
            "a secret in the wrong place",
            ["v-empty"],
            {
                PATH: otherCli({
                    config: prints('{"alicloud:region":{"value":"LTAI-hush-hush","secret":true}}'),
                }),
            },
            1,
            /^hbr-import: alicloud:region is "\[redacted\]"; it must be a region id such as cn-hangzhou\.$/,
        ],
        [
            "a value that is no secret",
            ["v-empty"],
            { PATH: otherCli({ config: prints('{"alicloud:region":{"value":"Hangzhou","secret":false}}') }) },
            1,
            /^hbr-import: alicloud:region is "Hangzhou"; it must be a region id/,
        ],
        [
            "a state that is none",
            ["v-empty"],
            { PATH: otherCli({ exported: prints('{"deployment":"hush"}') }) },
            1,
            /^hbr-import: the state of the stack cannot be read: `pulumi stack export` prints something else$/,
        ],
        [
            "a cluster without clients, in a region that only the option gives",
            ["v-simulator", "--cluster=cl-000xyz", "--program", "--region=cn-beijing"],
            { ALICLOUD_REGION: "" },
            1,
            /^hbr-import: there is no client of cl-000xyz to import in v-simulator$/,
        ],
    ])("%s: says what is wrong, without a stack trace", async (_, args, env, expected, reason) => {
        const { code, output, errors } = await hbrImport(args, env);
        expect({ code, output }).toEqual({ code: expected, output: "" });
        expect(errors.join("\n").replace(`${NO_STACK}\n`, "")).toMatch(reason);
        expect(errors.filter((line) => /^ *at |hush/.test(line))).toEqual([]);
    });
});
