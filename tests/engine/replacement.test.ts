import { expectOk, type ResourceSpec, type Result } from "./harness";
import {
    countOf,
    fleet,
    operationsOf,
    planOf,
    recordsOf,
    saidOf,
    type Scene,
    scenes,
    statusesOf,
    touchedBy,
    vaultOf,
} from "./support";

const scene = scenes();

const OF_THE_RECORDS = " (their backups may be deleted with their records)";

describe("a replacement", () => {
    /** The vault of each resource, and the removal that is in the state when it is replaced. */
    const removals = { deleting: "UninstallAndDelete", uninstalling: "Uninstall", retaining: "Retain" };
    const names = Object.keys(removals);
    const instances: Record<string, string[]> = {
        deleting: ["i-a1", "i-a2"],
        uninstalling: ["i-b1", "i-b2"],
        retaining: ["i-c1", "i-c2"],
    };
    /** All of them get a new vault, and at the same time another removal, which is not the one that counts. */
    const before = Object.entries(removals).map(([name, removal]) =>
        fleet(name, instances[name] ?? [], { removal }),
    );
    const after = names.map((name) =>
        fleet(name, instances[name] ?? [], {
            vaultId: vaultOf(`new-${name}`),
            removal: name === "retaining" ? "UninstallAndDelete" : "Retain",
        }),
    );
    let simulator: Scene["simulator"];
    let preview: Result;
    let up: Result;

    beforeAll(async () => {
        const vaults = [...names, ...names.map((name) => `new-${name}`)].map(vaultOf);
        const { stack, ...its } = await scene({ world: { vaults } });
        simulator = its.simulator;
        expectOk(await stack.up(before));
        simulator.resetRequests();
        preview = expectOk(await stack.preview(after));
        expect(simulator.requests().total).toBe(0);
        up = expectOk(await stack.up(after));
    });

    it.each(names)("%s: is planned in one line", (name) => {
        const [first = "", second = ""] = instances[name] ?? [];
        const verb = { deleting: "uninstall and delete", uninstalling: "uninstall", retaining: "retain" }[
            name
        ];
        const line =
            `plan: replace (vaultId ${vaultOf(name)} → ${vaultOf(`new-${name}`)}); ` +
            `${String(verb)} 2: ${first}, ${second}${name === "deleting" ? OF_THE_RECORDS : ""}; ` +
            `install 2: ${first}, ${second}`;
        expect(saidOf(preview, name)).toEqual([`info: ${line}`]);
        expect(planOf(up, name)).toBe(line);
        expect(saidOf(up, name).filter((text) => text.includes("plan: "))).toHaveLength(1);
    });

    it.each(names)("%s: ends with the clients in the new vault", (name) => {
        expect(up.state.resource(name).id).toBe(vaultOf(`new-${name}`));
        const active = Object.fromEntries((instances[name] ?? []).map((id) => [id, "ACTIVATED"]));
        expect(statusesOf(up.state, name)).toEqual(active);
        expect(recordsOf(simulator, `new-${name}`)).toEqual(active);
        expect(touchedBy(simulator, `new-${name}`)).toEqual({
            installed: instances[name],
            uninstalled: [],
            deleted: [],
        });
    });

    it("removes the old clients as the old `removal` says", () => {
        const removed = (name: string): object => ({
            installed: [],
            uninstalled: instances[name],
            deleted: [],
        });
        expect(touchedBy(simulator, "deleting")).toEqual({
            ...removed("deleting"),
            deleted: instances.deleting,
        });
        expect(recordsOf(simulator, "deleting")).toEqual({});
        expect(touchedBy(simulator, "uninstalling")).toEqual(removed("uninstalling"));
        expect(recordsOf(simulator, "uninstalling")).toEqual({
            "i-b1": "NOT_INSTALLED",
            "i-b2": "NOT_INSTALLED",
        });
    });

    it("leaves the old clients alone with `Retain`, and says so", () => {
        expect(recordsOf(simulator, "retaining")).toEqual({ "i-c1": "ACTIVATED", "i-c2": "ACTIVATED" });
        const warnings = saidOf(up, "retaining").filter((text) => text.startsWith("warning: "));
        expect(warnings).toEqual([
            expect.stringMatching(/^warning: removal "Retain": the clients of i-c1, i-c2 stay as they are/),
        ]);
    });

    it("removes the old clients first", () => {
        const calls = (name: string): string[] =>
            simulator
                .requests()
                .log.filter(({ parameters }) =>
                    [vaultOf(name), vaultOf(`new-${name}`)].includes(parameters.VaultId ?? ""),
                )
                .map(({ action }) => action)
                .filter((action) => action !== "DescribeClients");
        expect(calls("deleting")).toEqual([
            "UninstallClient",
            "UninstallClient",
            "DeleteClient",
            "DeleteClient",
            "CreateClients",
        ]);
        expect(operationsOf(up).deleting).toMatch(/^delete-replaced\b.*\bcreate-replacement\b/);
    });
});

describe("a replacement for another region", () => {
    const names = ["argument", "configuration", "pinned"];
    const fleets = (region?: string): ResourceSpec[] => [
        fleet("argument", ["i-a1"], { region: region ?? "cn-beijing" }),
        fleet("configuration", ["i-b1"]),
        fleet("pinned", ["i-c1"], { region: "cn-hangzhou" }),
    ];
    let simulator: Scene["simulator"];
    let up: Result;
    let again: Result;

    beforeAll(async () => {
        const { stack, config, ...its } = await scene({ world: { vaults: names.map(vaultOf) } });
        simulator = its.simulator;
        expectOk(await stack.up(fleets()));
        simulator.resetRequests();
        await stack.setConfig({ ...config, "alicloud:region": "cn-shanghai" });
        up = expectOk(await stack.up(fleets("cn-shenzhen")));
        simulator.resetRequests();
        again = expectOk(await stack.preview(fleets("cn-shenzhen")));
    });

    it.each([
        ["argument", "cn-beijing", "cn-shenzhen", "i-a1"],
        ["configuration", "cn-hangzhou", "cn-shanghai", "i-b1"],
    ])("by %s: the old one goes first, and the state has the new region", (name, from, to, id) => {
        expect(planOf(up, name)).toBe(
            `plan: replace (region ${from} → ${to}); uninstall 1: ${id}; install 1: ${id}`,
        );
        expect(up.state.resource(name).outputs).toMatchObject({ region: to });
        expect(statusesOf(up.state, name)).toEqual({ [id]: "ACTIVATED" });
    });

    it("concerns no resource that names its region", () => {
        expect(operationsOf(up).pinned).toBe("same");
    });

    it("is done once", () => {
        expect(operationsOf(again)).toEqual({ argument: "same", configuration: "same", pinned: "same" });
        expect(countOf(simulator, "CreateClients")).toBe(0);
    });
});
