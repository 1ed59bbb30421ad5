import { withoutClient } from "../../provider/fleet/entry";
import type { ClientEntry, ObservedClient } from "../../provider/fleet/model";
import { changeOf } from "../../provider/change";
import type { HbrApi } from "../../provider/hbr/port";
import { readClients, refreshedOutputs } from "../../provider/read";
import type { RecordedOutputs } from "../../provider/state";
import { client } from "../fleet/builders";
import { checked, recorded, snapshot } from "./recorded";

const BOTH = [client("i-1", "ACTIVATED"), client("i-2", "ACTIVATED")];

function only(status: ObservedClient["status"], more: Partial<ObservedClient> = {}): ObservedClient[] {
    return [client("i-1", status, more), client("i-2", "ACTIVATED")];
}

/** What a refresh makes of outputs where the service shows these clients. */
function refreshed(
    outputs: RecordedOutputs,
    clients: readonly ObservedClient[],
): RecordedOutputs | undefined {
    return refreshedOutputs(outputs, snapshot(clients));
}

/** The same outputs, of a program that no longer declares i-1. */
function withoutFirst(outputs: RecordedOutputs): RecordedOutputs {
    const { "i-1": _, ...others } = outputs.instances;
    return { ...outputs, instances: others };
}

describe("a refresh", () => {
    test("of an unchanged fleet changes nothing", () => {
        expect(refreshed(recorded(), BOTH)).toEqual(recorded());
    });

    test("takes over status, version and message, and nothing volatile", () => {
        const seen = {
            clientVersion: "2.1",
            statusMessage: "HANA_NOT_SUPPORT",
            createdTime: 4,
        };
        expect(refreshed(recorded(), only("UNKNOWN", seen))?.clients["i-1"]).toEqual({
            instanceId: "i-1",
            clusterId: "cl-1",
            status: "UNKNOWN",
            installed: true,
            clientId: "c-i-1",
            clientVersion: "2.1",
            statusMessage: "HANA_NOT_SUPPORT",
        });
    });

    test("shows a lost client as NOT_INSTALLED, so that the next update repairs just that one", () => {
        const outputs = refreshed(recorded(), BOTH.slice(1));
        expect(outputs?.clients["i-1"]).toEqual({
            instanceId: "i-1",
            clusterId: "cl-1",
            status: "NOT_INSTALLED",
            installed: false,
            // The list may be late, so the client stays known by its id.
            clientId: "c-i-1",
        });
        expect(outputs && changeOf(outputs, checked()).line).toBe(
            "plan: repair 1: i-1 (NOT_INSTALLED); keep 1",
        );
    });

    test("with no client left takes the resource out of the state", () => {
        expect(refreshed(recorded(), [])).toBeUndefined();
        expect(refreshed(recorded(), [client("i-9", "ACTIVATED")])).toBeUndefined();
    });

    test("finds settings that were changed from outside, and has them put right", () => {
        const program = { useHttps: true };
        const outputs = refreshed(recorded(program), [
            client("i-1", "ACTIVATED", { useHttps: false }),
            client("i-2", "ACTIVATED", { useHttps: true }),
        ]);
        expect(outputs?.clients["i-1"]).toMatchObject({
            pendingAction: "reinstall",
            drift: { useHttps: false },
        });
        expect(outputs?.clients["i-2"]).toEqual(recorded(program).clients["i-2"]);
        expect(outputs && changeOf(outputs, checked(program)).line).toBe(
            "plan: reinstall 1: i-1 (useHttps false → true); keep 1",
        );
    });

    const FAILED = { pendingAction: "install", errorCode: "X", errorMessage: "x", taskId: "t-1" } as const;

    test("keeps that an instance is unfit while the client is not there", () => {
        const unfit = { pendingAction: "install", errorCode: "X", validInstance: false } as const;
        const before = recorded({}, { "i-1": { ...unfit, status: "NOT_INSTALLED" } });
        expect(refreshed(before, BOTH.slice(1))?.clients["i-1"]).toMatchObject(unfit);
        expect(refreshed(before, BOTH)?.clients["i-1"]).not.toHaveProperty("validInstance");
    });

    test("keeps a failure and its account while the client is not there", () => {
        const before = recorded({}, { "i-1": { ...FAILED, status: "INSTALL_FAILED" } });
        const outputs = refreshed(before, only("INSTALL_FAILED"));
        expect(outputs?.clients["i-1"]).toMatchObject(FAILED);
        expect(outputs?.failedInstanceIds).toEqual(["i-1"]);
    });

    test("is content where a failed or open installation has come to a good end", () => {
        const outputs = refreshed(recorded({}, { "i-1": { ...FAILED, status: "INSTALLING" } }), BOTH);
        expect(outputs?.clients["i-1"]).not.toHaveProperty("pendingAction");
        expect(outputs?.clients["i-1"]).not.toHaveProperty("errorCode");
        expect(outputs?.failedInstanceIds).toEqual([]);
    });

    test("leaves an installation that the list does not show yet to its task", () => {
        const open = { status: "INSTALLING", pendingAction: "install", taskId: "t-9" } as const;
        expect(refreshed(recorded({}, { "i-1": open }), BOTH.slice(1))?.clients["i-1"]).toMatchObject(open);
    });

    test("keeps the resource in the state while its last installation is on its way and not shown", () => {
        const open = {
            status: "INSTALLING",
            installed: false,
            pendingAction: "install",
            taskId: "t-9",
        } as const;
        const before = recorded({}, { "i-1": open });
        expect(refreshed(before, [])?.clients["i-1"]).toMatchObject(open);
        expect(refreshed(recorded({}, { "i-1": { ...open, errorCode: "DiskFull" } }), [])).toBeUndefined();
    });
});

describe("a refresh of what is not the resource's", () => {
    const REFUSED = {
        pendingAction: "install",
        errorCode: "ClientNotHealthy",
        errorMessage: "it is UNKNOWN",
        owned: false,
        installed: false,
    } as const;
    /** A state in which i-1 was refused. */
    const before = (more: Partial<ClientEntry> = {}): RecordedOutputs => {
        const outputs = recorded({ useHttps: true }, { "i-1": REFUSED });
        const { "i-1": refused, ...others } = outputs.clients;
        return {
            ...outputs,
            clients: { ...(refused && { "i-1": { ...withoutClient(refused), ...more } }), ...others },
        };
    };

    test.each(["ACTIVATED", "UNKNOWN", "INSTALLING", "NOT_INSTALLED"] as const)(
        "takes nothing over, and sees its status alone: %s",
        (status) => {
            const seen = { useHttps: false, clientVersion: "2.1", statusMessage: "odd", networkType: "VPC" };
            const outputs = refreshed(before(), only(status, seen));
            expect(outputs?.clients["i-1"]).toEqual({
                instanceId: "i-1",
                clusterId: "cl-1",
                status,
                installed: false,
                owned: false,
                pendingAction: "install",
                errorCode: "ClientNotHealthy",
                errorMessage: "it is UNKNOWN",
            });
            expect(outputs?.failedInstanceIds).toEqual(["i-1"]);
        },
    );

    test("sees that it has gone, and still does not call it the resource's", () => {
        expect(refreshed(before(), BOTH.slice(1))?.clients["i-1"]).toMatchObject({
            status: "NOT_INSTALLED",
            installed: false,
            owned: false,
        });
    });

    test("finds no drift in it, whatever it shows, and nothing that was not taken over", () => {
        const known = { settingsNotTaken: { useHttps: false } };
        const outputs = refreshed(before(known), only("ACTIVATED", { useHttps: false }));
        expect(outputs?.clients["i-1"]).toMatchObject({ pendingAction: "install" });
        for (const name of ["drift", "settingsNotTaken"])
            expect(outputs?.clients["i-1"]).not.toHaveProperty(name);
    });

    test("keeps it as long as it is there and the program that had declared it is not applied", () => {
        const removed = withoutFirst(before());
        expect(refreshed(removed, BOTH)?.clients["i-1"]).toMatchObject({ owned: false, status: "ACTIVATED" });
        expect(Object.keys(refreshed(removed, BOTH.slice(1))?.clients ?? {})).toEqual(["i-2"]);
    });
});

describe("a refresh of a removal that is still open", () => {
    const REMOVALS = ["Uninstall", "UninstallAndDelete", "Retain"] as const;
    const open = { pendingAction: "uninstall" } as const;

    test.each(REMOVALS)("forgets the instance once its record is gone (%s)", (removal) => {
        const removing = withoutFirst(recorded({ removal }, { "i-1": open }));
        expect(Object.keys(refreshed(removing, BOTH.slice(1))?.clients ?? {})).toEqual(["i-2"]);
    });

    test.each(REMOVALS)("keeps the instance while it may have an agent (%s)", (removal) => {
        const removing = withoutFirst(recorded({ removal }, { "i-1": open }));
        for (const status of [
            "ACTIVATED",
            "UNKNOWN",
            "DEACTIVATED",
            "UNINSTALLING",
            "UNINSTALL_FAILED",
        ] as const)
            expect(refreshed(removing, only(status))?.clients["i-1"]).toMatchObject({
                status,
                clientId: "c-i-1",
                pendingAction: "uninstall",
            });
    });

    test.each(["NOT_INSTALLED", "INSTALL_FAILED"] as const)(
        "keeps one of which a record without an agent is left (%s) only where that is to be deleted",
        (status) => {
            const removing = (removal: string): RecordedOutputs =>
                withoutFirst(recorded({ removal }, { "i-1": open }));
            expect(refreshed(removing("UninstallAndDelete"), only(status))?.clients["i-1"]).toMatchObject({
                status,
                pendingAction: "uninstall",
            });
            expect(Object.keys(refreshed(removing("Uninstall"), only(status))?.clients ?? {})).toEqual([
                "i-2",
            ]);
        },
    );

    test("keeps one whose installation is on its way and not shown", () => {
        const installing = { status: "INSTALLING", installed: false, taskId: "t-9", ...open } as const;
        const removing = withoutFirst(recorded({}, { "i-1": installing }));
        for (const clients of [BOTH.slice(1), only("NOT_INSTALLED")])
            expect(refreshed(removing, clients)?.clients["i-1"]).toMatchObject(installing);
    });

    test("takes the resource out of the state with the last of its instances", () => {
        const { "i-1": entry } = recorded({}, { "i-1": open }).clients;
        const last = { ...recorded(), instances: {}, clients: entry ? { "i-1": entry } : {} };
        expect(refreshed(last, only("NOT_INSTALLED"))).toBeUndefined();
        expect(refreshed(last, BOTH)?.clients).toHaveProperty("i-1");
    });
});

describe("a resource that is only read", () => {
    test("has every client of the vault, each with the cluster it is in", async () => {
        const clients = [
            client("i-2", "NOT_INSTALLED", { clusterId: "cl-1" }),
            client("i-2", "ACTIVATED", { clusterId: "cl-2", clientId: "c-2" }),
            client("i-1", "UNKNOWN"),
        ];
        const api = {
            describeClients: () => Promise.resolve({ clients, totalCount: clients.length }),
        } as unknown as HbrApi;
        const outputs = await readClients(api, { vaultId: "v-1", region: "cn-hangzhou" });
        expect(Object.keys(outputs.clients)).toEqual(["i-1", "i-2"]);
        expect(outputs.clients["i-2"]).toMatchObject({
            clusterId: "cl-2",
            clientId: "c-2",
            status: "ACTIVATED",
        });
        expect(outputs.instances["i-1"]).toEqual({
            instanceId: "i-1",
            clusterId: "cl-1",
            sourceTypes: ["HANA"],
        });
        expect(outputs).toMatchObject({
            vaultId: "v-1",
            region: "cn-hangzhou",
            taskIds: [],
            failedInstanceIds: [],
        });
    });
});
