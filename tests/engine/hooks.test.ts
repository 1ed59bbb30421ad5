import path from "node:path";
import { expectFailed, expectOk, type HookName, type Result } from "./harness";
import {
    agentsIn,
    clientsOf,
    fleet,
    operationsOf,
    planOf,
    recordsOf,
    saidOf,
    scenes,
    statusesOf,
    vaultOf,
    vaultsOf,
} from "./support";

const scene = scenes();

const HOOKS: readonly HookName[] = [
    "beforeCreate",
    "afterCreate",
    "beforeUpdate",
    "afterUpdate",
    "beforeDelete",
    "afterDelete",
];

/** The hooks of a resource that a run called, in their order. */
function hooksOf({ events }: Result, name: string): string[] {
    return events.flatMap(({ diagnosticEvent }) => {
        const { message = "" } = (diagnosticEvent ?? {}) as { message?: string };
        const [, hook, resource, operation] = /^hook (\w+): (\S+)(?: (\w+))?/.exec(message) ?? [];
        if (hook === undefined || resource !== name) return [];
        return operation === undefined ? hook : `${hook} ${operation}`;
    });
}

test("hooks are called around create, update and delete; a destroy needs --run-program for them", async () => {
    const { stack, simulator } = await scene({ world: vaultsOf("hana") });
    const program = (...ids: string[]) => [fleet("hana", ids, {}, { hooks: HOOKS })];
    const up = expectOk(await stack.up(program("i-1")));
    expect(hooksOf(up, "hana")).toEqual(["beforeCreate", "afterCreate"]);
    const update = expectOk(await stack.up(program("i-1", "i-2")));
    expect(hooksOf(update, "hana")).toEqual(["beforeUpdate", "afterUpdate"]);

    const refused = expectFailed(await stack.destroy());
    expect(refused.stdout + refused.stderr).toContain("--run-program");
    expect(recordsOf(simulator, "hana")).toEqual({ "i-1": "ACTIVATED", "i-2": "ACTIVATED" });
    const destroy = expectOk(await stack.destroy({ args: ["--run-program"] }));
    expect(hooksOf(destroy, "hana")).toEqual(["beforeDelete", "afterDelete"]);
});

describe("onError", () => {
    test("repeats what fails at once, and nothing is installed or removed twice", async () => {
        const { stack, simulator } = await scene({
            world: vaultsOf("late", "unfit", "endless"),
            installTime: 1_500,
        });
        const rollout = { bootTimeout: "0s" };
        const hurried = { retries: 1000, customTimeouts: { create: "2s" } };
        const late = fleet("late", ["i-l1", "i-l2"], { adoptExisting: false }, hurried);
        const unfit = fleet("unfit", ["i-u1", "i-u2"], { adoptExisting: false, rollout }, { retries: 1 });
        const endless = fleet("endless", ["i-e1", "i-e2"], { rollout }, { retries: 1000 });
        simulator.setSwitches({ listLag: 8_000 });
        for (const id of ["i-u2", "i-e2"]) simulator.patchInstance(id, { cloudAssistant: false });
        const up = expectFailed(await stack.up([late, unfit, endless]));

        // Each repetition begins with an empty state, and the list shows what was begun only after 8 s.
        expect(hooksOf(up, "late").length).toBeGreaterThan(1);
        const own = { status: "ACTIVATED", clientId: expect.stringMatching(/^c-/) as string };
        expect(clientsOf(up.state, "late")).toMatchObject({ "i-l1": own, "i-l2": own });
        // With no more repetitions than the hook allows, the state has every result.
        expect(hooksOf(up, "unfit")).toEqual(["onError create", "onError create"]);
        expect(clientsOf(up.state, "unfit")).toMatchObject({
            "i-u1": { status: "ACTIVATED" },
            "i-u2": { errorCode: "CloudAssistNotRunningOnInstance", pendingAction: "install" },
        });
        // At the 100th failure the engine would leave a state that no command can handle.
        expect(hooksOf(up, "endless")).toHaveLength(98);
        expect(statusesOf(up.state, "endless")).toEqual({ "i-e1": "ACTIVATED", "i-e2": "NOT_INSTALLED" });
        expect(simulator.requests().installs).toEqual({ "i-l1": 1, "i-l2": 1, "i-u1": 1, "i-e1": 1 });

        simulator.setSwitches({ listLag: 0 });
        simulator.patchInstance("i-e2", { cloudAssistant: true });
        const callsFor = (name: string): number =>
            simulator.requests().log.filter(({ parameters }) => parameters["VaultId"] === vaultOf(name))
                .length;
        const calls = callsFor("late");
        const again = expectFailed(await stack.up([late, unfit, endless]));
        // The engine remembers that an attempt has failed, though another one has succeeded.
        expect(operationsOf(again)["late"]).toBe("update");
        expect(planOf(again, "late")).toBeUndefined();
        expect(callsFor("late")).toBe(calls);
        expect(hooksOf(again, "unfit")).toEqual(["onError update", "onError update"]);
        expect(clientsOf(again.state, "unfit")).toMatchObject({ "i-u2": { pendingAction: "install" } });
        expect(statusesOf(again.state, "endless")).toEqual({ "i-e1": "ACTIVATED", "i-e2": "ACTIVATED" });
        const { installs } = simulator.requests();
        expect(installs).toEqual({ "i-l1": 1, "i-l2": 1, "i-u1": 1, "i-e1": 1, "i-e2": 1 });

        const refusal = { kind: "status", status: 400, code: "BadRequest" } as const;
        simulator.addFault({ action: "UninstallClient", times: 1, ...refusal });
        const unasked = expectFailed(await stack.destroy());
        expect(["late", "unfit", "endless"].flatMap((name) => hooksOf(unasked, name))).toEqual([]);
        simulator.addFault({ action: "UninstallClient", times: 1, ...refusal });
        const destroy = expectOk(await stack.destroy({ args: ["--run-program"] }));
        const failed = ["late", "unfit", "endless"].flatMap((name) => hooksOf(destroy, name));
        expect(failed).toEqual(["onError delete"]);
        expect(simulator.requests().byAction["UninstallClient"]).toBe(7);
        expect(agentsIn(simulator)).toEqual([]);
    });

    test("is not asked after a Ctrl-C, which ends the run at once and keeps the results", async () => {
        const { stack, simulator } = await scene({ world: vaultsOf("hana"), installTime: 2_000 });
        const program = [fleet("hana", ["i-1"], { adoptExisting: false }, { retries: 1000 })];
        const args = ["--run-program"];
        for (const [operation, options, status] of [
            ["up", {}, "INSTALLING"],
            ["destroy", { args }, "ACTIVATED"],
        ] as const) {
            const run = await stack.start(operation, program, options);
            await run.printed(/0\/1 · .*installing/);
            run.signal("SIGINT");
            const cut = expectFailed(await run.done);
            expect(hooksOf(cut, "hana")).toEqual([]);
            expect(statusesOf(cut.state, "hana")).toEqual({ "i-1": status });
            if (operation === "up") expectOk(await stack.up(program));
        }
        expectOk(await stack.destroy({ args }));
        expect(simulator.requests().installs).toEqual({ "i-1": 1 });
        expect(agentsIn(simulator)).toEqual([]);
    });

    test("of a transform has no limit: after 100 failures the state is to be repaired by hand, and the next up adopts", async () => {
        const { stack, simulator } = await scene({ world: vaultsOf("hana"), installTime: 2_000 });
        const refusal = { kind: "status", status: 403, code: "NoPermission" } as const;
        simulator.addFault({ action: "DescribeClients", times: 1, ...refusal });
        const file = path.join(__dirname, "programs", "endless-hook", "index.ts");
        const run = await stack.start("up", { file });
        await run.printed(/0\/1 · .*installing/);
        run.signal("SIGINT");
        const up = expectFailed(await run.done);
        // The hook gets the errors of all attempts, the newest first, and is asked after the Ctrl-C too.
        expect(up.stdout).toMatch(
            /failed 2: \S.* stopped: cancelled .* \| DescribeClients failed: NoPermission/,
        );
        expect(saidOf(up, "hana").join("\n")).toContain("maximum number of error hook retries (100) reached");
        const { urn, id, outputs } = up.state.resource("hana");
        expect({ id, outputs }).toEqual({ id: undefined, outputs: undefined });

        const { code } = await stack.execute("pulumi", [
            "refresh",
            "--yes",
            "--stack=dev",
            "--non-interactive",
        ]);
        expect(code).not.toBe(0);
        await stack.cli(["cancel", "--yes"]);
        await stack.cli(["state", "delete", urn, "--yes"]);
        const refused = expectFailed(await stack.up([fleet("hana", ["i-1"], { adoptExisting: false })]));
        expect(refused.stdout).toContain("ClientAlreadyExists");
        const adopted = expectOk(await stack.up([fleet("hana", ["i-1"])]));
        expect(statusesOf(adopted.state, "hana")).toEqual({ "i-1": "ACTIVATED" });
        expect(simulator.requests().installs).toEqual({ "i-1": 1 });
    });
});
