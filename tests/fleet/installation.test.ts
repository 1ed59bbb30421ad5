import { installedClient, resolved } from "../../provider/fleet/installation";
import { ClientIndex } from "../../provider/fleet/match";
import { client } from "./builders";

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
