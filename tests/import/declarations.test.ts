import {
    assertArguments,
    declarationOf,
    namesInStack,
    namesOf as namesOfAll,
} from "../../provider/import/declarations";
import type { Fleet, Member } from "../../provider/import/fleets";
import { type Options, parseOptions } from "../../provider/import/options";

function options(...args: readonly string[]): Options {
    const parsed = parseOptions(["v-1", ...args]);
    if (!parsed) throw new Error("The options ask for help");
    return parsed;
}

function fleet(vaultId: string, clusterId: string | undefined, ...sourceTypes: readonly string[]): Fleet {
    const cluster = clusterId === undefined ? {} : { clusterId };
    const member: Member = {
        client: { clientId: "c-a", vaultId, instanceId: "i-a", status: "ACTIVATED", ...cluster },
        sourceTypes: sourceTypes.length > 0 ? sourceTypes : undefined,
        hasKey: false,
        records: [],
    };
    return { vaultId, clusterId, members: [member], shown: { useHttps: true }, mixed: [] };
}

function withClient(each: Fleet, clientId: string): Fleet {
    const members = each.members.map((member) => ({ ...member, client: { ...member.client, clientId } }));
    return { ...each, members };
}

const namesOf = (...fleets: readonly Fleet[]): string[] => [...namesOfAll(fleets, options("--name", "sap"))];

describe("the resources that are declared", () => {
    it("are named by what tells them apart", () => {
        expect(namesOf(fleet("v-1", "cl-1"))).toEqual(["sap"]);
        expect(namesOf(fleet("v-1", undefined))).toEqual(["sap"]);
        expect(namesOf(fleet("v-1", undefined), fleet("v-1", "cl-1"))).toEqual([
            "sap-without-cluster",
            "sap-cl-1",
        ]);
        expect(namesOf(fleet("v-1", "cl-1"), fleet("v-2", "cl-1"))).toEqual(["sap-v-1", "sap-v-2"]);
        expect(namesOf(fleet("v-1", "cl-1"), fleet("v-2", "cl-1"), fleet("v-2", "cl-2"))).toEqual([
            "sap-v-1-cl-1",
            "sap-v-2-cl-1",
            "sap-v-2-cl-2",
        ]);
    });

    it("have in a program the names that they were imported with, each once", async () => {
        const fleets = [fleet("v-1", "cl-1"), withClient(fleet("v-1", "cl-2"), "c-b")];
        const names = (byClient: Record<string, string>, ...args: readonly string[]) => {
            const managed = { urns: new Set<string>(), byClient: new Map(Object.entries(byClient)) };
            return namesInStack(fleets, managed, options(...args), (name) => Promise.resolve(`urn::${name}`));
        };
        const today = ["hana-cl-1", "hana-cl-2"];
        expect(await names({}, "--program")).toEqual(today);
        expect(await names({ "c-b": "urn::sap" }, "--program")).toEqual(today);
        expect(await names({ "c-b": "urn::hana" })).toEqual(today);
        expect(await names({ "c-b": "urn::hana" }, "--program")).toEqual(["hana-cl-1", "hana"]);
        expect(await names({ "c-b": "urn::hana-v-1-cl-2" }, "--program")).toEqual([
            "hana-cl-1",
            "hana-v-1-cl-2",
        ]);
        expect(await names({ "c-a": "urn::hana", "c-b": "urn::hana" }, "--program")).toEqual([
            "hana",
            "hana-cl-2",
        ]);
    });

    it("have what their clients show, what their records say, and what the options give", () => {
        const argsOf = (each: Fleet, ...args: readonly string[]) =>
            declarationOf("hana", each, options(...args)).args;
        const declared = { vaultId: "v-1", useHttps: true };
        expect(argsOf(fleet("v-1", "cl-1", "HANA"), "--removal=Retain")).toEqual({
            ...declared,
            instances: [{ instanceId: "i-a", clusterId: "cl-1" }],
            removal: "Retain",
        });
        expect(argsOf(fleet("v-1", undefined, "HANA", "OTHER"))).toEqual({
            ...declared,
            instances: [{ instanceId: "i-a", sourceTypes: ["HANA", "OTHER"] }],
        });
        expect(argsOf(fleet("v-1", undefined, "HANA"), "--source-types=OTHER")).toEqual({
            ...declared,
            instances: [{ instanceId: "i-a", sourceTypes: ["OTHER"] }],
        });
    });

    it.each([
        [["--region", "x"], '--region "x" is not a region id such as cn-hangzhou'],
        [["--adopt-existing", "no"], '--adopt-existing "no" is neither true nor false'],
        [["--rollout", "[]"], "--rollout [] is not an object such as { batchSize: 20 }"],
        [["--upgrades", "latest"], '--upgrades "latest" is not one of "Manual", "Latest"'],
        [
            ["--cross-account-role-name", "role"],
            '--cross-account-role-name "role" goes only with crossAccountType "CROSS_ACCOUNT"',
        ],
    ])("%j: the check of the resource names the option", (args: string[], message) => {
        expect(() => {
            assertArguments(options(...args), "cn-hangzhou");
        }).toThrow(message);
    });
});
