import { expectOk, output, secret, unknown, type ResourceSpec, type Result } from "./harness";
import { CLUSTER, fleet, operationsOf, planOf, type Scene, scenes, statusesOf, vaultOf } from "./support";

const scene = scenes();

const SENTINEL = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const instance = (instanceId: unknown, more: object = {}): Record<string, unknown> => ({
    ...{ instanceId, clusterId: CLUSTER },
    ...more,
});
const withKey = (instanceId: string, accessKeySecret: unknown): Record<string, unknown> =>
    instance(instanceId, { accessKeyId: "LTAI5example", accessKeySecret });
const whole = (name: string, instances: unknown): ResourceSpec => ({
    name,
    args: { vaultId: vaultOf(name), instances },
});
const notKnown = "plan: known once the instances are known";

/**
 * What is not known in a preview; the plan of a preview before anything is there, and of one when everything is there
 * already and happens to become the same value.
 */
const cases: Record<string, { spec: ResourceSpec; first: string; later: string }> = {
    instances: {
        spec: whole("instances", unknown([instance("i-a1"), instance("i-a2")])),
        first: notKnown,
        later: notKnown,
    },
    nested: {
        spec: whole("nested", output([output(instance("i-b1", { clusterId: unknown(CLUSTER) }))])),
        // An Output of an array is known as a whole or not at all.
        first: notKnown,
        later: notKnown,
    },
    element: {
        spec: whole("element", [instance("i-c1"), unknown(instance("i-c2"))]),
        first: "plan: install 2: (unknown 1), i-c1",
        later: "plan: install 1: (unknown 1); uninstall 1: i-c2 (unless it is one of the unknown); keep 1",
    },
    ids: {
        spec: fleet("ids", ["i-d1", instance(unknown("i-d2")), instance(unknown("i-d3"))]),
        first: "plan: install 3: (unknown 1), (unknown 2), i-d1",
        later:
            "plan: install 2: (unknown 1), (unknown 2); " +
            "uninstall 2: i-d2, i-d3 (unless it is one of the unknown); keep 1",
    },
    cluster: {
        spec: fleet("cluster", ["i-e1", { instanceId: "i-e2", clusterId: unknown(CLUSTER) }]),
        first: "plan: install 2: i-e1, i-e2",
        later: `plan: reinstall 1: i-e2 (clusterId ${CLUSTER} → (unknown)); keep 1`,
    },
    vault: {
        spec: fleet("vault", ["i-f1"], { vaultId: unknown(vaultOf("vault")) }),
        first: "plan: install 1: i-f1",
        later: "plan: replace (vaultId v-vault → (unknown)); uninstall 1: i-f1; install 1: i-f1",
    },
    both: {
        spec: {
            name: "both",
            args: { vaultId: unknown(vaultOf("both")), instances: unknown([instance("i-g1")]) },
        },
        first: notKnown,
        later:
            "plan: replace (vaultId v-both → (unknown)); uninstall 1: i-g1; " +
            "known once the instances are known",
    },
    secret: {
        spec: fleet("secret", [
            withKey("i-h1", secret("a known one")),
            withKey("i-h2", secret(unknown("one to come"))),
            withKey("i-h3", unknown("a plain one to come")),
        ]),
        first: "plan: install 3: i-h1, i-h2, i-h3",
        later: "plan: reinstall 2: i-h2, i-h3 (access key not known yet); keep 1",
    },
    types: {
        spec: fleet("types", [
            instance("i-j1", { sourceTypes: unknown(["HANA"]) }),
            instance("i-j2", { sourceTypes: [unknown("HANA")] }),
        ]),
        first: "plan: install 2: i-j1, i-j2",
        later: "plan: reinstall 2: i-j1, i-j2 (sourceTypes HANA → (unknown))",
    },
    https: {
        spec: fleet("https", ["i-k1"], { useHttps: unknown(true) }),
        first: "plan: install 1: i-k1",
        later: "plan: reinstall 1: i-k1 (useHttps true → (unknown))",
    },
    triggers: {
        spec: fleet("triggers", ["i-l1"], { triggers: [{ image: unknown("m-1") }] }),
        first: "plan: install 1: i-l1",
        later: "plan: reinstall 1: i-l1 (triggers not known yet)",
    },
    settings: {
        spec: fleet("settings", ["i-m1"], {
            ...{ rollout: { batchSize: unknown(5), maxFailures: 1 }, adoptExisting: unknown(true) },
            removal: unknown("Uninstall"),
        }),
        first: "plan: install 1: i-m1",
        later: "plan: record settings",
    },
    rollout: {
        spec: fleet("rollout", ["i-n1", "i-n2"], { rollout: unknown({ batchSize: 1 }) }),
        first: "plan: install 2: i-n1, i-n2",
        later: "plan: record settings",
    },
};

/** The program as it is when everything is known. */
function known(specs: readonly ResourceSpec[]): ResourceSpec[] {
    return JSON.parse(JSON.stringify(specs), (_key, value: unknown) =>
        typeof value === "object" && value !== null && "$unknown" in value ? value.$unknown : value,
    ) as ResourceSpec[];
}

describe("a value that is not known in a preview", () => {
    const program = Object.values(cases).map(({ spec }) => spec);
    let simulator: Scene["simulator"];
    let first: Result;
    let up: Result;
    let same: Result;
    let later: Result;
    let again: Result;

    beforeAll(async () => {
        const { stack, ...its } = await scene({ world: { vaults: Object.keys(cases).map(vaultOf) } });
        simulator = its.simulator;
        first = expectOk(await stack.preview(program));
        up = expectOk(await stack.up(program));
        simulator.resetRequests();
        same = expectOk(await stack.preview(known(program)));
        later = expectOk(await stack.preview(program, { args: ["--diff"] }));
        again = expectOk(await stack.up(program));
    });

    it.each(Object.keys(cases))(
        "%s: the first plan says what will be done, as far as that is known",
        (name) => {
            expect(planOf(first, name)).toBe(cases[name]?.first);
            expect(operationsOf(first)[name]).toBe("create");
        },
    );

    it.each(Object.keys(cases))("%s: the update goes by what the value is then", (name) => {
        const ids = JSON.stringify(cases[name]?.spec.args).match(/i-[a-z]\d/g) ?? [];
        expect(statusesOf(up.state, name)).toEqual(Object.fromEntries(ids.map((id) => [id, "ACTIVATED"])));
        expect(operationsOf(same)[name]).toBe("same");
    });

    it.each(Object.keys(cases))("%s: a later plan says what may come of it", (name) => {
        expect(planOf(later, name)).toBe(cases[name]?.later);
    });

    it("changes nothing where the value turns out to be the same", () => {
        expect(new Set(Object.values(operationsOf(again)))).toEqual(new Set(["same"]));
        expect(simulator.requests().total).toBe(0);
    });

    it("is never shown, and never sent, as the engine's placeholder", () => {
        for (const { stdout, stderr, state } of [first, up, same, later, again]) {
            expect(stdout + stderr + state.text).not.toContain(SENTINEL);
        }
        // With --diff an instance has a row of its own in the map.
        expect(later.stdout).toContain("(unknown 2): {");
    });
});
