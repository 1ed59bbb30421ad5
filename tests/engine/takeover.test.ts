import { expectFailed, expectOk, type Result } from "./harness";
import {
    CLUSTER,
    fleet,
    NOTHING,
    planOf,
    saidOf,
    type Scene,
    scenes,
    statusesOf,
    touchedBy,
    vaultOf,
} from "./support";

const scene = scenes();

/** What docs/takeover.md says. */
describe("clients that are already there", () => {
    let simulator: Scene["simulator"];
    let preview: Result;
    let up: Result;
    let next: Result;

    /** As another tool has installed them: two healthy ones, one of them with another setting, and a broken one. */
    const existing = [
        { instanceId: "i-healthy", status: "ACTIVATED", useHttps: true },
        { instanceId: "i-differs", status: "ACTIVATED", useHttps: false },
        { instanceId: "i-broken", status: "DEACTIVATED", useHttps: true },
    ] as const;
    const ids = existing.map(({ instanceId }) => instanceId);

    beforeAll(async () => {
        const vaults = [vaultOf("hana"), vaultOf("strict")];
        const clients = [
            ...existing.map((client) => ({ ...client, vaultId: vaultOf("hana"), clusterId: CLUSTER })),
            { instanceId: "i-taken", clientId: "c-taken", vaultId: vaultOf("strict"), clusterId: CLUSTER },
        ];
        const { stack, ...its } = await scene({ world: { vaults, clients } });
        simulator = its.simulator;
        const program = [
            fleet("hana", ids, { useHttps: true }),
            fleet("strict", ["i-taken"], { adoptExisting: false }),
        ];
        preview = expectOk(await stack.preview(program));
        up = expectFailed(await stack.up(program));
        next = expectFailed(await stack.up(program));
    });

    it("are not known to a preview, which asks no service", () => {
        expect(planOf(preview, "hana")).toBe("plan: install 3: i-broken, i-differs, i-healthy");
    });

    it("are adopted where they are healthy, without an installation", () => {
        expect(saidOf(up, "hana")).toContain("info: 1 reinstalled, 2 adopted, 1 pending");
        expect(statusesOf(up.state, "hana")["i-healthy"]).toBe("ACTIVATED");
        expect(simulator.requests().installs["i-healthy"]).toBeUndefined();
    });

    it("are adopted with a warning where a setting differs, and reinstalled by the next update", () => {
        expect(saidOf(up, "hana")).toContainEqual(
            expect.stringMatching(
                /^warning: i-differs: adopted unchanged, though it differs from the program \(useHttps false → true\)/,
            ),
        );
        expect(planOf(next, "hana")).toMatch(/^plan: reinstall 1: i-differs \(.*\); keep 2$/);
    });

    it("are repaired where they are broken", () => {
        expect(touchedBy(simulator, "hana").installed).toEqual(["i-broken", "i-differs"]);
    });

    it("are an error that names them with adoptExisting: false", () => {
        expect(up.stdout).toContain(
            "i-taken: ClientAlreadyExists: client c-taken (ACTIVATED) is already there",
        );
        expect(touchedBy(simulator, "strict")).toEqual(NOTHING);
    });
});
