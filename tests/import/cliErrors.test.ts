import { commandScene, NO_STACK } from "./commandScene";
import { fails, prints } from "./fakeCli";
import { TERRAFORM_STATE } from "./fixtures";

const { hbrImport, otherCli } = commandScene();

describe("hbr-import, where something is wrong", () => {
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
            /^hbr-import: there is no client to import in v-broken\nhbr-import: not imported: i-a \(cl-1, c-a\): STOPPED: declare it in the program once it is healthy, and `pulumi up` adopts it$/,
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
            "a secret in an object in the wrong place",
            ["v-empty"],
            {
                PATH: otherCli({
                    config: prints(
                        JSON.stringify({
                            "alicloud:endpoints": { value: '[{"hbr":"hush:hush@127.0.0.1"}]', secret: true },
                        }),
                    ),
                }),
            },
            1,
            /^hbr-import: The hbr entry of alicloud:endpoints is "\[redacted\]"; it must be a host/,
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
