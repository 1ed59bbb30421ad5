import fs from "node:fs";
import path from "node:path";
import { expectFailed, expectOk, secret, type Deployment, type ResourceSpec } from "./harness";
import { CLUSTER, fleet, OTHER_CLUSTER, saidOf, scenes, vaultsOf } from "./support";

const folder = path.join(__dirname, "states");

/** A program, and the state that a version of this package left behind for it. */
interface RecordedState {
    readonly program: readonly ResourceSpec[];
    readonly deployment: Deployment;
}

/** Every shape that a state can have without anything being left to do. */
const program: readonly ResourceSpec[] = [
    fleet("plain", ["i-a", { instanceId: "i-b", clusterId: OTHER_CLUSTER }, { instanceId: "i-c" }]),
    fleet(
        "full",
        [{ instanceId: "i-d", clusterId: CLUSTER, accessKeyId: "key", accessKeySecret: secret("half") }],
        {
            alertSetting: "INHERITED",
            useHttps: true,
            resourceGroupId: "rg-1",
            rollout: { batchSize: 5, parallelism: 2, maxFailures: 1 },
            removal: "Uninstall",
            adoptExisting: false,
            triggers: ["one", { two: 3 }],
        },
        { customTimeouts: { create: "5m", delete: "1h" } },
    ),
    fleet("abroad", ["i-e"], {
        region: "ap-southeast-1",
        crossAccountType: "CROSS_ACCOUNT",
        crossAccountUserId: "1234567890123456",
        crossAccountRoleName: "hbrcrossrole",
    }),
];

/** What differs from machine to machine and from run to run, and says nothing. */
function withoutTraces(deployment: Deployment): Deployment {
    const resources = deployment.resources?.map(
        ({ sourcePosition, stackTrace, created, modified, ...resource }) => resource,
    );
    return { ...deployment, resources: resources ?? [] };
}

describe("states that earlier versions recorded", () => {
    const scene = scenes();

    // A new shape of the state gets a new file: HBR_RECORD_STATE=version-2 jest tests/engine/earlierStates
    const name = process.env.HBR_RECORD_STATE;
    if (name !== undefined) {
        test(`record ${name}`, async () => {
            const { stack, simulator } = await scene();
            simulator.setWorld(vaultsOf("plain", "full", "abroad"));
            expectOk(await stack.up(program));
            const recorded: RecordedState = { program, deployment: withoutTraces(stack.state().deployment) };
            fs.writeFileSync(path.join(folder, `${name}.json`), `${JSON.stringify(recorded, null, 4)}\n`);
            expect(stack.state().resources.length).toBeGreaterThan(program.length);
        });
    }

    test.each(fs.readdirSync(folder))("%s: no diff with the code as it is now", async (file) => {
        const { program, deployment } = JSON.parse(
            fs.readFileSync(path.join(folder, file), "utf8"),
        ) as RecordedState;
        const { stack, config } = await scene();
        const provider = deployment.resources?.find(({ type }) => type.startsWith("pulumi:providers:"));
        // The simulator of that time is gone, and the provider's configuration with it.
        if (provider)
            provider.inputs = provider.outputs = JSON.parse(JSON.stringify(config)) as Record<
                string,
                unknown
            >;
        stack.editState((empty) => Object.assign(empty, deployment));
        const preview = expectOk(await stack.preview(program, { args: ["--expect-no-changes"] }));
        for (const { name } of program) expect(saidOf(preview, name)).toEqual([]);
    });

    test("a state that a newer version recorded is refused", async () => {
        const { stack, simulator } = await scene();
        simulator.setWorld(vaultsOf("newer"));
        const newer = [fleet("newer", ["i-n"])];
        expectOk(await stack.up(newer));
        stack.editState((deployment) => {
            for (const { outputs } of deployment.resources ?? [])
                if (outputs?.__version !== undefined) outputs.__version = 99;
        });
        const before = simulator.requests().total;
        for (const operation of ["preview", "refresh", "destroy"] as const) {
            const run = operation === "preview" ? stack.preview(newer) : stack[operation]();
            expect(expectFailed(await run).stdout).toMatch(/newer pulumi-alicloud-hbr .*state version 99/);
        }
        expect(simulator.requests().total).toBe(before);
    });
});
