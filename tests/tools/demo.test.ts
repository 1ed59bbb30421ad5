import type { ClientResult } from "../../provider/publicTypes";
import { folding, rowsOnce } from "../../tools/demo/display";
import { summary } from "../../tools/demo/summary";

function client(instanceId: string, more: Partial<ClientResult> = {}): ClientResult {
    return { instanceId, status: "ACTIVATED", installed: true, ...more };
}

describe("what the demo shows of a step", () => {
    it("is counts in place of the outputs of every instance", () => {
        const open = { status: "NOT_INSTALLED", pendingAction: "install" } as const;
        const clients = [client("i-1"), client("i-2", open), client("i-3", { latestVersion: "2.11.0" })].map(
            (each): [string, ClientResult] => [each.instanceId, each],
        );
        expect(folding({ clients: Object.fromEntries(clients), failedInstanceIds: ["i-2"] })).toEqual([
            "Outputs of hana:",
            "    clients          : 3 entries: 2 ACTIVATED, 1 NOT_INSTALLED, 1 to install, 1 behind 2.11.0",
            '    failedInstanceIds: ["i-2"]',
        ]);
    });

    it("has each message once: among the diagnostics, and not on the row", () => {
        const output = [
            "Updating (dev):",
            " ~  a:b:C hana update [diff: ~instances]; plan: install 1: i-1; keep 2",
            " +  a:b:C other create plan: install 1: i-9",
            "    pulumi:pulumi:Stack dev",
            "Diagnostics:",
            "  a:b:C (hana):",
            "    plan: install 1: i-1; keep 2",
            "    1 installed",
            "  a:b:C (other):",
            "    plan: install 1: i-9",
        ];
        const rows = [" ~  a:b:C hana update [diff: ~instances]", " +  a:b:C other create"];
        expect(rowsOnce(output.join("\n")).split("\n")).toEqual([
            "Updating (dev):",
            ...rows,
            "    pulumi:pulumi:Stack dev",
            "",
            ...output.slice(4),
        ]);
        expect(rowsOnce(" ~  a:b:C hana update")).toBe(" ~  a:b:C hana update");
    });

    it("ends with what it took", () => {
        const report = {
            total: 3,
            byAction: { DescribeClients: 1, CreateClients: 2 },
            installs: { "i-1": 1, "i-2": 3 },
            upgrades: {},
            duplicateInstalls: 0,
        };
        const lines = summary(report, new Set(["i-1", "i-2", "i-3"]), 50).split("\n");
        expect(lines.slice(2)).toEqual([
            "Seconds                     50",
            "Instances                   3",
            "API calls                   3",
            "  CreateClients             2",
            "  DescribeClients           1",
            "Installed                   1 never, 1 once, 1 three times",
            "Upgraded                    3 never",
            "Installed twice by mistake  0",
        ]);
    });
});
