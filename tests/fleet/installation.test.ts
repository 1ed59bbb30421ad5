import { installedClient, resolved } from "../../provider/fleet/installation";
import { ClientIndex } from "../../provider/fleet/match";
import { ownClient } from "../../provider/fleet/entry";
import { client, entry } from "./builders";

/** What the service lists in a cluster of its choice, though the instance was installed without one. */
const OURS = client("i-1", "ACTIVATED", { clientId: "c-ours", clusterId: "cl-service" });
const { clusterId: _, ...THEIRS } = client("i-1", "UNKNOWN", { clientId: "c-theirs" });
const INDEX = new ClientIndex([THEIRS, OURS]);
const PAIR = { instanceId: "i-1" };
const REPORT = { instanceId: "i-1", clientId: "c-ours", clientStatus: "ACTIVATED" };

describe("of an instance without a cluster, the client that the task reports", () => {
    test("is the one that the run has installed, in whichever cluster it is listed", () => {
        expect(installedClient(PAIR, INDEX, new ClientIndex([]), REPORT)).toBe(OURS);
        expect(installedClient(PAIR, INDEX, new ClientIndex([]), undefined)).toBe(THEIRS);
    });

    test("is the one that a later run names, and finds by that name from then on", () => {
        const open = {
            ...PAIR,
            status: "INSTALLING",
            installed: false,
            pendingAction: "install",
            taskId: "t-1",
        } as const;
        const now = resolved(open, "completed", [REPORT], INDEX);
        expect(now).toMatchObject({ clientId: "c-ours", pendingAction: "install" });
        expect(INDEX.match(now)).toBe(OURS);
        expect(new ClientIndex([OURS]).match(now)).toBe(OURS);
        expect(new ClientIndex([OURS]).match(PAIR)).toBeUndefined();
    });
});

describe("an installation whose end no run has seen", () => {
    const { clientId: _id, ...open } = entry("i-1", "INSTALLING", {
        pendingAction: "install",
        taskId: "t-1",
    });
    const one = client("i-1", "ACTIVATED");

    test("is explained by its report, which may give no code", () => {
        const failed = { instanceId: "i-1", clientStatus: "INSTALL_FAILED" };
        const none = new ClientIndex([]);
        expect(resolved(open, "completed", [failed], none)).toMatchObject({
            errorCode: "INSTALL_FAILED",
            owned: false,
        });
        const why = { errorCode: "DiskFull", errorMessage: "no space" };
        expect(resolved(open, "failed", [{ ...failed, ...why }], none)).toMatchObject(why);
    });

    test("has succeeded if its report says nothing else, although its task has failed", () => {
        const report = { instanceId: "i-1" };
        expect(resolved(open, "failed", [report], new ClientIndex([one])).clientId).toBe("c-i-1");
        expect(resolved(open, "failed", [], new ClientIndex([one])).clientId).toBeUndefined();
    });

    test("has made the oldest of the clients that are new", () => {
        const before = new ClientIndex([]);
        const [old, young] = [1, 2].map((createdTime) => ({
            ...one,
            clientId: `c-${createdTime}`,
            createdTime,
        }));
        if (!old || !young) throw new Error("two");
        for (const listed of [
            [old, young],
            [young, old],
            [one, old],
            [old, one],
        ])
            expect(installedClient(one, new ClientIndex(listed), before, undefined)).toBe(old);
    });
});

describe("which client an installation has made", () => {
    const GONE = { ...client("i-1", "NOT_INSTALLED"), clientId: "c-1" };
    const THERE = { ...client("i-1", "ACTIVATED"), clientId: "c-1" };
    const FAILED = { instanceId: "i-1", errorCode: "AgentDownloadFailed" };
    const pair = { instanceId: "i-1", clusterId: "cl-1" };
    const made = (
        now: typeof THERE,
        before: readonly (typeof THERE)[],
        report?: typeof FAILED,
    ): string | undefined =>
        installedClient(pair, new ClientIndex([now]), new ClientIndex(before), report)?.clientId;

    test("is not one that had an agent before, whatever has become of it", () => {
        expect(made(THERE, [THERE])).toBeUndefined();
        expect(made({ ...THERE, status: "UNKNOWN" }, [THERE])).toBeUndefined();
        expect(made({ ...THERE, status: "STOPPED" }, [THERE], FAILED)).toBeUndefined();
    });

    test("is not an old record that shows nothing new", () => {
        expect(made(GONE, [GONE])).toBeUndefined();
        expect(made(THERE, [GONE])).toBe("c-1");
        expect(made(THERE, [])).toBe("c-1");
    });

    test("is none that has an agent, where the task says that the installation failed", () => {
        expect(made(THERE, [], FAILED)).toBeUndefined();
        expect(made({ ...THERE, status: "INSTALL_FAILED" }, [], FAILED)).toBe("c-1");
        const reported = { ...FAILED, clientId: "c-unlisted" };
        expect(made({ ...THERE, status: "INSTALL_FAILED" }, [], reported)).toBeUndefined();
    });

    test("is not told by a list with several, or with none, nor by a task that has failed", () => {
        const { clientId: _id, ...open } = entry("i-1", "INSTALLING", {
            pendingAction: "install",
            taskId: "t-1",
        });
        const idIn = (end: "completed" | "failed", ...clients: readonly (typeof THERE)[]) =>
            resolved(open, end, [], new ClientIndex(clients)).clientId;
        expect(idIn("completed", THERE)).toBe("c-1");
        expect(idIn("completed", THERE, { ...THERE, clientId: "c-2" })).toBeUndefined();
        expect(idIn("completed")).toBeUndefined();
        expect(idIn("failed", THERE)).toBeUndefined();
    });
});

test("a client that is another's is never this resource's, whatever its entry names", () => {
    const index = new ClientIndex([client("i-1", "ACTIVATED")]);
    expect(ownClient(entry("i-1"), index)?.clientId).toBe("c-i-1");
    expect(ownClient({ ...entry("i-1"), owned: false }, index)).toBeUndefined();
});
