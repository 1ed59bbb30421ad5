import type { ClientEntry, ObservedClient } from "../../provider/fleet/model";
import { HbrError } from "../../provider/hbr/errors";
import type { HbrApi } from "../../provider/hbr/port";
import { readVault, refreshedOutputs, type VaultSnapshot } from "../../provider/read";
import type { RecordedOutputs } from "../../provider/state";
import { client } from "../fleet/builders";
import { recorded, snapshot } from "./recorded";

const OTHER = client("i-2", "ACTIVATED");
const SENT = { status: "INSTALLING", installed: false, pendingAction: "install", taskId: "t-9" } as const;

/** A state in which the installation on i-1 was sent, and nobody knows its client yet. */
function sent(more: Partial<ClientEntry> = {}): RecordedOutputs {
    const outputs = recorded();
    const { "i-1": known, ...others } = outputs.clients;
    const { clientId: _id, ...entry } = known ?? { instanceId: "i-1", status: "ACTIVATED", installed: true };
    return { ...outputs, clients: { "i-1": { ...entry, ...SENT, ...more }, ...others } };
}

/** What a refresh makes of i-1. */
function refreshed(before: RecordedOutputs, seen: VaultSnapshot): ClientEntry | undefined {
    return refreshedOutputs(before, seen)?.clients["i-1"];
}

describe("a refresh of an installation whose client is not known yet", () => {
    test("asks for its task once, and for no task of work that is known or over", async () => {
        const before = sent();
        const more: Record<string, ClientEntry> = {
            "i-3": { ...sent().clients["i-1"], instanceId: "i-3", ...SENT },
            "i-4": { ...SENT, instanceId: "i-4", taskId: "t-of-known", clientId: "c-4" },
            "i-5": { ...SENT, instanceId: "i-5", taskId: "t-of-failed", errorCode: "DiskFull" },
            "i-6": { instanceId: "i-6", status: "INSTALLING", installed: false, pendingAction: "install" },
        };
        const asked: string[] = [];
        const api = {
            describeClients: () => Promise.resolve({ clients: [OTHER], totalCount: 1 }),
            describeTask: (taskId: string) => {
                asked.push(taskId);
                return Promise.resolve({ taskId, state: "running", results: [] });
            },
        } as unknown as HbrApi;
        await readVault(api, { ...before, clients: { ...before.clients, ...more } });
        expect(asked).toEqual(["t-9"]);
    });

    test("leaves it open if its task cannot be read, but does not hide a fault", async () => {
        const failing = (error: Error): HbrApi =>
            ({
                describeClients: () => Promise.resolve({ clients: [OTHER], totalCount: 1 }),
                describeTask: () => Promise.reject(error),
            }) as unknown as HbrApi;
        const gone = new HbrError("gone", {
            operation: "DescribeTask",
            errorClass: "notFound",
            code: "Gone",
        });
        const seen = await readVault(failing(gone), sent());
        expect(refreshed(sent(), seen)).toMatchObject({ pendingAction: "install", taskId: "t-9" });
        await expect(readVault(failing(new TypeError("broken")), sent())).rejects.toThrow("broken");
    });

    test("leaves it open while its task is running, whatever that reports so far", () => {
        for (const results of [[], [{ instanceId: "i-1", clientStatus: "INSTALL_FAILED" }]]) {
            const running = { state: "running", results } as const;
            const seen = { ...snapshot([OTHER]), tasks: new Map([["t-9", running]]) };
            expect(refreshed(sent(), seen)).toEqual(sent().clients["i-1"]);
        }
    });

    test("records its failure, where the list shows nothing in progress", () => {
        const failed = { "t-9": [{ instanceId: "i-1", errorCode: "DiskFull", errorMessage: "no space" }] };
        for (const clients of [[OTHER], [OTHER, client("i-1", "INSTALL_FAILED")]])
            expect(refreshed(sent(), snapshot(clients, failed))).toMatchObject({
                owned: false,
                pendingAction: "install",
                errorCode: "DiskFull",
                errorMessage: "no space",
            });
    });

    test("leaves it open where the list still shows it in progress, beside an old record too", () => {
        const failed = { "t-9": [{ instanceId: "i-1", errorCode: "DiskFull" }] };
        const old = client("i-1", "NOT_INSTALLED", { clientId: "c-old" });
        const entry = refreshed(sent(), snapshot([OTHER, old, client("i-1", "INSTALLING")], failed));
        expect(entry).toMatchObject(SENT);
        expect(entry).not.toHaveProperty("errorCode");
        expect(entry).not.toHaveProperty("owned");
    });
});

describe("a refresh of work on a known client", () => {
    const refreshedFrom = (entry: Partial<ClientEntry>, seen: readonly ObservedClient[]) =>
        refreshed(recorded({}, { "i-1": entry }), snapshot(seen));

    test("takes an installation for done that the list shows as done", () => {
        expect(refreshedFrom(SENT, [client("i-1", "ACTIVATED"), OTHER])).toEqual(recorded().clients["i-1"]);
    });

    test("does not take an upgrade whose client is gone for an installation under way", () => {
        const upgrading = { status: "UPGRADING", pendingAction: "upgrade", taskId: "t-9" } as const;
        const entry = refreshedFrom(upgrading, [OTHER]);
        expect(entry).toMatchObject({ status: "NOT_INSTALLED", installed: false, pendingAction: "upgrade" });
    });

    test("keeps the task of an upgrade only as long as that was for the version that is the latest", () => {
        const behind = { clientVersion: "2.1.0", maxVersion: "2.2.0" };
        const upgrading = {
            status: "UPGRADING",
            pendingAction: "upgrade",
            taskId: "t-9",
            clientVersion: "2.1.0",
            latestVersion: "2.2.0",
        } as const;
        const of = (maxVersion: string) =>
            refreshedFrom(upgrading, [client("i-1", "UPGRADING", { ...behind, maxVersion }), OTHER]);
        expect(of("2.2.0")).toMatchObject({ pendingAction: "upgrade", taskId: "t-9" });
        expect(of("2.3.0")).toMatchObject({ pendingAction: "upgrade", latestVersion: "2.3.0" });
        expect(of("2.3.0")).not.toHaveProperty("taskId");
    });

    test("keeps the task of other work, whatever version has come", () => {
        const failed = {
            status: "UNKNOWN",
            pendingAction: "reinstall",
            errorCode: "X",
            taskId: "t-9",
        } as const;
        const seen = client("i-1", "UNKNOWN", { clientVersion: "2.1.0", maxVersion: "2.2.0" });
        expect(refreshedFrom(failed, [seen, OTHER])).toMatchObject({ ...failed, latestVersion: "2.2.0" });
    });

    test("does not take a removal for done because its client had other settings than declared", () => {
        const removal = { pendingAction: "uninstall", drift: { useHttps: false } } as const;
        expect(refreshedFrom(removal, [client("i-1", "ACTIVATED"), OTHER])).toMatchObject({
            pendingAction: "uninstall",
        });
    });
});
