import { ARGUMENTS, REPORTED } from "../../provider/arguments";
import { HELP, optionOf, parseOptions } from "../../provider/import/options";

describe("the options of hbr-import", () => {
    it("are taken as they are given; what is left out has a default, or no value", () => {
        expect(parseOptions(["v-1"])).toEqual({
            vaultId: "v-1",
            clusterId: undefined,
            from: undefined,
            name: "hana",
            stack: undefined,
            parent: undefined,
            out: undefined,
            program: false,
            debug: false,
            sourceTypes: undefined,
            settings: {},
        });
        const urn = "urn:pulumi:dev::fleet::test:index:Group::group";
        expect(
            parseOptions([
                ...[
                    "--from-terraform",
                    "state.json",
                    "--cluster=cl-1",
                    "--name",
                    "sap.prd_1",
                    "--stack",
                    "org/dev",
                ],
                ...["--parent", urn, "--out", "x.json", "--program", "--source-types", "HANA, OTHER"],
            ]),
        ).toMatchObject({
            vaultId: undefined,
            clusterId: "cl-1",
            from: { tool: "terraform", file: "state.json" },
            name: "sap.prd_1",
            stack: "org/dev",
            parent: urn,
            out: "x.json",
            program: true,
            sourceTypes: ["HANA", "OTHER"],
        });
        expect(parseOptions(["v-1", "-h"])).toBeUndefined();
    });

    it("set every argument that the service does not report", () => {
        const settings = {
            "resource-group-id": ["rg-1", "rg-1"],
            triggers: ['["one",{"two":3}]', ["one", { two: 3 }]],
            "cross-account-type": ["CROSS_ACCOUNT", "CROSS_ACCOUNT"],
            "cross-account-user-id": ["1234567890123456", "1234567890123456"],
            "cross-account-role-name": ["role", "role"],
            region: ["cn-beijing", "cn-beijing"],
            removal: ["Retain", "Retain"],
            upgrades: ["Latest", "Latest"],
            "adopt-existing": ["false", false],
            rollout: ['{"batchSize":5}', { batchSize: 5 }],
        } as const;
        const args = Object.entries(settings).flatMap(([option, [given]]) => [`--${option}`, given]);
        const parsed = Object.entries(parseOptions(["v-1", ...args])?.settings ?? {});
        expect(Object.fromEntries(parsed.map(([name, value]) => [optionOf(name), value]))).toEqual(
            Object.fromEntries(Object.entries(settings).map(([option, [, value]]) => [option, value])),
        );
        const unset: readonly string[] = ["vaultId", "instances", ...REPORTED];
        const names = Object.keys(ARGUMENTS).filter((name) => !unset.includes(name));
        expect(parsed.map(([name]) => name).sort()).toEqual(names.sort());
        for (const option of Object.keys(settings)) expect(HELP).toContain(`  --${option} `);
    });

    it("are all in the help", () => {
        const others = [
            "cluster",
            "name",
            "program",
            "out",
            "stack",
            "parent",
            "from-terraform",
            "from-pulumi",
        ];
        for (const option of [...others, "source-types", "debug", "help"])
            expect(HELP).toContain(`  --${option} `);
        expect(HELP.split("\n").filter((line) => line.length > 120)).toEqual([]);
    });

    it.each([
        [[], "the vault is missing: hbr-import <vaultId> (v-…), or --from-terraform, --from-pulumi"],
        [["cl-1"], '<vaultId> "cl-1" is not the ID of a backup vault (v-…): this is the ID of a cluster'],
        [["v-1", "v-2"], '"v-1", "v-2": one vault at a time (v-…)'],
        [
            ["--from-terraform=a", "--from-pulumi=b"],
            "--from-terraform and --from-pulumi do not go together: run the command for each",
        ],
        [["--from-pulumi="], '--from-pulumi "" names nothing'],
        [
            ["v-1", "--cluster=i-1"],
            '--cluster "i-1" is not the ID of a SAP HANA instance (cluster) (cl-…): this is the ID of an ECS instance, which belongs in instanceId',
        ],
        [["v-1", "--name", "a b"], '--name "a b" is not a name: letters, digits, "-", "_" and "."'],
        [["v-1", "--name="], '--name "" is not a name: letters, digits, "-", "_" and "."'],
        [["v-1", "--out="], '--out "" names nothing'],
        [
            ["v-1", "--parent", "group"],
            '--parent "group" is not the URN of a resource (urn:pulumi:…), as `pulumi stack --show-urns` prints it',
        ],
        [["v-1", "--source-types", "HANA,"], '--source-types "HANA," is not a list such as HANA'],
        [
            ["v-1", "--rollout", "{batchSize:5}"],
            '--rollout "{batchSize:5}" is not JSON, such as {"batchSize":5}',
        ],
        [["v-1", "--triggers", "now"], '--triggers "now" is not JSON, such as ["2026-01"]'],
        [["v-1", "--removal"], /^Option '--removal <value>' argument missing/],
        [["v-1", "--use-https=true"], /^Unknown option '--use-https'/],
    ])("%j: an error that says what would be right", (args: string[], message) => {
        expect(() => parseOptions(args)).toThrow(message);
    });
});
