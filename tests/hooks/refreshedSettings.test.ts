import type { ClientEntry, ObservedClient } from "../../provider/fleet/model";
import type { ClientStatus } from "../../provider/fleet/status";
import { refreshedOutputs, type VaultSnapshot } from "../../provider/read";
import type { RecordedOutputs } from "../../provider/state";
import { client } from "../fleet/builders";
import { recorded, snapshot } from "./recorded";

const AS_DECLARED = { useHttps: true, alertSetting: "INHERITED" };
const OFF = { useHttps: false, alertSetting: "INHERITED" };
const DRIFTED = { pendingAction: "reinstall", drift: { useHttps: false } } as const;

type Shown = Partial<ObservedClient>;
type Known = Pick<ClientEntry, "pendingAction" | "drift" | "settingsNotTaken">;

function index(shown: Shown, status: ClientStatus = "ACTIVATED"): VaultSnapshot {
    return snapshot([client("i-1", status, shown), client("i-2", "ACTIVATED", AS_DECLARED)]);
}

function before(known: Known = {}): RecordedOutputs {
    return recorded(AS_DECLARED, { "i-1": known });
}

/** What a refresh leaves on record of the settings of i-1. */
function after(known: Known, shown: Shown, status?: ClientStatus): Known {
    const { pendingAction, drift, settingsNotTaken } =
        refreshedOutputs(before(known), index(shown, status))?.clients["i-1"] ?? {};
    return {
        ...(pendingAction && { pendingAction }),
        ...(drift && { drift }),
        ...(settingsNotTaken && { settingsNotTaken }),
    };
}

describe("a refresh of settings", () => {
    test.each<[string, Known, Shown, Known]>([
        ["as declared", {}, AS_DECLARED, {}],
        ["that are not shown", {}, {}, {}],
        ["that have drifted", {}, OFF, DRIFTED],
        [
            "that have drifted, all of them",
            {},
            { useHttps: false, alertSetting: "B" },
            { pendingAction: "reinstall", drift: { useHttps: false, alertSetting: "B" } },
        ],
        ["that still have drifted", DRIFTED, OFF, DRIFTED],
        [
            "that have drifted on",
            DRIFTED,
            { useHttps: true, alertSetting: "B" },
            { pendingAction: "reinstall", drift: { alertSetting: "B" } },
        ],
        ["that are back", DRIFTED, AS_DECLARED, {}],
        [
            "that have drifted, where another reinstallation is open",
            { pendingAction: "reinstall" },
            OFF,
            { pendingAction: "reinstall" },
        ],
        [
            "as declared, where another reinstallation is open",
            { pendingAction: "reinstall" },
            AS_DECLARED,
            { pendingAction: "reinstall" },
        ],
        [
            "that were not taken over, as they were",
            { settingsNotTaken: { useHttps: false } },
            OFF,
            { settingsNotTaken: { useHttps: false } },
        ],
        ["that were not taken over, and are now", { settingsNotTaken: { useHttps: false } }, AS_DECLARED, {}],
        [
            "that were not taken over, and show something else",
            { settingsNotTaken: { alertSetting: "C" } },
            { useHttps: true, alertSetting: "B" },
            { pendingAction: "reinstall", drift: { alertSetting: "B" } },
        ],
        [
            "of which one was not taken over, and the other has drifted",
            { settingsNotTaken: { alertSetting: "B" } },
            { useHttps: false, alertSetting: "B" },
            { ...DRIFTED, settingsNotTaken: { alertSetting: "B" } },
        ],
        [
            "that have drifted while an installation came to its good end",
            { pendingAction: "install" },
            OFF,
            DRIFTED,
        ],
    ])("%s", (_, known, shown, left) => {
        expect(after(known, shown)).toEqual(left);
    });

    test.each(["UNKNOWN", "UPGRADING", "DEACTIVATED"] as const)(
        "plans no reinstallation for drift of a client that is %s",
        (status) => {
            expect(after({}, OFF, status)).toEqual({});
        },
    );

    test("that have drifted are no concern where they are no longer declared", () => {
        const { "i-1": _, ...others } = before().instances;
        const outputs = refreshedOutputs({ ...before(), instances: others }, index(OFF));
        expect(outputs?.clients["i-1"]).toMatchObject({ status: "ACTIVATED" });
        expect(outputs?.clients["i-1"]).not.toHaveProperty("drift");
    });

    test("that were refreshed once are the same when they are refreshed again", () => {
        const shown = index({ useHttps: false, alertSetting: "B" });
        const once = refreshedOutputs(before({ settingsNotTaken: { alertSetting: "B" } }), shown);
        expect(once?.clients["i-1"]).toMatchObject(DRIFTED);
        expect(once && refreshedOutputs(once, shown)).toEqual(once);
    });
});
