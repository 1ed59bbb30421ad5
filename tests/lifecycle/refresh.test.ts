import type { ObservedClient } from "../../provider/fleet/model";
import { changeOf } from "../../provider/lifecycle/change";
import { readOnlyOutputs, refreshed } from "../../provider/lifecycle/refresh";
import { client } from "../fleet/builders";
import { checked, recorded } from "./recorded";

const BOTH = [client("i-1", "ACTIVATED"), client("i-2", "ACTIVATED")];

function only(status: ObservedClient["status"], more: Partial<ObservedClient> = {}): ObservedClient[] {
    return [client("i-1", status, more), client("i-2", "ACTIVATED")];
}

describe("a refresh", () => {
    test("of an unchanged fleet changes nothing", () => {
        expect(refreshed(recorded(), BOTH)).toEqual(recorded());
    });

    test("takes over status, version and message, and nothing volatile", () => {
        const seen = {
            clientVersion: "2.1",
            statusMessage: "HANA_NOT_SUPPORT",
            updatedTime: 5,
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
        expect(outputs?.clients["i-1"]?.pendingAction).toBe("reinstall");
        expect(outputs && changeOf(outputs, checked(program)).line).toMatch(
            /^plan: reinstall 1: i-1 .*; keep 1$/,
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

    test.each(["ClientAlreadyExists", "ClientNotHealthy"])(
        "takes no client over that an update has refused (%s)",
        (errorCode) => {
            const refused = { pendingAction: "install", errorCode } as const;
            expect(refreshed(recorded({}, { "i-1": refused }), BOTH)?.clients["i-1"]).toMatchObject(refused);
        },
    );

    test("forgets a removed instance whose client is gone, and keeps one whose client is not", () => {
        const before = recorded({}, { "i-1": { pendingAction: "uninstall" } });
        const { "i-2": two } = before.instances;
        const removing = { ...before, instances: two ? { "i-2": two } : {} };
        expect(Object.keys(refreshed(removing, BOTH.slice(1))?.clients ?? {})).toEqual(["i-2"]);
        expect(refreshed(removing, BOTH)?.clients["i-1"]).toMatchObject({ pendingAction: "uninstall" });
    });
});

describe("a resource that is only read", () => {
    test("has every client of the vault, each with the cluster it is in", () => {
        const outputs = readOnlyOutputs({ vaultId: "v-1", region: "cn-hangzhou" }, [
            client("i-2", "NOT_INSTALLED", { clusterId: "cl-1" }),
            client("i-2", "ACTIVATED", { clusterId: "cl-2", clientId: "c-2" }),
            client("i-1", "UNKNOWN"),
        ]);
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
