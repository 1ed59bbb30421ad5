import { expectFailed, expectOk, type ProgramSpec, type Result } from "./harness";
import {
    CLUSTER,
    clientsOf,
    countOf,
    fleet,
    NOTHING,
    operationsOf,
    OTHER_CLUSTER,
    planOf,
    recordsOf,
    saidOf,
    type Scene,
    scenes,
    statusesOf,
    touchedBy,
    vaultOf,
    vaultsOf,
} from "./support";

const scene = scenes();

const DELETING = { removal: "UninstallAndDelete" };
const OF_THE_RECORDS = "(their backups may be deleted with their records)";

describe("nothing irreversible that was not said", () => {
    const GROUP = ["i-e1", "i-e2", "i-e3", "i-e4", "i-e5", "i-e6"];
    const rollout = { batchSize: 2, parallelism: 2 };
    const elsewhere = (instanceId: string) => ({ instanceId, clusterId: OTHER_CLUSTER });
    const before = [
        fleet("less", ["i-a1", "i-a2", "i-a3"]),
        fleet("deleting", ["i-b1", "i-b2", "i-b3"], DELETING),
        fleet("theirs", ["i-c1"], { adoptExisting: false, ...DELETING }),
        fleet("ignored", ["i-d1", "i-d2", "i-d3"], { useHttps: true }),
        fleet("group", GROUP, { rollout }),
        fleet("self", ["i-f1"]),
    ];
    const after = [
        fleet("less", ["i-a1"]),
        fleet("deleting", ["i-b1", elsewhere("i-b2")], DELETING),
        fleet("theirs", [elsewhere("i-c1")], { adoptExisting: false, ...DELETING }),
        fleet("ignored", ["i-d1", "i-d2", "i-d3", "i-d4"], { useHttps: true }),
        fleet("group", GROUP, { rollout, resourceGroupId: "rg-wrong" }),
        fleet("self", ["i-f1"], { crossAccountType: "SELF_ACCOUNT", rollout: {}, removal: "Uninstall" }),
    ];
    const theirClient = {
        vaultId: vaultOf("theirs"),
        instanceId: "i-c1",
        clusterId: CLUSTER,
        clientId: "c-theirs",
    };
    let simulator: Scene["simulator"];
    let first: Result;
    let preview: Result;
    let up: Result;
    let destroy: Result;

    beforeAll(async () => {
        const names = ["less", "deleting", "theirs", "ignored", "group", "self"];
        const { stack, ...its } = await scene({ world: { ...vaultsOf(...names), clients: [theirClient] } });
        simulator = its.simulator;
        simulator.setSwitches({ ignoreSettings: ["UseHttps"] });
        first = expectFailed(await stack.up(before, { args: ["--continue-on-error"] }));
        simulator.resetRequests();
        preview = expectOk(await stack.preview(after));
        expect(simulator.requests().total).toBe(0);
        const refused = {
            action: "CreateClients",
            kind: "status",
            status: 400,
            code: "InvalidParameter",
        } as const;
        for (const instanceId of GROUP) simulator.addFault({ ...refused, instanceId, times: "always" });
        simulator.addFault({ ...refused, instanceId: "i-c1" });
        up = expectFailed(await stack.up(after, { args: ["--continue-on-error"] }));
        destroy = expectOk(await stack.destroy());
    });

    it("keeps the records by default, and says so", () => {
        expect(planOf(preview, "less")).toBe("plan: uninstall 2: i-a2, i-a3; keep 1");
        expect(saidOf(up, "less")).toContain(`info: 2 uninstalled; their records stay in ${vaultOf("less")}`);
        expect(recordsOf(simulator, "less")).toEqual({
            "i-a1": "NOT_INSTALLED",
            "i-a2": "NOT_INSTALLED",
            "i-a3": "NOT_INSTALLED",
        });
        expect(saidOf(destroy, "less")).toEqual([
            `info: 1 uninstalled; their records stay in ${vaultOf("less")}`,
        ]);
    });

    it("warns wherever records are deleted: in the plan, for a changed cluster too, and in a destroy", () => {
        expect(planOf(preview, "deleting")).toBe(
            `plan: reinstall 1: i-b2 (clusterId ${CLUSTER} → ${OTHER_CLUSTER}); ` +
                `uninstall and delete 2: i-b2 in ${CLUSTER}, i-b3 ${OF_THE_RECORDS}; keep 1`,
        );
        expect(saidOf(destroy, "deleting")).toEqual([
            `warning: uninstall and delete 2: i-b1, i-b2 ${OF_THE_RECORDS}`,
            "info: 2 uninstalled and deleted",
        ]);
        expect(recordsOf(simulator, "deleting")).toEqual({});
    });

    it("leaves a client of others alone through a refusal, a move, a failure and a destroy", () => {
        expect(saidOf(first, "theirs").join("\n")).toContain(
            "i-c1: ClientAlreadyExists: client c-theirs (ACTIVATED) is already there, and adoptExisting is false",
        );
        expect(clientsOf(first.state, "theirs")["i-c1"]).toMatchObject({ owned: false, installed: false });
        expect(clientsOf(first.state, "theirs")["i-c1"]).not.toHaveProperty("clientId");
        expect(clientsOf(up.state, "theirs")["i-c1"]).toMatchObject({
            clusterId: OTHER_CLUSTER,
            errorCode: "InvalidParameter",
            owned: false,
        });
        expect(touchedBy(simulator, "theirs")).toEqual({ ...NOTHING, installed: ["i-c1"] });
        expect(simulator.world().clients).toContainEqual(
            expect.objectContaining({ ...theirClient, status: "ACTIVATED" }),
        );
        expect(saidOf(destroy, "theirs")).toContain("info: 1 left alone");
    });

    it("keeps what the preview keeps, where the service does not take a setting over", () => {
        expect(saidOf(first, "ignored")).toContain(
            "warning: i-d1, i-d2, i-d3: the service did not apply useHttps false → true; " +
                "it is not tried again until the program changes useHttps",
        );
        expect(planOf(preview, "ignored")).toBe("plan: install 1: i-d4; keep 3");
        expect(touchedBy(simulator, "ignored").installed).toEqual(["i-d4"]);
        expect(clientsOf(up.state, "ignored")["i-d1"]).toMatchObject({
            settingsNotTaken: { useHttps: false },
        });
    });

    it("takes the agents of one batch for a reinstallation that is refused, and no more", () => {
        expect(planOf(preview, "group")).toContain("plan: reinstall 6: i-e1, ");
        expect(statusesOf(up.state, "group")).toEqual({
            "i-e1": "NOT_INSTALLED",
            "i-e2": "NOT_INSTALLED",
            "i-e3": "ACTIVATED",
            "i-e4": "ACTIVATED",
            "i-e5": "ACTIVATED",
            "i-e6": "ACTIVATED",
        });
        const said = saidOf(up, "group").join("\n");
        expect(said).toContain("info: 2 failed, 4 not tried");
        expect(said).toMatch(
            /the service refused every installation with the same error \(InvalidParameter\), so the other instances were not tried/,
        );
        expect(said).toMatch(
            /2 instances \(i-e1, i-e2\): CreateClients failed: InvalidParameter: .*request id/,
        );
    });

    it("sees no change in what means the same", () => {
        expect(operationsOf(up).self).toBe("same");
    });
});

describe("a replacement by what does not answer", () => {
    const account = { crossAccountType: "CROSS_ACCOUNT", crossAccountUserId: "1234567890123456" };
    const names = ["vault", "role", "unsure", "retaining"];
    const before = [
        fleet("vault", ["i-a1", "i-a2"]),
        fleet("role", ["i-b1"], { ...account, crossAccountRoleName: "good" }),
        fleet("unsure", ["i-c1"], { ...account, crossAccountRoleName: "good" }),
        fleet("retaining", ["i-d1"], { removal: "Retain" }),
    ];
    const after = [
        fleet("vault", ["i-a1", "i-a2"], { vaultId: "v-vaulf" }),
        fleet("role", ["i-b1"], { ...account, crossAccountRoleName: "goof" }),
        fleet("unsure", ["i-c1"], { ...account, crossAccountRoleName: "better" }),
        fleet("retaining", ["i-d1"], { vaultId: "v-nowhere", removal: "Retain" }),
    ];
    let simulator: Scene["simulator"];
    let stack: Scene["stack"];

    beforeAll(async () => {
        const role = { crossAccountUserId: "1234567890123456" };
        ({ stack, simulator } = await scene({
            world: {
                ...vaultsOf(...names),
                roles: [
                    { ...role, crossAccountRoleName: "good" },
                    { ...role, crossAccountRoleName: "better" },
                ],
            },
        }));
        expectOk(await stack.up(before));
        simulator.resetRequests();
    });

    /** An `up` in which only the resource of that name has changed. */
    const change = (name: string, args: readonly string[] = []): Promise<Result> =>
        stack.up(
            before.map(
                (each) => after.find((other) => other.name === name && other.name === each.name) ?? each,
            ),
            { args: [...args] },
        );

    it("touches nothing of the old fleet, and says why, with --replace too", async () => {
        const { urn } = stack.state().resource("vault");
        for (const args of [[], ["--replace", urn]]) {
            const up = expectFailed(await change("vault", args));
            expect(saidOf(up, "vault").join("\n")).toMatch(
                /error: cannot read vault v-vaulf in region cn-hangzhou, so nothing of the old fleet was touched: DescribeClients failed: VaultNotExist/,
            );
            expect(statusesOf(up.state, "vault")).toEqual({ "i-a1": "ACTIVATED", "i-a2": "ACTIVATED" });
        }
        expect(touchedBy(simulator, "vault")).toEqual(NOTHING);
    });

    it("ends with the time that the removal has, where nothing answers", async () => {
        const impatient = (args: object): ProgramSpec =>
            before.map((each) =>
                each.name === "vault"
                    ? fleet("vault", ["i-a1", "i-a2"], { ...args }, { customTimeouts: { delete: "3s" } })
                    : each,
            );
        expectOk(await stack.up(impatient({})));
        simulator.addFault({ action: "DescribeClients", kind: "throttle", times: "always" });
        const up = expectFailed(await stack.up(impatient({ vaultId: "v-vaulf" })));
        simulator.clearFaults();
        expect(saidOf(up, "vault").join("\n")).toContain("the time-out of 3 s is over");
        expect(touchedBy(simulator, "vault")).toEqual(NOTHING);
        expectOk(await stack.up(before));
    });

    it("looks at a new role of another account", async () => {
        const up = expectFailed(await change("role"));
        expect(saidOf(up, "role").join("\n")).toMatch(
            /error: cannot use role goof of account 1234567890123456, so nothing of the old fleet was touched: CheckRole failed: RoleNotExist/,
        );
        expect(touchedBy(simulator, "role")).toEqual(NOTHING);
    });

    it("warns where the role may not be looked at, and goes on", async () => {
        simulator.addFault({ action: "CheckRole", kind: "status", status: 403, code: "NoPermission" });
        const up = expectOk(await change("unsure"));
        expect(saidOf(up, "unsure")).toContainEqual(
            expect.stringMatching(
                /^warning: role better of account 1234567890123456 could not be checked before the replacement: CheckRole failed: NoPermission/,
            ),
        );
        expect(statusesOf(up.state, "unsure")).toEqual({ "i-c1": "ACTIVATED" });
    });

    it("needs no look where the old clients stay", async () => {
        const up = expectFailed(await change("retaining"));
        expect(saidOf(up, "retaining").join("\n")).not.toContain("nothing of the old fleet was touched");
        expect(recordsOf(simulator, "retaining")).toEqual({ "i-d1": "ACTIVATED" });
    });
});

describe("a client that others put in the place of ours", () => {
    it("is not named by a refresh, and not removed by a destroy", async () => {
        const { stack, simulator } = await scene({ world: vaultsOf("hana") });
        expectOk(await stack.up([fleet("hana", ["i-a1", "i-a2"], DELETING)]));
        const { clientId: ours = "" } = clientsOf(stack.state(), "hana")["i-a1"] ?? {};
        const theirs = {
            vaultId: vaultOf("hana"),
            instanceId: "i-a1",
            clusterId: CLUSTER,
            clientId: "c-theirs",
        };
        simulator.deleteClient(ours);
        simulator.addClient({ ...theirs, status: "ACTIVATED" });
        expectOk(await stack.refresh());
        expect(clientsOf(stack.state(), "hana")["i-a1"]).toMatchObject({
            clientId: ours,
            status: "NOT_INSTALLED",
        });
        const destroy = expectOk(await stack.destroy());
        expect(saidOf(destroy, "hana")).toEqual([
            `warning: uninstall and delete 2: i-a1, i-a2 ${OF_THE_RECORDS}`,
            "info: i-a1: left alone, because the state does not name it as this resource's: c-theirs",
            "info: 1 uninstalled and deleted, 1 already gone",
        ]);
        expect(simulator.world().clients).toMatchObject([{ ...theirs, status: "ACTIVATED" }]);
    });
});

describe("a removal", () => {
    it("of a resource that was renamed without an alias claims nothing that it has not done", async () => {
        const { stack, simulator } = await scene({ world: vaultsOf("renamed") });
        const named = (name: string) => [fleet(name, ["i-a1", "i-a2"], { vaultId: vaultOf("renamed") })];
        expectOk(await stack.up(named("old-name")));
        const up = expectOk(await stack.up(named("new-name")));
        expect(saidOf(up, "old-name")).toEqual([
            "info: i-a1, i-a2: not removed: another resource of this program declares the same client",
            "info: 2 left alone",
        ]);
        expect(statusesOf(up.state, "new-name")).toEqual({ "i-a1": "ACTIVATED", "i-a2": "ACTIVATED" });
        expect(touchedBy(simulator, "renamed").uninstalled).toEqual([]);
    });

    it("that fails has words of its own, and `pulumi up --refresh` repairs the fleet", async () => {
        const { stack, simulator } = await scene({ world: vaultsOf("hana") });
        const program = [fleet("hana", ["i-a1", "i-a2"])];
        expectOk(await stack.up(program));
        simulator.patchInstance("i-a2", { cloudAssistant: false });
        const failed = expectFailed(await stack.destroy());
        const said = saidOf(failed, "hana").join("\n");
        expect(said).toContain(
            "run the same command again to go on with the removal; where the program still declares this fleet, " +
                "`pulumi up --refresh` repairs it instead",
        );
        expect(said).toContain("left: i-a2 (UNINSTALL_FAILED)");
        expect(said).not.toContain("`pulumi up`:");
        simulator.patchInstance("i-a2", { cloudAssistant: true });
        const repaired = expectOk(await stack.up(program, { args: ["--refresh"] }));
        expect(statusesOf(repaired.state, "hana")).toEqual({ "i-a1": "ACTIVATED", "i-a2": "ACTIVATED" });
        expect(recordsOf(simulator, "hana")).toEqual({ "i-a1": "ACTIVATED", "i-a2": "ACTIVATED" });
        expect(countOf(simulator, "DeleteClient")).toBe(0);
    });
});
