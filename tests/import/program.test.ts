import type { Fleet } from "../../provider/import/fleets";
import { programText } from "../../provider/import/program";
import type { Declaration } from "../../provider/import/declarations";

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
