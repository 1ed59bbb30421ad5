import fc from "fast-check";
import { canonicalInputs } from "../../provider/check/inputs";
import { planFleet } from "../../provider/fleet/plan";
import { knownInputs, specOf, stateOf } from "../../provider/state";
import { UnfinishedRuns } from "../../provider/unfinished";
import { type Repetition, repetition } from "./repetition";
import { type CommandEnd, type Interruption, instances, VAULT, VirtualStack } from "./virtualStack";

/** More of them under `npm run test:exhaustive`. */
const REPETITIONS = Number(process.env["HBR_SCHEDULES"] ?? 400) / 4;
/** Replays those of a seed that a failure has printed. */
const SEED = process.env["HBR_SCHEDULES_SEED"];
const FIXED_SEED = 20_170_908;

jest.setTimeout(3_600_000);

const OTHER_VAULT = "v-2";
const LIST_CATCHES_UP_MS = 20_000;

/** How many operations were repeated, with how many attempts. */
const figures = { repeated: 0, attempts: 0 };
afterAll(() => {
    process.stdout.write(`random operations repeated: ${figures.repeated}, attempts: ${figures.attempts}\n`);
});

test.each(SEED === undefined ? [FIXED_SEED, Math.floor(Math.random() * 2 ** 31)] : [Number(SEED)])(
    `an operation that the engine repeats installs, removes and upgrades nothing twice, and the next one puts all right (seed %d)`,
    async (seed) => {
        await fc.assert(fc.asyncProperty(repetition, play), {
            numRuns: Math.ceil(REPETITIONS / 2),
            endOnFailure: SEED === undefined,
            seed,
        });
    },
);

async function play(history: Repetition): Promise<void> {
    const fleet = new RepeatedFleet(history);
    await fleet.prepare();
    fleet.strike();
    const shown = fleet.shownRemovals();
    await fleet.command();
    figures.repeated += fleet.attempts > 1 ? 1 : 0;
    figures.attempts += fleet.attempts;
    expectPromiseKept(fleet, shown);
    await fleet.recover();
    expect(fleet.stack.duplicateInstalls).toBe(0);
    await fleet.removeAll();
    fleet.expectOnlyForeignLeft();
}

/** What no number of attempts may do. */
function expectPromiseKept(fleet: RepeatedFleet, shown: ReadonlySet<string>): void {
    const { history, stack } = fleet;
    const { operation, faults, unfit, rollout, foreign } = history;
    expect(stack.duplicateInstalls).toBe(0);
    const removals = fleet.begun("UninstallClientsTask");
    expect(removals.filter((clientId) => !shown.has(clientId))).toEqual([]);
    // Work that has failed may be begun again.
    const mayFail =
        unfit.some(({ how }) => !("failInstall" in how)) ||
        faults.some(({ action, kind }) => action !== "CreateClients" && kind.startsWith("task-"));
    for (const clientIds of mayFail ? [] : [removals, fleet.begun("UpgradeClientsTask")])
        expect(clientIds).toEqual([...new Set(clientIds)]);
    expect(fleet.writtenForeign).toEqual([]);
    // Nothing but its task tells whose a client is.
    if (!faults.some(({ kind }) => kind === "task-vanishes")) expect(fleet.refusedOwn).toEqual([]);
    const isRollout = operation === "create" || operation === "update";
    if (isRollout && rollout.pauseAfter !== undefined && foreign === undefined)
        expect(fleet.targets.size).toBeLessThanOrEqual(rollout.waves?.[0] ?? 0);
}

/** A fleet whose operations are repeated, with what is seen from outside. */
class RepeatedFleet {
    readonly stack: VirtualStack;
    /** The clients that somebody else has installed. */
    private readonly foreign: string[] = [];
    /** The instances whose client an attempt has refused although nobody else has installed one. */
    readonly refusedOwn: string[] = [];
    attempts = 1;
    private tasksBefore = 0;
    private readonly all: readonly Instance[];

    constructor(readonly history: Repetition) {
        const { seed, installTime, count } = history;
        this.stack = new VirtualStack({ seed, installTime, world: { vaults: [VAULT, OTHER_VAULT] } });
        this.all = instances(count);
    }

    private get isCreate(): boolean {
        return this.history.operation === "create";
    }

    private get first() {
        const { adoptExisting, removal, timeout } = this.history;
        const __timeouts = timeout === undefined ? {} : { create: timeout, update: timeout, delete: timeout };
        return { adoptExisting, removal, instances: this.all, __timeouts };
    }

    private get program() {
        const { operation, change, upgrades, rollout, isInOtherVault } = this.history;
        const first = { ...this.first, rollout };
        if (operation !== "update")
            return { ...first, ...(!this.isCreate && isInOtherVault && { vaultId: OTHER_VAULT }) };
        const left = this.all.slice(Math.min(change.left, this.all.length - 1));
        const moved = left.map((each, index) =>
            index < change.moved ? { ...each, clusterId: "cl-2" } : each,
        );
        const joined = instances(this.all.length + change.joined).slice(this.all.length);
        return {
            ...first,
            instances: [...moved, ...joined],
            ...(change.triggers && { triggers: [1] }),
            ...(upgrades && { upgrades: "Latest" }),
        };
    }

    async prepare(): Promise<void> {
        const { stack, history } = this;
        if (this.isCreate) for (const each of this.all.slice(0, history.initial)) this.addForeign(each);
        else {
            expect((await stack.up({ ...this.first, __timeouts: {} })).reasons).toEqual([]);
            await stack.up(this.first);
        }
        await stack.clock.sleep(LIST_CATCHES_UP_MS);
        if (history.upgrades && history.operation === "update") {
            stack.simulator.setSwitches({ latestVersion: "2.11.0" });
            await stack.refresh();
        }
        stack.simulator.resetRequests();
        this.tasksBefore = stack.simulator.world().tasks.length;
    }

    private addForeign(target: Instance): void {
        const clientId = `c-foreign-${target.instanceId}`;
        this.stack.simulator.addClient({ vaultId: VAULT, ...target, clientId, status: "ACTIVATED" });
        this.foreign.push(clientId);
    }

    /** Lets things go wrong from now on. */
    strike(): void {
        const { history, stack } = this;
        const { simulator } = stack;
        simulator.setSwitches(history.switches);
        // A list that is behind would not show what somebody else has installed a moment ago.
        if (history.foreign) simulator.setSwitches({ listLag: 0 });
        if (history.perSecond !== undefined)
            simulator.setLimits({ CreateClients: { perSecond: history.perSecond } });
        for (const fault of history.faults) simulator.addFault(fault);
        for (const { instance, how } of history.unfit)
            simulator.patchInstance(this.all[instance]?.instanceId ?? "i-none", how);
        stack.between = () => {
            this.noteRefused();
            if (this.attempts === history.mendedAfter) this.mend();
            if (this.attempts === history.foreign?.after) this.intrude(history.foreign.instance);
            this.attempts += 1;
        };
    }

    private noteRefused(): void {
        const clients = Object.values(this.stack.state?.clients ?? {});
        for (const { errorCode, instanceId } of clients)
            if (errorCode === "ClientAlreadyExists" && !this.foreign.includes(`c-foreign-${instanceId}`))
                this.refusedOwn.push(instanceId);
    }

    /** Somebody else installs a client where there is none, and where no answer of ours was lost. */
    private intrude(index: number): void {
        const { stack } = this;
        const target = this.all[index];
        if (!this.isCreate || !target || stack.state?.clients[target.instanceId]?.owned !== false) return;
        const { clients } = stack.simulator.world();
        if (!clients.some(({ instanceId }) => instanceId === target.instanceId)) this.addForeign(target);
    }

    private mend(): void {
        const { simulator } = this.stack;
        simulator.clearFaults();
        for (const { instanceId } of this.all)
            simulator.patchInstance(instanceId, {
                failInstall: null,
                cloudAssistant: true,
                state: "Running",
            });
    }

    /** The clients whose removal the preview shows. */
    shownRemovals(): ReadonlySet<string> {
        const { state } = this.stack;
        if (!state) return new Set();
        const news = { vaultId: VAULT, ...this.program };
        const { inputs } = canonicalInputs({ ...state }, news, "cn-hangzhou");
        if (!inputs) throw new Error("bad program");
        const isUpdate = this.history.operation === "update";
        return new Set(
            planFleet(isUpdate ? specOf(knownInputs(inputs)) : undefined, stateOf(state)).flatMap(
                ({ kind, entry }) =>
                    kind === "reinstall" || kind === "uninstall" ? (entry?.clientId ?? []) : [],
            ),
        );
    }

    async command(): Promise<void> {
        const { stack, history } = this;
        const { cancelledAfterMs: afterMs } = history;
        const interruption: Interruption | undefined =
            afterMs === undefined ? undefined : { kind: "Ctrl-C", afterMs };
        stack.process = new UnfinishedRuns();
        stack.repeats = history.repeats;
        await this.operate(interruption);
        stack.repeats = 0;
        stack.process = undefined;
    }

    private async operate(interruption: Interruption | undefined): Promise<CommandEnd> {
        const { operation } = this.history;
        if (operation === "create" || operation === "update")
            return this.stack.up(this.program, interruption);
        const removed = await this.stack.destroy(interruption);
        return operation === "destroy" || !removed.ok
            ? removed
            : this.stack.up(this.program, undefined, true);
    }

    /** The next runs put everything right; where the engine has dropped the results, they take over what is there. */
    async recover(): Promise<void> {
        const { stack, history } = this;
        const { operation, installTime } = history;
        this.mend();
        if (this.isDropped) stack.state = undefined;
        await stack.clock.sleep(LIST_CATCHES_UP_MS + (this.isDropped ? 2 * installTime : 0));
        // Its program has no rollout of its own.
        const isOld = operation === "replace" && stack.state?.rollout.batchSize === 20;
        if (operation === "destroy" || isOld) await this.removeAll();
        if (operation === "destroy") return;
        const adopts = this.isDropped && { adoptExisting: true };
        const program = { ...this.program, rollout: {}, __timeouts: {}, ...adopts };
        let end = await stack.up(program);
        for (let turn = 1; turn < 4 && end.infos[0] !== "unchanged"; turn += 1) {
            await stack.clock.sleep(LIST_CATCHES_UP_MS);
            end = await stack.up(program);
        }
        const refused = end.reasons.filter((reason) => reason.includes("ClientAlreadyExists"));
        expect(end.reasons.filter((reason) => !/ClientAlreadyExists|^still to be done/.test(reason))).toEqual(
            [],
        );
        if (!this.mayForget) for (const reason of refused) expect(reason).toContain("c-foreign");
        const active = stack.simulator.world().clients.filter(({ status }) => status === "ACTIVATED");
        const ids = active.map(({ instanceId }) => instanceId);
        expect(ids).toEqual(expect.arrayContaining(program.instances.map(({ instanceId }) => instanceId)));
    }

    private get isDropped(): boolean {
        return this.history.isDropped && this.isCreate;
    }

    /** Whether a task may not tell what has come of it, so that its client may be refused as somebody else's. */
    private get mayForget(): boolean {
        const { faults, adoptExisting } = this.history;
        const isBad = faults.some(
            ({ action, kind }) => action === "CreateClients" && kind.startsWith("task-"),
        );
        return isBad && !adoptExisting;
    }

    async removeAll(): Promise<void> {
        let end = await this.stack.destroy();
        for (let turn = 1; turn < 40 && !end.ok; turn += 1) end = await this.stack.destroy();
        expect(end.reasons).toEqual([]);
    }

    expectOnlyForeignLeft(): void {
        const { clients } = this.stack.simulator.world();
        const agents = clients.filter(({ status }) => !["NOT_INSTALLED", "INSTALL_FAILED"].includes(status));
        const isRefused = !this.history.adoptExisting && !this.isDropped;
        if (!this.mayForget)
            expect(agents.map(({ clientId }) => clientId).sort()).toEqual(
                isRefused ? this.foreign.sort() : [],
            );
    }

    /** The clients of such tasks since the command has begun. */
    begun(name: string): readonly string[] {
        return this.tasks(name).map(({ clientId }) => String(clientId));
    }

    private tasks(name: string) {
        const tasks = this.stack.simulator.world().tasks.slice(this.tasksBefore);
        return tasks.filter((task) => task.name === name).flatMap(({ result }) => result);
    }

    /** What a call has changed, or was to change, of clients of somebody else. */
    get writtenForeign(): readonly string[] {
        const writes = ["UninstallClient", "DeleteClient", "UpgradeClient"];
        return this.stack.simulator
            .requests()
            .log.flatMap(({ action, parameters: { ClientId = "" } }) =>
                writes.includes(action) && this.foreign.includes(ClientId) ? [ClientId] : [],
            );
    }

    /** The instances that a call was to install on, or whose client was upgraded. */
    get targets(): ReadonlySet<string> {
        const { log } = this.stack.simulator.requests();
        const installed = log.flatMap(({ parameters: { ClientInfo = "[]" } }) =>
            (JSON.parse(ClientInfo) as Instance[]).map(({ instanceId }) => instanceId),
        );
        const upgraded = this.tasks("UpgradeClientsTask").map(({ instanceId }) => String(instanceId));
        return new Set([...installed, ...upgraded]);
    }
}

type Instance = ReturnType<typeof instances>[number];
