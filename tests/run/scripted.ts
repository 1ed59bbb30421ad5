import type { ClientEntry, FleetSpec, ObservedClient } from "../../provider/fleet/model";
import type {
    ClientQuery,
    CreateClientsAnswer,
    CreateClientsRequest,
    HbrApi,
    TaskRecord,
} from "../../provider/hbr/port";
import { Troubles } from "../../provider/hbr/troubles";
import type { RunContext } from "../../provider/run/context";
import type { RunGoal } from "../../provider/run/goal";
import { Halt } from "../../provider/run/halt";
import { InFlight } from "../../provider/run/inFlight";
import { Lanes } from "../../provider/run/lanes";
import { FleetRecord } from "../../provider/run/record";
import { Reporter } from "../../provider/run/reporter";
import { Additions } from "../../provider/run/additions";
import { ReadBack } from "../../provider/run/readBack";
import { SharedReadings } from "../../provider/run/readings";
import { SharedPolls } from "../../provider/run/sharedPolls";
import { Vault } from "../../provider/run/vault";
import { ClientWatch } from "../../provider/run/watch";
import { spec, state } from "../fleet/builders";
import { seededRandom, VirtualClock } from "../support/virtualClock";
import { Planner } from "../../provider/run/planner";
import type { Plan } from "../../provider/fleet/plan";

/** What the service shows at a time (ms since the beginning). */
export interface Script {
    /** @param writes the calls that were made so far: `uninstall c-1` */
    readonly clients: (at: number, writes: readonly string[]) => readonly ObservedClient[];
    /** The error of a write; by default it is taken. */
    readonly refuse?: (write: string, writes: readonly string[]) => Error | undefined;
    /** The answer to an installation on these instances, or its error; `calls`: how many there were before. */
    readonly create?: (
        request: CreateClientsRequest,
        calls: number,
    ) => CreateClientsAnswer | Error | Promise<CreateClientsAnswer>;
    /** What it says about the task, or the error of asking for it; by default it is running. */
    readonly task?: (at: number) => Partial<TaskRecord> | Error;
    readonly entries?: readonly ClientEntry[];
    /** Absent for a destroy. */
    readonly declared?: FleetSpec;
    readonly goal?: Partial<RunGoal>;
}

/** The parts of a run, on virtual time, with a service that shows what a script says. */
export class ScriptedRun {
    readonly clock = new VirtualClock();
    /** When a task was asked for (ms since the beginning). */
    readonly tasksAsked: number[] = [];
    readonly statuses: string[] = [];
    readonly warnings: string[] = [];
    readonly infos: string[] = [];
    /** The calls that change something: `uninstall c-1`, `install i-1,i-2`. */
    readonly writes: string[] = [];
    readonly api: HbrApi;
    readonly run: RunContext;
    readonly #startedAt = this.clock.now();

    constructor(script: Script) {
        const { clock } = this;
        const { entries = [], declared } = script;
        const recorded = state(entries, declared ?? spec([]));
        const rollout = { batchSize: 20, batches: 4, inFlight: 80, isCut: false };
        const goal: RunGoal = {
            vaultId: "v-1",
            ...(declared && { declared }),
            recorded,
            previewed: script.goal?.recorded ?? recorded,
            rollout,
            soakMs: 0,
            bootMs: 0,
            pausesAfterFirst: false,
            isReplacement: false,
            installSettings: {},
            ...script.goal,
        };
        const { signal } = new AbortController();
        const random = seededRandom(1);
        this.api = this.#scripted(script);
        const vault = new Vault({ api: this.api, clock, signal }, goal);
        const record = new FleetRecord(recorded.clients);
        const ignore = (): void => undefined;
        const status = (text: string): void => void this.statuses.push(text);
        const warning = (text: string): void => void this.warnings.push(text);
        const info = (text: string): void => void this.infos.push(text);
        const log = { info, warning, debug: ignore, status };
        const watch = new ClientWatch(() => vault.clients(), clock, random, signal);
        const readings = new SharedReadings(watch, (page) => vault.clientsOnPage(page), clock);
        const polls = new SharedPolls(readings, clock);
        this.run = {
            clock,
            random,
            signal,
            goal,
            vault,
            watch,
            additions: new Additions(watch, (known) => vault.clientsAfter(known), clock),
            polls,
            readBack: new ReadBack(readings, polls, clock),
            record,
            reporter: new Reporter(log, clock, record, new Troubles(clock)),
            halt: new Halt(),
            inFlight: new InFlight(rollout.inFlight, signal),
            lanes: new Lanes(rollout, () => -Infinity, clock, signal),
        };
    }

    /** Plans by the list of this moment, and records the plan, as a run does. */
    async plan(): Promise<{ readonly planner: Planner; readonly plan: Plan }> {
        const planner = new Planner(this.run);
        const { index } = await this.run.watch.look();
        const plan = planner.plan(index);
        planner.apply(plan);
        return { planner, plan };
    }

    /** The time since the beginning (ms). */
    get elapsedMs(): number {
        return this.clock.now() - this.#startedAt;
    }

    /** The remarks of the run, each with its severity. */
    remarks(): readonly string[] {
        this.run.reporter.tellRemarks();
        return [...this.infos, ...this.warnings.map((text) => `warning: ${text}`)];
    }

    #scripted({ clients, refuse, create, task = () => ({}) }: Script): HbrApi {
        const write =
            (operation: string) =>
            ({ clientId }: ObservedClient): Promise<{ readonly taskId: string }> => {
                const call = `${operation} ${clientId}`;
                this.writes.push(call);
                const error = refuse?.(call, this.writes);
                return error ? Promise.reject(error) : Promise.resolve({ taskId: `t-${call}` });
            };
        return {
            createClients: (request: CreateClientsRequest) => {
                const calls = this.writes.length;
                this.writes.push(`install ${request.targets.map(({ instanceId }) => instanceId).join()}`);
                const answer = create?.(request, calls) ?? { taskId: "t-1", instanceStatuses: [] };
                return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
            },
            uninstallClient: write("uninstall"),
            deleteClient: (client: ObservedClient) => write("delete")(client).then(() => undefined),
            upgradeClient: write("upgrade"),
            describeClients: ({ clientId, pageNumber, pageSize }: ClientQuery) => {
                const all = clients(this.elapsedMs, this.writes);
                const shown = all.filter((client) => clientId === undefined || client.clientId === clientId);
                const page = shown.slice((pageNumber - 1) * pageSize, pageNumber * pageSize);
                return Promise.resolve({ clients: page, totalCount: shown.length });
            },
            describeTask: (taskId: string) => {
                this.tasksAsked.push(this.elapsedMs);
                const report = task(this.elapsedMs);
                if (report instanceof Error) return Promise.reject(report);
                return Promise.resolve({ taskId, state: "running", results: [], ...report });
            },
        } as unknown as HbrApi;
    }
}
