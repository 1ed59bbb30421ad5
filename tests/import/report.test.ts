import type { ObservedClient } from "../../provider/fleet/model";
import { declarationOf } from "../../provider/import/declarations";
import { allClients, notManaged, recordedClients } from "../../provider/import/fleets";
import { type Options, parseOptions } from "../../provider/import/options";
import type { ForeignRecord, RecordedClient } from "../../provider/import/records";
import { reportLines } from "../../provider/import/report";

const VAULT = "v-1";

function client(instanceId: string, more: Partial<ObservedClient> = {}): ObservedClient {
    const clientId = `c-${instanceId}`;
    return { clientId, vaultId: VAULT, instanceId, clusterId: "cl-1", status: "ACTIVATED", ...more };
}

function record(name: string, ...clients: readonly (string | Partial<RecordedClient>)[]): ForeignRecord {
    const all = clients.map((each) => ({
        ...{ instanceId: "i-a", clusterId: "cl-1", hasKey: false },
        ...(typeof each === "string" ? { instanceId: each } : each),
    }));
    const resource = name.replace(/\[.*/, "");
    return { address: name, resource, remove: "terraform state rm", vaultId: VAULT, clients: all };
}

/** What is said of the clients that the records hold, without what is assumed of all clients. */
function said(
    args: readonly string[],
    records: readonly ForeignRecord[],
    clients: readonly ObservedClient[],
): readonly string[] {
    const options = parseOptions(["--from-terraform=state.json", ...args]) as Options;
    const { fleets, leftOut } = recordedClients(VAULT, options.clusterId, clients, records);
    const declarations = fleets.map((fleet) => declarationOf("hana", fleet, options));
    const lines = reportLines({ options, declarations, inputs: [], leftOut, records, stack: "dev" });
    return lines.filter((line) => !line.startsWith("assumed, "));
}

const FORGET = expect.stringMatching(
    /^once they are imported, and before the next apply of their configuration: run these commands .* Do not destroy them/,
) as string;

describe("what hbr-import says beside what it writes", () => {
    it("names the clients that are written, those that are not, and the commands to run next", () => {
        const lines = said(
            ["--out=x.json"],
            [record("a.b", "i-a"), record("a.c[0]", "i-b"), record("a.c[1]", "i-c")],
            [client("i-a"), client("i-b", { status: "UPGRADE_FAILED" }), client("i-c")],
        );
        expect(lines).toEqual([
            "hana: 3 clients of cl-1 in v-1",
            "imported, although UPGRADE_FAILED: i-b: the agent still runs",
            "next, in the stack dev and in no other: pulumi import --file x.json --generate-code=false; then paste into the program what this command prints with --program in the place of --out x.json",
            FORGET,
            "  terraform state rm a.b",
            "  terraform state rm a.c",
        ]);
    });

    it("says which records have to stay, because their removal would delete clients that are not imported", () => {
        const records = [
            record('a.b["i-a"]', "i-a"),
            record('a.b["i-b"]', "i-b"),
            record("a.c", "i-z"),
            record("a.d", "i-d", "i-e", { instanceId: "i-d", clusterId: "cl-2" }),
        ];
        const clients = [
            client("i-a"),
            client("i-b", { status: "DEACTIVATED" }),
            client("i-d"),
            client("i-e"),
        ];
        expect(said(["--program", "--cluster=cl-1"], records, clients)).toEqual([
            "hana: 3 clients of cl-1 in v-1",
            "not imported: i-b (cl-1, c-i-b): DEACTIVATED: the next `pulumi up` would reinstall it",
            "not imported: i-z (cl-1): the vault v-1 has no client of this instance in this cluster",
            FORGET,
            "  terraform state rm 'a.b[\"i-a\"]'",
            "  terraform state rm a.d",
            'but leave a.b["i-b"], a.c in the state and in the configuration: the clients are not imported, and without it in the configuration, their records are deleted',
            "a.d stands for clients too that are not imported: i-d (cl-2). After the command, nothing manages them",
        ]);
    });

    it("says which clients are declared only because a resource of the stack has them already", () => {
        const options = parseOptions([VAULT, "--program"]) as Options;
        const clients = [
            client("i-a"),
            client("i-b", { status: "STOPPED" }),
            client("i-c", { status: "DEACTIVATED" }),
            client("i-d", { status: "STOPPED" }),
            client("i-e", { status: "UPGRADE_FAILED" }),
        ];
        const byClient = new Map(clients.map(({ clientId }) => [clientId, "urn::hana"]));
        const { fleets, leftOut } = allClients(VAULT, clients, { urns: new Set(), byClient });
        const declarations = fleets.map((fleet) => declarationOf("hana", fleet, options));
        expect(
            reportLines({ options, declarations, inputs: [], leftOut, records: [], stack: "dev" }).slice(
                0,
                -1,
            ),
        ).toEqual([
            "hana: 5 clients of cl-1 in v-1",
            "declared, although UPGRADE_FAILED: i-e: the agent still runs",
            "declared, although STOPPED: i-b, i-d: the stack has it already, and without the declaration, the next `pulumi up` does with the client what `removal` says (uninstalls it, by default)",
            "declared, although DEACTIVATED: i-c: the stack has it already, and without the declaration, the next `pulumi up` does with the client what `removal` says (uninstalls it, by default)",
        ]);
    });

    it("says to remove the records of clients too that the stack has already", () => {
        const options = parseOptions(["--from-terraform=state.json"]) as Options;
        const records = [record("a.b", "i-a"), record("a.c", "i-b", "i-c"), record("a.d", "i-d")];
        const clients = ["i-a", "i-b", "i-c"].map((id) => client(id));
        const managed = {
            urns: new Set<string>(),
            byClient: new Map([
                ["c-i-a", "urn::sap"],
                ["c-i-b", "urn::sap"],
            ]),
        };
        const { fleets, leftOut } = recordedClients(VAULT, undefined, clients, records, managed);
        const parts = fleets.map((fleet) => notManaged(fleet, "urn::hana", managed, true));
        const declarations = parts.flatMap((part) =>
            part.fleets.map((each) => declarationOf("hana", each, options)),
        );
        const left = [...leftOut, ...parts.flatMap((part) => part.leftOut)];
        const lines = reportLines({
            options,
            declarations,
            inputs: [],
            leftOut: left,
            records,
            stack: "dev",
        });
        expect(lines.slice(lines.findIndex((each) => each.startsWith("once they are imported")))).toEqual([
            FORGET,
            "  terraform state rm a.b",
            "  terraform state rm a.c",
            expect.stringMatching(/^but leave a\.d in the state and in the configuration: /),
        ]);
    });

    it("says that clients have no cluster", () => {
        const { clusterId: _, ...bare } = client("i-a");
        const wanted = { instanceId: "i-a", hasKey: false };
        const lines = said(["--program"], [{ ...record("a.b"), clients: [wanted] }], [bare]);
        expect(lines[0]).toBe("hana: 1 client without a cluster in v-1");
    });

    it("says which settings its clients do not share, and that access keys are left out", () => {
        const records = [record("a.b", { hasKey: true }, "i-b", "i-c")];
        const clients = [client("i-a", { useHttps: true }), client("i-b", { useHttps: true }), client("i-c")];
        expect(said(["--program"], records, clients)).toEqual([
            "hana: 3 clients of cl-1 in v-1",
            "hana: useHttps is left out, because its clients differ (true: 2, (none): 1); declared later, it reinstalls those with another value",
            expect.stringMatching(/^i-a: the record gives an access key, which is left out, /),
            FORGET,
            "  terraform state rm a.b",
        ]);
    });

    it("says that the next run upgrades clients, where upgrades is Latest", () => {
        const behind = { clientVersion: "2.10.3", maxVersion: "2.11.0" };
        const clients = [client("i-a", behind), client("i-b", { ...behind, maxVersion: "2.10.3" })];
        const of = (...args: readonly string[]): string | undefined =>
            said(["--program", ...args], [record("a.b", "i-a", "i-b")], clients)[1];
        expect(of("--upgrades=Latest")).toBe(
            'with upgrades "Latest", the next `pulumi up` upgrades what is behind the latest version, which cannot be undone: i-a',
        );
        expect(of("--upgrades=Manual")).toEqual(FORGET);
    });
});
