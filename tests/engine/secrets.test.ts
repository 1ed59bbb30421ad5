import { type EngineEvent, expectOk, isSecret, output, secret, type Result } from "./harness";
import { CLUSTER, fleet, planOf, type Scene, scenes, vaultsOf } from "./support";

const scene = scenes();

/** What the SDK logs for its own developers, and for no resource: it holds the inputs in clear, whosoever they are. */
function isOfTheSdk({ diagnosticEvent }: EngineEvent): boolean {
    const { severity, urn } = (diagnosticEvent ?? {}) as { severity?: string; urn?: string };
    return severity === "debug" && urn === undefined;
}

describe("access keys of instances", () => {
    const keys = ["LTAI-of-the-first", "hush-of-the-first", "hush-of-the-second", "hush-of-the-third"];
    const [firstId, firstSecret, secondSecret, thirdSecret] = keys;
    // Marked as a secret, known only later, or written down in clear: none of that may show.
    const instances = (more: readonly unknown[]): unknown => [
        {
            instanceId: "i-a1",
            clusterId: CLUSTER,
            accessKeyId: firstId,
            accessKeySecret: secret(firstSecret),
        },
        {
            instanceId: "i-a2",
            clusterId: CLUSTER,
            accessKeyId: output("LTAI-2"),
            accessKeySecret: secondSecret,
        },
        { instanceId: "i-a3", clusterId: CLUSTER },
        ...more,
    ];
    const third = { instanceId: "i-a4", accessKeyId: "LTAI-4", accessKeySecret: secret(thirdSecret) };
    const program = (more: readonly unknown[] = []) => [
        { ...fleet("hana", []), args: { vaultId: "v-hana", instances: instances(more) } },
    ];
    let simulator: Scene["simulator"];
    let runs: Result[];
    let preview: Result;
    let up: Result;
    let changed: Result;

    beforeAll(async () => {
        const { stack, ...its } = await scene({ world: vaultsOf("hana") });
        simulator = its.simulator;
        preview = expectOk(await stack.preview(program(), { args: ["--diff"] }));
        up = expectOk(await stack.up(program()));
        changed = expectOk(await stack.preview(program([third]), { args: ["--diff"] }));
        const refresh = expectOk(await stack.refresh());
        const destroy = expectOk(await stack.destroy());
        runs = [preview, up, changed, refresh, destroy];
    });

    it("reach the service", () => {
        const sent = simulator.requests().log.find(({ action }) => action === "CreateClients")?.parameters;
        const info = JSON.parse(sent?.ClientInfo ?? "[]") as Record<string, string>[];
        expect(info.map(({ instanceId, accessKeySecret }) => [instanceId, accessKeySecret])).toEqual([
            ["i-a1", "***"],
            ["i-a2", "***"],
            ["i-a3", undefined],
        ]);
    });

    it("are in no plain text in the state", () => {
        for (const key of keys) for (const { state } of runs) expect(state.text).not.toContain(key);
        const { inputs, outputs } = up.state.resource("hana");
        expect(isSecret(inputs?.credentials)).toBe(true);
        expect(isSecret(outputs?.credentials)).toBe(true);
        expect(outputs?.instances).toEqual({
            "i-a1": { instanceId: "i-a1", clusterId: CLUSTER, sourceTypes: ["HANA"] },
            "i-a2": { instanceId: "i-a2", clusterId: CLUSTER, sourceTypes: ["HANA"] },
            "i-a3": { instanceId: "i-a3", clusterId: CLUSTER, sourceTypes: ["HANA"] },
        });
    });

    it("are printed nowhere, and reported in no event of the engine", () => {
        for (const { stdout, stderr, events } of runs) {
            const text = stdout + stderr + JSON.stringify(events.filter((event) => !isOfTheSdk(event)));
            for (const key of keys) expect(text).not.toContain(key);
        }
    });

    it("leave a preview readable: only `credentials` is hidden", () => {
        expect(preview.stdout).toContain('instanceId : "i-a1"');
        expect(preview.stdout).toMatch(/credentials *: \[secret\]/);
        expect(preview.stdout.split("[secret]").length - 1).toBe(1);
        expect(planOf(changed, "hana")).toBe("plan: install 1: i-a4; keep 3");
        expect(changed.stdout).toContain("i-a4");
        expect(changed.stdout).not.toContain("instances: [secret]");
    });
});
