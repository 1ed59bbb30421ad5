import { together } from "../async";
import type { HbrError } from "../hbr/errors";
import type { InstallOrder } from "./goal";
import { withoutIds } from "./halt";

/** Makes one call for these instances; whether it was refused like the others. */
export type Probe = (orders: readonly InstallOrder[]) => Promise<"alike" | "otherwise">;

/**
 * Keeps the calls few where the service refuses every one with the same error: halving a request that is wrong as a whole
 * would otherwise end at each single instance. After the first refusal, probes find out: its batch is halved down to one
 * instance, with both halves tried at each level; then one instance of each other batch, and one for each cluster, source
 * type and access key that was not among them. All other calls wait meanwhile. Once anything gets through, or is refused
 * with another error, every refused batch is halved to the end.
 */
export class Refusals {
    private batches: readonly (readonly InstallOrder[])[] = [];
    private refusal: string | undefined;
    private isMixed = false;
    private probing: Promise<boolean> | undefined;
    private isProbing = false;
    private readonly underWay = new Set<Promise<unknown>>();
    /** Instances that had a call of their own. */
    private readonly alone = new Set<string>();
    /** Instances that a probe has dealt with, and when it is done with them. */
    private readonly probed = new Map<string, Promise<void>>();

    /** Waits until the probes are done with all that they have dealt with. */
    async settled(): Promise<void> {
        await together([...new Set(this.probed.values())]);
    }

    /** Sets what is to be submitted: instances without an agent, so that a probe may try any of them. */
    expect(batches: readonly (readonly InstallOrder[])[]): void {
        this.batches = batches;
    }

    /** Something got through, or may have: not everything is refused. */
    mixed(): void {
        this.isMixed = true;
    }

    /** Set while probes are made: every other call waits for their end, because they may try its instances. */
    get probes(): Promise<unknown> | undefined {
        return this.isProbing ? this.probing : undefined;
    }

    /** A call under way; no probe tries its instances before the answer is there. */
    async during<T>(call: () => Promise<T>): Promise<T> {
        const answer = call();
        const settled = answer.catch(() => undefined);
        this.underWay.add(settled);
        try {
            return await answer;
        } finally {
            this.underWay.delete(settled);
        }
    }

    /** When a probe is done with an instance that it has dealt with. */
    endOf(order: InstallOrder): Promise<void> | undefined {
        return this.probed.get(idOf(order));
    }

    /** A probe deals with these instances, until the end of `work`. */
    dealtWith(orders: readonly InstallOrder[], work: Promise<void>): void {
        work.catch(() => undefined);
        for (const order of orders) this.probed.set(idOf(order), work);
    }

    /** Whether all calls are refused with the same error, so that no other is worth making. The first who asks has it probed. */
    async areAlike(orders: readonly InstallOrder[], error: HbrError, probe: Probe): Promise<boolean> {
        this.noteAlone(orders);
        if (!this.note(orders, error)) return false;
        this.probing ??= this.find(orders, probe);
        return (await this.probing) && !this.isMixed;
    }

    /** Takes a refusal down; whether it says what all before it have said. */
    note(orders: readonly InstallOrder[], error: HbrError): boolean {
        const refusal = `${error.code}: ${withoutIds(error.text)}`;
        this.refusal ??= refusal;
        const namesOne = orders.some(({ declared }) => error.text.includes(declared.instanceId));
        const mayPass = error.errorClass !== "rejected" && error.errorClass !== "notFound";
        this.isMixed ||= refusal !== this.refusal || namesOne || mayPass || error.about === "instance";
        return !this.isMixed;
    }

    private noteAlone(orders: readonly InstallOrder[]): void {
        const [first, ...others] = orders;
        if (first !== undefined && others.length === 0) this.alone.add(idOf(first));
    }

    private async find(orders: readonly InstallOrder[], probe: Probe): Promise<boolean> {
        this.isProbing = true;
        try {
            await Promise.all(this.underWay);
            return await this.tryAll(orders, probe);
        } finally {
            this.isProbing = false;
        }
    }

    private async tryAll(orders: readonly InstallOrder[], probe: Probe): Promise<boolean> {
        const isRefused = async (group: readonly InstallOrder[]): Promise<boolean> => {
            if (this.isMixed) return false;
            this.noteAlone(group);
            if ((await probe(group)) === "otherwise") this.isMixed = true;
            return !this.isMixed;
        };
        for (let group = orders; group.length > 1;) {
            const middle = Math.ceil(group.length / 2);
            const half = group.slice(0, middle);
            if (!(await isRefused(group.slice(middle))) || !(await isRefused(half))) return false;
            group = half;
        }
        for (const order of this.samples(orders)) if (!(await isRefused([order]))) return false;
        return !this.isMixed;
    }

    private samples(own: readonly InstallOrder[]): readonly InstallOrder[] {
        const ownIds = new Set(own.map(idOf));
        const batches = [
            own,
            ...this.batches.filter((batch) => !batch.some((order) => ownIds.has(idOf(order)))),
        ];
        const isTried = (order: InstallOrder): boolean => this.alone.has(idOf(order));
        const first = batches.flatMap((batch) => (batch.some(isTried) ? [] : batch.slice(0, 1)));
        const all = batches.flat();
        const known = new Set([...first, ...all.filter(isTried)].flatMap(valuesOf));
        const further = all.filter((order) => {
            const fresh = valuesOf(order).filter((value) => !known.has(value));
            for (const value of fresh) known.add(value);
            return fresh.length > 0;
        });
        return [...first, ...further];
    }
}

function idOf({ declared }: InstallOrder): string {
    return declared.instanceId;
}

/** What a refusal may be about without saying so. */
function valuesOf({ declared, accessKeyId }: InstallOrder): readonly string[] {
    return [
        `cluster ${declared.clusterId ?? ""}`,
        `key ${accessKeyId ?? ""}`,
        ...declared.sourceTypes.map((type) => `type ${type}`),
    ];
}
