import type { FaultInput } from "../../simulator";
import { fleetOf, type BenchInstance } from "../program/fleet";

/** What the program declares at one time. */
export interface Program {
    readonly instances: readonly BenchInstance[];
    readonly useHttps: boolean;
    readonly triggers: number;
}

const SIZE = 300;
const POOL = 360;
const ACTIONS = [
    "CreateClients",
    "DescribeTask",
    "DescribeClients",
    "UninstallClient",
    "DeleteClient",
] as const;
const FAULTS: readonly Omit<FaultInput, "action">[] = [
    { kind: "throttle", retryAfterMs: 50 },
    { kind: "status", status: 503, code: "ServiceUnavailable" },
    { kind: "reset-before" },
    { kind: "reset-after" },
    { kind: "not-json" },
    { kind: "empty-body" },
    { kind: "slow-body", ms: 300 },
];
const TASK_FAULTS: readonly FaultInput["kind"][] = ["task-failed", "task-cancelled", "task-vanishes"];
const BROKEN = ["NOT_INSTALLED", "DEACTIVATED", "INSTALL_FAILED", "UNINSTALL_FAILED"] as const;

/** Random choices, repeatable by the seed. */
export class Chance {
    constructor(private readonly random: () => number) {}

    happens(probability: number): boolean {
        return this.random() < probability;
    }

    upTo(count: number): number {
        return Math.floor(this.random() * (count + 1));
    }

    oneOf<T>(items: readonly T[]): T {
        const item = items[Math.floor(this.random() * items.length)];
        if (item === undefined) throw new Error("there is nothing to choose from");
        return item;
    }

    some<T>(items: readonly T[], atMost: number): T[] {
        const left = [...items];
        return Array.from({ length: Math.min(this.upTo(atMost), left.length) }, () => {
            const [item] = left.splice(this.upTo(left.length - 1), 1);
            return item as T;
        });
    }

    firstProgram(): Program {
        return { instances: fleetOf(SIZE), useHttps: true, triggers: 0 };
    }

    /** Adds, removes and moves some instances. Now and then, changes a setting for all. */
    change({ instances, useHttps, triggers }: Program): Program {
        const leaving = new Set(this.some(instances, 10).map(({ instanceId }) => instanceId));
        const moving = new Set(this.some(instances, 5).map(({ instanceId }) => instanceId));
        const declared = new Set(instances.map(({ instanceId }) => instanceId));
        const free = fleetOf(POOL).filter(({ instanceId }) => !declared.has(instanceId));
        const staying = instances.filter(({ instanceId }) => !leaving.has(instanceId));
        const moved = staying.map((each) =>
            moving.has(each.instanceId) ? { ...each, clusterId: `cl-000moved${this.upTo(3)}` } : each,
        );
        return {
            instances: [...moved, ...this.some(free, SIZE + 10 - moved.length)],
            useHttps: this.happens(0.05) ? !useHttps : useHttps,
            triggers: this.happens(0.03) ? triggers + 1 : triggers,
        };
    }

    faults(): FaultInput[] {
        const count = this.happens(0.5) ? this.upTo(3) : 0;
        return Array.from({ length: count }, () => this.fault());
    }

    brokenStatus(): string {
        return this.oneOf(BROKEN);
    }

    private fault(): FaultInput {
        const when = { after: this.upTo(6), times: 1 + this.upTo(2) };
        return this.happens(0.2)
            ? { action: "CreateClients", kind: this.oneOf(TASK_FAULTS), ...when }
            : { action: this.oneOf(ACTIONS), ...this.oneOf(FAULTS), ...when };
    }
}
