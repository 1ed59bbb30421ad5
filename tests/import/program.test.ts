import path from "node:path";
import { ARGUMENTS } from "../../provider/arguments";
import { assertArguments, type Declaration, declarationOf } from "../../provider/import/declarations";
import type { Fleet } from "../../provider/import/fleets";
import { programText } from "../../provider/import/program";
import { parseOptions } from "../../provider/import/options";
import { checkTypes } from "../../tools/docs/code";

const fleet: Fleet = { vaultId: "v-1", clusterId: undefined, members: [], shown: {}, mixed: [] };

function declaration(name: string, more: object = {}): Declaration {
    return { name, args: { vaultId: "v-1", instances: [{ instanceId: "i-a" }], ...more }, fleet };
}

describe("the program that hbr-import prints", () => {
    it("declares the resources as a programmer would", () => {
        const instances = [
            { instanceId: "i-a", clusterId: "cl-1" },
            { instanceId: "i-b", clusterId: "cl-1", sourceTypes: ["HANA"] },
        ];
        const rollout = { waves: [1, "10%"], soak: "5m" };
        const triggers = [{ "a-b": [], c: "1".repeat(60) }, { d: {} }];
        const urn = "urn:pulumi:dev::fleet::test:index:Group::group";
        expect(
            programText(
                [
                    declaration("hana-cl-1", { instances, useHttps: true, rollout }),
                    declaration("hana-cl-2", { triggers }),
                ],
                urn,
            ),
        ).toBe(`import * as hbr from "pulumi-alicloud-hbr";

// parent: ${urn}
const hanaCl1 = new hbr.BackupClients("hana-cl-1", {
    vaultId: "v-1",
    instances: [
        { instanceId: "i-a", clusterId: "cl-1" },
        { instanceId: "i-b", clusterId: "cl-1", sourceTypes: ["HANA"] },
    ],
    useHttps: true,
    rollout: { waves: [1, "10%"], soak: "5m" },
}, { parent, protect: true });

// parent: ${urn}
const hanaCl2 = new hbr.BackupClients("hana-cl-2", {
    vaultId: "v-1",
    instances: [
        { instanceId: "i-a" },
    ],
    triggers: [
        { "a-b": [], c: "${"1".repeat(60)}" },
        { d: {} },
    ],
}, { parent, protect: true });`);
    });

    it("compiles in strict mode with every option of the command, and in a component that is the parent", () => {
        const all = [
            ...["--resource-group-id=rg-1", '--triggers=["one",{"two-2":3}]', "--removal=Retain"],
            ...["--cross-account-type=CROSS_ACCOUNT", "--cross-account-user-id=1234567890123456"],
            ...["--cross-account-role-name=role", "--region=cn-beijing", "--upgrades=Latest"],
            ...["--adopt-existing=false", "--source-types=HANA,OTHER"],
            '--rollout={"batchSize":5,"parallelism":"50%","maxFailures":1,"waves":[1,"10%"],"soak":"5m"}',
        ];
        const options = parseOptions(["v-1", ...all]);
        if (!options) throw new Error("The options ask for help");
        assertArguments(options, "cn-hangzhou");
        const client = { clientId: "c-a", vaultId: "v-1", instanceId: "i-a", status: "ACTIVATED" } as const;
        const members = [{ client, sourceTypes: undefined, hasKey: false, records: [] }];
        const shown = { useHttps: true, alertSetting: "INHERITED" };
        const declarations = [declarationOf("hana", { ...fleet, members, shown }, options)];
        const [head = "", ...resources] = programText(declarations, "urn:a").split("\n\n");
        const component = [
            ...[head, 'import * as pulumi from "@pulumi/pulumi";'],
            'class Group extends pulumi.ComponentResource { constructor() { super("a:b:Group", "group");',
            ...["const parent = this;", ...resources, "} }", "export { Group };"],
        ].join("\n");
        const texts = [programText(declarations, undefined), component];
        const snippets = texts.map((text) => ({ file: "printed", line: 0, text, isFragment: false }));
        expect(checkTypes(path.join(__dirname, "../.."), snippets)).toEqual([]);
        expect(Object.keys(declarations[0]?.args ?? {}).sort()).toEqual(Object.keys(ARGUMENTS).sort());
    });

    it("gives each resource a variable of its own, whatever its name", () => {
        const names = ["hana", "Hana", "hana-cl_1", "hana.cl1", "1st", "_", "class", "hbr", "await"];
        const text = programText(
            names.map((name) => declaration(name)),
            undefined,
        );
        expect(
            [...text.matchAll(/const (\w+) = new hbr\.BackupClients\("(\S+)",/g)].map(
                ([, variable]) => variable,
            ),
        ).toEqual([
            "hana",
            "hana2",
            "hanaCl1",
            "hanaCl12",
            "fleet1st",
            "fleet",
            "fleetclass",
            "hbr2",
            "fleetawait",
        ]);
    });
});
