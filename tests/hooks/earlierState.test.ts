import { changeOf } from "../../provider/change";
import type { RecordedOutputs } from "../../provider/state";
import { checked, recorded } from "./recorded";

const ONE = { instanceId: "i-1", clusterId: "cl-1" };
const WARNING = "(their backups may be deleted with their records)";

describe("a state of version 1, compared with a program", () => {
    /** As version 1 wrote it: with its default for `removal`, and without a `crossAccountType`. */
    function old(
        removal = "UninstallAndDelete",
        clients: Parameters<typeof recorded>[1] = {},
    ): RecordedOutputs {
        const { crossAccountType: _, ...outputs } = recorded({ removal }, clients);
        return { ...outputs, __version: 1 } as unknown as RecordedOutputs;
    }

    test.each(["Uninstall", "UninstallAndDelete", "Retain"])(
        "that says UninstallAndDelete is brought up to date, whatever the program chooses: %s",
        (removal) => {
            expect(changeOf(old(), checked({ removal }))).toEqual({
                changes: true,
                replaces: [],
                settingsOnly: true,
                line: "plan: record settings",
            });
        },
    );

    test.each(["Uninstall", "Retain"])("that says %s is as the program has it", (removal) => {
        expect(changeOf(old(removal), checked({ removal }))).toMatchObject({ changes: false, replaces: [] });
    });

    test("removes as the program says, which is a choice, and not as the default was", () => {
        const one = { instances: [ONE] };
        expect(changeOf(old(), checked(one)).line).toBe("plan: uninstall 1: i-2; keep 1");
        expect(changeOf(old(), checked({ ...one, removal: "UninstallAndDelete" })).line).toBe(
            `plan: uninstall and delete 1: i-2 ${WARNING}; keep 1`,
        );
    });

    test("loses no record by a replacement, since nobody has chosen that", () => {
        expect(changeOf(old(), checked({ vaultId: "v-2", removal: "UninstallAndDelete" })).line).toBe(
            "plan: replace (vaultId v-1 → v-2); uninstall 2: i-1, i-2; install 2: i-1, i-2",
        );
    });

    test.each(["ClientAlreadyExists", "ClientNotHealthy"])(
        "leaves alone what it had refused (%s), and no longer declares",
        (errorCode) => {
            const before = old("Uninstall", { "i-2": { errorCode, pendingAction: "install" } });
            expect(changeOf(before, checked({ instances: [ONE] })).line).toBe(
                "plan: leave alone 1: i-2; keep 1",
            );
            expect(changeOf(before, checked()).line).toBe("plan: adopt 1: i-2; keep 1");
        },
    );
});

test("a state of a later version is compared with nothing", () => {
    expect(() => changeOf({ ...recorded(), __version: 3 }, checked())).toThrow(/newer pulumi-alicloud-hbr/);
});
