import fs from "node:fs";
import path from "node:path";
import { expectFailed, expectOk, secret, type Deployment, type ResourceSpec } from "./harness";
import {
    clientsOf,
    CLUSTER,
    fleet,
    operationsOf,
    OTHER_CLUSTER,
    recordsOf,
    saidOf,
    type Scene,
    scenes,
    vaultsOf,
} from "./support";
import { expectedOperation, recordedState, type RecordedState, STATES } from "../support/recordedStates";

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
    fleet("waves", ["i-f", "i-g"], {
        rollout: {
            waves: [1, "100%"],
            soak: "1s",
            parallelism: "50%",
            maxFailures: "10%",
            bootTimeout: "1m",
        },
        upgrades: "Latest",
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
            simulator.setWorld(vaultsOf("plain", "full", "abroad", "waves"));
            expectOk(await stack.up(program));
            const recorded: RecordedState = { program, deployment: withoutTraces(stack.state().deployment) };
            fs.writeFileSync(path.join(STATES, `${name}.json`), `${JSON.stringify(recorded, null, 4)}\n`);
            expect(stack.state().resources.length).toBeGreaterThan(program.length);
        });
    }

    async function withState(file: string): Promise<Scene & { program: readonly ResourceSpec[] }> {
        const its = await scene();
        const { program, deployment } = recordedState(file, its.config);
        its.stack.editState((empty) => Object.assign(empty, deployment));
        return { ...its, program };
    }

    test.each(fs.readdirSync(STATES))(
        "%s: no diff with the code as it is now, but for what was never said",
        async (file) => {
            const { stack, program } = await withState(file);
            const preview = expectOk(await stack.preview(program));
            for (const { name } of program) {
                const operation = expectedOperation(file, name);
                expect(operationsOf(preview)[name]).toBe(operation);
                expect(saidOf(preview, name)).toEqual(
                    operation === "update" ? ["info: plan: record settings"] : [],
                );
            }
        },
    );

    test("a removal that was only a default deletes no record, until an update has recorded the choice", async () => {
        const vaults = vaultsOf("plain", "full", "abroad");
        const worldOf = ({ stack }: Scene) => ({
            ...vaults,
            // The records that the state names: no other is ever deleted.
            clients: Object.values(clientsOf(stack.state(), "plain")).map(
                ({ instanceId, clusterId, clientId = "" }) => ({
                    vaultId: "v-plain",
                    instanceId,
                    clientId,
                    ...(clusterId !== undefined && { clusterId }),
                }),
            ),
        });
        const never = await withState("version-1.json");
        never.simulator.setWorld(worldOf(never));
        const destroy = expectOk(await never.stack.destroy());
        expect(saidOf(destroy, "plain")[0]).toMatch(
            /^warning: the state is of an earlier version, which deleted records by default: the clients are uninstalled now, and their records stay/,
        );
        expect(recordsOf(never.simulator, "plain")).toEqual({
            "i-a": "NOT_INSTALLED",
            "i-b": "NOT_INSTALLED",
            "i-c": "NOT_INSTALLED",
        });

        const chosen = await withState("version-1.json");
        chosen.simulator.setWorld(worldOf(chosen));
        const written = chosen.program.map((each) =>
            each.name === "plain" ? { ...each, args: { ...each.args, removal: "UninstallAndDelete" } } : each,
        );
        const up = expectOk(await chosen.stack.up(written));
        expect(saidOf(up, "plain")).toEqual(["info: plan: record settings"]);
        expectOk(await chosen.stack.destroy());
        expect(recordsOf(chosen.simulator, "plain")).toEqual({});
    });

    test("a state that a newer version recorded is refused, and one that cannot be read is one sentence", async () => {
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

        // What nobody has expected is one sentence, too; its stack is for those who ask for it.
        stack.editState((deployment) => {
            for (const { outputs } of deployment.resources ?? [])
                if (outputs?.__version !== undefined) Object.assign(outputs, { __version: 2, clients: null });
        });
        const quiet = expectFailed(await stack.preview(newer));
        expect(saidOf(quiet, "newer")).toEqual([
            expect.stringMatching(
                /^error: TypeError: .*: this is a fault in pulumi-alicloud-hbr; please report it, with the stack that the same command shows with --debug$/,
            ),
        ]);
        expect(quiet.stdout + quiet.stderr).not.toMatch(/^ *at /m);
        const { stdout } = expectFailed(await stack.preview(newer, { args: ["--debug"] }));
        expect(stdout).toMatch(/debug: TypeError: [^\n]+\n +at [^\n]+\n(.*\n)* +at .*\bhooks\.js:\d+/);
    });
});
