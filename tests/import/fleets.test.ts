import type { ObservedClient } from "../../provider/fleet/model";
import { CLIENT_STATUSES, type ClientStatus } from "../../provider/fleet/status";
import {
    allClients,
    type LeftOut,
    notManaged,
    recordedClients,
    type Selection,
} from "../../provider/import/fleets";
import type { ForeignRecord, RecordedClient } from "../../provider/import/records";

const VAULT = "v-1";

function client(instanceId: string, more: Partial<ObservedClient> = {}): ObservedClient {
    const clientId = `c-${instanceId}${more.clusterId ?? ""}`;
    return { clientId, vaultId: VAULT, instanceId, clusterId: "cl-1", status: "ACTIVATED", ...more };
}

function withoutCluster(instanceId: string): ObservedClient {
    const { clusterId: _, ...rest } = client(instanceId);
    return rest;
}

function record(...clients: readonly Partial<RecordedClient>[]): ForeignRecord {
    const all = clients.map((each) => ({ instanceId: "i-a", clusterId: "cl-1", hasKey: false, ...each }));
    return { address: "a.b", resource: "a.b", remove: "forget", vaultId: VAULT, clients: all };
}

/** The clients of each resource, by cluster. */
function idsIn({ fleets }: Selection): Record<string, string[]> {
    return Object.fromEntries(
        fleets.map(({ clusterId, members }) => [
            clusterId ?? "",
            members.map((member) => member.client.clientId),
        ]),
    );
}

const reasonOf = ({ leftOut }: { readonly leftOut: readonly LeftOut[] }): string[] =>
    leftOut.map(({ instanceId, reason }) => `${instanceId}: ${reason}`);

describe("the clients of a vault", () => {
    it("are imported only where pulumi up would adopt them as they are; the others have a reason", () => {
        const imported: readonly ClientStatus[] = ["ACTIVATED", "UPGRADE_FAILED"];
        const selection = allClients(
            VAULT,
            CLIENT_STATUSES.map((status) => client(`i-${status}`, { status })),
        );
        expect(idsIn(selection)).toEqual({ "cl-1": imported.map((status) => `c-i-${status}`) });
        expect(
            Object.fromEntries(selection.leftOut.map((each) => [each.instanceId.slice(2), each.reason])),
        ).toEqual({
            REGISTERED:
                "REGISTERED: declare it in the program after the import, and `pulumi up` waits for it and adopts it",
            INSTALLING:
                "INSTALLING: declare it in the program after the import, and `pulumi up` waits for it and adopts it",
            UPGRADING:
                "UPGRADING: declare it in the program after the import, and `pulumi up` waits for it and adopts it",
            UNINSTALLING: "UNINSTALLING: its agent goes, and the next `pulumi up` would install another",
            INSTALL_FAILED: "INSTALL_FAILED: it has no agent, and the next `pulumi up` would install one",
            NOT_INSTALLED: "NOT_INSTALLED: it has no agent, and the next `pulumi up` would install one",
            DEACTIVATED: "DEACTIVATED: the next `pulumi up` would reinstall it",
            UNINSTALL_FAILED: "UNINSTALL_FAILED: the next `pulumi up` would reinstall it",
            STOPPED: "STOPPED: declare it in the program once it is healthy, and `pulumi up` adopts it",
            UNKNOWN: "UNKNOWN: declare it in the program once it is healthy, and `pulumi up` adopts it",
        });
    });

    it("make one resource for each cluster, in the order of cluster and instance", () => {
        const clients = [
            client("i-b", { clusterId: "cl-2" }),
            client("i-b"),
            client("i-a", { clusterId: "cl-2" }),
            withoutCluster("i-b"),
            client("i-a"),
        ];
        expect(idsIn(allClients(VAULT, clients))).toEqual({
            "": ["c-i-b"],
            "cl-1": ["c-i-a", "c-i-b"],
            "cl-2": ["c-i-acl-2", "c-i-bcl-2"],
        });
    });

    it("count once for each instance and cluster: the record that a run would use", () => {
        const clients = [
            client("i-a", { clientId: "c-old", status: "NOT_INSTALLED", createdTime: 2 }),
            client("i-a", { clientId: "c-new", createdTime: 1 }),
            client("i-b", { clientId: "c-first", createdTime: 1 }),
            client("i-b", { clientId: "c-second", createdTime: 2 }),
        ];
        const selection = allClients(VAULT, clients);
        expect(idsIn(selection)).toEqual({ "cl-1": ["c-new", "c-second"] });
        expect(selection.leftOut).toEqual([
            expect.objectContaining({
                clientId: "c-old",
                reason: "another record of the same instance and cluster, beside c-new",
            }),
            expect.objectContaining({
                clientId: "c-first",
                reason: "another record of the same instance and cluster, beside c-second",
            }),
        ]);
    });

    it("are taken as they are where a resource of the stack has them already: without them, up would remove them", () => {
        const clients = [
            client("i-a", { status: "DEACTIVATED" }),
            client("i-b"),
            client("i-c", { status: "STOPPED", clusterId: "cl-2" }),
        ];
        const managed = { urns: new Set<string>(), byClient: new Map([["c-i-a", "urn::hana"]]) };
        expect(idsIn(allClients(VAULT, clients, managed))).toEqual({ "cl-1": ["c-i-a", "c-i-b"] });
        const held = record({ clientId: "c-i-a" });
        expect(idsIn(recordedClients(VAULT, undefined, clients, [held], managed))).toEqual({
            "cl-1": ["c-i-a"],
        });
    });

    it("stay behind where no program can declare them", () => {
        const selection = allClients(VAULT, [client("eci-a"), client("i-b", { clusterId: "hana" })]);
        expect(idsIn(selection)).toEqual({});
        expect(reasonOf(selection)).toEqual([
            'eci-a: "eci-a" is not the ID of an ECS instance (i-…)',
            'i-b: "hana" is not the ID of a SAP HANA instance (cluster) (cl-…)',
        ]);
    });

    it("bring a setting that all of them show alike, and that a program could declare", () => {
        const same = { useHttps: true, alertSetting: "INHERITED" };
        const of = (...clients: readonly ObservedClient[]) => allClients(VAULT, clients).fleets[0];
        expect(of(client("i-a", same), client("i-b", same))).toMatchObject({ shown: same, mixed: [] });
        const differing = of(client("i-a", same), client("i-b", { ...same, useHttps: false }));
        expect(differing).toMatchObject({ shown: { alertSetting: "INHERITED" }, mixed: ["useHttps"] });
        expect(of(client("i-a", same), client("i-b"))).toMatchObject({
            shown: {},
            mixed: ["alertSetting", "useHttps"],
        });
        expect(
            of(client("i-a", { alertSetting: "CUSTOM" }), client("i-b", { alertSetting: "CUSTOM" })),
        ).toMatchObject({ shown: {}, mixed: [] });
    });
});

describe("the part of a fleet that no resource of the stack has", () => {
    const [fleet] = allClients(VAULT, [client("i-a", { useHttps: true }), client("i-b")]).fleets;
    const part = (byClient: Record<string, string>, isImported = true): Selection => {
        if (!fleet) throw new Error("There is no fleet");
        const managed = {
            urns: new Set(Object.values(byClient)),
            byClient: new Map(Object.entries(byClient)),
        };
        return notManaged(fleet, "urn::hana", managed, isImported);
    };

    it("is all of it in another stack", () => {
        expect(part({ "c-other": "urn::sap" })).toEqual({ fleets: [fleet], leftOut: [] });
    });

    it("is without the clients of another resource, and shows what the others have in common", () => {
        const { fleets, leftOut } = part({ "c-i-b": "urn::sap" });
        expect(fleets).toMatchObject([{ shown: { useHttps: true }, mixed: [] }]);
        expect(idsIn({ fleets, leftOut })).toEqual({ "cl-1": ["c-i-a"] });
        expect(reasonOf({ leftOut })).toEqual(["i-b: already in the resource sap of this stack"]);
    });

    it("is nothing where the resource is there already, which an import would leave as it is", () => {
        const { fleets, leftOut } = part({ "c-i-a": "urn::hana" });
        expect(fleets).toEqual([]);
        expect(reasonOf({ leftOut })).toEqual([
            "i-a: already in the resource hana of this stack",
            expect.stringMatching(/^i-b: this stack has a resource hana already/),
        ]);
    });

    it("is all of what the resource itself has, for the program", () => {
        expect(part({ "c-i-a": "urn::hana" }, false)).toEqual({ fleets: [fleet], leftOut: [] });
    });
});

describe("the clients of records", () => {
    const clients = [client("i-a"), client("i-b"), client("i-c", { clusterId: "cl-2" }), client("i-d")];

    it("are those of all instances in them, with what the records say of them", () => {
        const all = record(
            { sourceTypes: ["HANA", "OTHER"], hasKey: true },
            { instanceId: "i-b" },
            { instanceId: "i-c", clusterId: "cl-2" },
        );
        const selection = recordedClients(VAULT, undefined, clients, [all]);
        expect(idsIn(selection)).toEqual({ "cl-1": ["c-i-a", "c-i-b"], "cl-2": ["c-i-ccl-2"] });
        expect(selection.fleets[0]?.members).toEqual([
            { client: clients[0], sourceTypes: ["HANA", "OTHER"], hasKey: true, records: [all] },
            { client: clients[1], sourceTypes: undefined, hasKey: false, records: [all] },
        ]);
        expect(idsIn(recordedClients(VAULT, "cl-2", clients, [all]))).toEqual({ "cl-2": ["c-i-ccl-2"] });
        expect(idsIn(recordedClients("v-2", undefined, clients, [all]))).toEqual({});
    });

    it("count once where two records hold them, and have a reason where the vault does not know them", () => {
        const records = [
            record({ sourceTypes: ["HANA"], hasKey: true }),
            record({}, { instanceId: "i-z" }, { clusterId: "cl-2" }),
        ];
        const selection = recordedClients(VAULT, undefined, clients, records);
        expect(idsIn(selection)).toEqual({ "cl-1": ["c-i-a"] });
        // Either of them would delete the client.
        expect(selection.fleets[0]?.members).toEqual([
            { client: clients[0], sourceTypes: ["HANA"], hasKey: true, records },
        ]);
        expect(reasonOf(selection)).toEqual([
            "i-z: the vault v-1 has no client of this instance in this cluster",
            "i-a: the vault v-1 has no client of this instance in this cluster",
        ]);
    });

    it("are found by their ID where the record knows no cluster", () => {
        const { clusterId: _, ...unknown } = { ...record().clients[0], instanceId: "i-d", hasKey: false };
        const bare = { ...record(), clients: [{ ...unknown, clientId: "c-i-d" }] };
        for (const clusterId of [undefined, "cl-1"])
            expect(idsIn(recordedClients(VAULT, clusterId, clients, [bare]))).toEqual({ "cl-1": ["c-i-d"] });
        const { clientId: _id, ...nowhere } = { ...bare.clients[0], instanceId: "i-d", hasKey: false };
        const lost = { ...record(), clients: [nowhere] };
        expect(reasonOf(recordedClients(VAULT, undefined, clients, [lost]))).toEqual([
            "i-d: the vault v-1 has no client of this instance without a cluster",
        ]);
        const other = recordedClients(VAULT, "cl-2", clients, [bare]);
        expect(other).toEqual({ fleets: [], leftOut: [] });
    });
});
