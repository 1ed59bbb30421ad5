import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { splitCredentials } from "../provider/construct";

const repository = path.join(__dirname, "..");

/** What the check says in a process of its own: here the package's name means the sources, wherever it is asked for. */
const SCRIPT = `
const { assertReachable } = require(${JSON.stringify(path.join(repository, "provider", "construct.ts"))});
const answers = process.argv.slice(1).map((folder) => {
    try {
        assertReachable(folder);
        return "found";
    } catch (error) {
        return error.message;
    }
});
console.log(JSON.stringify(answers));
`;

describe("whether the provider process will find the package", () => {
    const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "reachable-")));
    const [without, below, linked] = ["without", "with/infra/program", "linked"].map((name) =>
        path.join(root, name),
    ) as [string, string, string];

    beforeAll(() => {
        for (const folder of [without, below, linked]) fs.mkdirSync(folder, { recursive: true });
        for (const folder of ["with/node_modules/pulumi-alicloud-hbr", "checkout"]) {
            fs.mkdirSync(path.join(root, folder), { recursive: true });
            fs.writeFileSync(path.join(root, folder, "dynamicProvider.js"), "");
        }
        fs.mkdirSync(path.join(linked, "node_modules"));
        fs.symlinkSync(path.join(root, "checkout"), path.join(linked, "node_modules", "pulumi-alicloud-hbr"));
    });

    afterAll(() => {
        fs.rmSync(root, { recursive: true });
    });

    function ask(env: NodeJS.ProcessEnv): unknown {
        const args = ["--import", "tsx", "-e", SCRIPT, without, below, linked];
        const options = { cwd: repository, env: { ...process.env, ...env }, encoding: "utf8" } as const;
        return JSON.parse(spawnSync(process.execPath, args, options).stdout);
    }

    test("it is looked for from the program's folder upwards, links included; the error says what to add where", () => {
        expect(ask({ PULUMI_NODEJS_MONITOR: "127.0.0.1:1" })).toEqual([
            `Pulumi runs the provider in ${without} and does not find pulumi-alicloud-hbr there, as only another ` +
                "package depends on it: add pulumi-alicloud-hbr to the dependencies of the program's own " +
                "package.json (`pnpm add pulumi-alicloud-hbr`).",
            "found",
            "found",
        ]);
    });

    test("outside of Pulumi's runner (mocks, the Automation API) nothing is checked", () => {
        expect(ask({ PULUMI_NODEJS_MONITOR: undefined })).toEqual(["found", "found", "found"]);
    });
});

const EMPTY_KEYS = [
    { accessKeyId: "", accessKeySecret: "" },
    { accessKeyId: null, accessKeySecret: null },
    { accessKeyId: undefined, accessKeySecret: "" },
];

describe("an access key that is empty is none", () => {
    test.each(EMPTY_KEYS)("in a plain array: %j", (key) => {
        const { instances, credentials } = splitCredentials([{ instanceId: "i-1", ...key }]);
        expect(instances).toEqual([{ instanceId: "i-1" }]);
        // What is left only marks the whole as a secret.
        expect(credentials).toHaveLength(1);
    });

    test.each(EMPTY_KEYS)("in an Output: %j", async (key) => {
        const { credentials } = splitCredentials(pulumi.output([{ instanceId: "i-1", ...key }]));
        const resolved = new Promise((resolve) => {
            (credentials as pulumi.Output<unknown>).apply(resolve);
        });
        expect(await resolved).toEqual([]);
    });
});

test("a half that is empty leaves the other alone", () => {
    const { credentials } = splitCredentials([
        { instanceId: "i-1", accessKeyId: "LTAI-x", accessKeySecret: "" },
    ]);
    expect(Object.keys((credentials as object[])[0] ?? {})).toEqual(["instanceId", "accessKeyId"]);
});
