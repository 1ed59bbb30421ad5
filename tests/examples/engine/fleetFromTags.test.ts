import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expectFailed, expectOk } from "../../engine/harness";
import { planOf, recordsOf, saidOf, scenes, vaultsOf, type Scene } from "../../engine/support";

const example = path.join(__dirname, "..", "..", "..", "examples", "fleet-from-tags");
const program = { file: path.join(example, "index.ts") };
const settings = fs.readFileSync(path.join(example, "Pulumi.yaml"), "utf8");

interface EcsInstance {
    readonly id: string;
    readonly status?: string;
    readonly tags: Record<string, string>;
}

const tagged = (id: string, cluster = "cl-prd"): EcsInstance => ({
    id,
    status: "Running",
    tags: { backup: "hana", "hana-cluster": cluster },
});

/** What Pulumi.yaml of the example sets, which the stack of a test does not read. */
const DEFAULTS = Object.fromEntries(
    ["clusterTag", "removal"].map((key) => {
        const value = new RegExp(`^ {2}${key}:(?:\\n {4}.*)*\\n {4}default: (.*)$`, "m").exec(settings)?.[1];
        return [`fleet:${key}`, value];
    }),
);

const OTHERS = [tagged("i-test"), { id: "i-web", tags: { backup: "files" } }];
const INSTANCES = [tagged("i-1"), tagged("i-2"), tagged("i-3", "cl-qas"), ...OTHERS];
/** One is stopped, and one has lost its tags. */
const LATER = [tagged("i-1"), { ...tagged("i-2"), status: "Stopped" }, { id: "i-3", tags: {} }, ...OTHERS];

const scene = scenes();

describe("the example of a fleet from tags", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tagged-"));
    const ecs = path.join(folder, "instances.json");
    let stack: Scene["stack"];
    let simulator: Scene["simulator"];
    let config: Scene["config"];

    /** What the queries to come find, the last one also those after it. */
    const setInstances = (...answers: readonly (readonly EcsInstance[])[]): void => {
        fs.writeFileSync(ecs, JSON.stringify(answers));
    };

    beforeAll(async () => {
        ({ stack, simulator, config } = await scene({
            world: vaultsOf("hana"),
            env: { ECS_INSTANCES: ecs },
            plugins: { alicloud: path.join(__dirname, "alicloud") },
            config: {
                "fleet:vaultId": "v-hana",
                "fleet:tags": { backup: "hana" },
                "fleet:exclude": ["i-test"],
                "fleet:minimum": 3,
                ...DEFAULTS,
            },
        }));
        setInstances(INSTANCES);
        const up = expectOk(await stack.up(program, { withPreview: true }));
        expect(planOf(up, "tagged")).toBe("plan: install 3: i-1, i-2, i-3");
    });

    afterAll(() => {
        fs.rmSync(folder, { recursive: true });
    });

    it("installs on every instance that has the tags and is not excluded", () => {
        expect(recordsOf(simulator, "hana")).toEqual({
            "i-1": "ACTIVATED",
            "i-2": "ACTIVATED",
            "i-3": "ACTIVATED",
        });
        expect(simulator.world().clients.map(({ clusterId }) => clusterId)).toEqual([
            "cl-prd",
            "cl-prd",
            "cl-qas",
        ]);
    });

    it("fails in the preview if the query returns fewer instances than the minimum", async () => {
        setInstances(LATER);
        const { stdout } = expectFailed(await stack.preview(program));
        expect(stdout).toContain(
            'The query for {"backup":"hana"} finds too few instances: 2 without the excluded ones, and "minimum" is 3.',
        );
        expect(stdout).not.toContain("    at ");
        expect(stdout).not.toContain("plan:");
    });

    it("leaves alone what the query no longer finds if the minimum allows it, plans to uninstall it only with `Uninstall`, and keeps what is stopped", async () => {
        setInstances(LATER);
        await stack.setConfig({ ...config, "fleet:minimum": 1 });
        const retained = expectOk(await stack.preview(program));
        expect(planOf(retained, "tagged")).toBe("plan: retain 1: i-3; keep 2");
        await stack.setConfig({ ...config, "fleet:minimum": 1, "fleet:removal": "Uninstall" });
        const removed = expectOk(await stack.preview(program));
        expect(planOf(removed, "tagged")).toBe("plan: uninstall 1: i-3; keep 2");
    });

    it("uninstalls nothing that the preview keeps: an update that finds less than the preview is refused with --plan, and else leaves the clients alone", async () => {
        await stack.setConfig({ ...config, "fleet:minimum": 1 });
        setInstances(INSTANCES, LATER);
        expectOk(await stack.preview(program, { args: ["--save-plan=plan.json"] }));
        const planned = expectFailed(await stack.up(program, { args: ["--plan=plan.json"] }));
        expect(planned.stdout).toContain("violates plan: properties changed");

        setInstances(INSTANCES, LATER);
        const up = expectOk(await stack.up(program, { withPreview: true }));
        expect(planOf(up, "tagged")).toBe("plan: retain 1: i-3; keep 2");
        expect(simulator.requests().byAction).not.toHaveProperty("UninstallClient");
        expect(recordsOf(simulator, "hana")).toMatchObject({ "i-3": "ACTIVATED" });

        setInstances(INSTANCES);
        const again = expectOk(await stack.up(program));
        expect(saidOf(again, "tagged")).toEqual(["info: plan: install 1: i-3; keep 2", "info: 1 adopted"]);
        expect(simulator.requests().installs).toEqual({ "i-1": 1, "i-2": 1, "i-3": 1 });
    });
});
