import { together } from "../async";
import type { HbrError } from "../hbr/errors";
import type { InstallOrder } from "./goal";
import { withoutIds } from "./halt";

/** Makes one call for these instances, and returns whether it was refused like the others. */
export type Probe = (orders: readonly InstallOrder[]) => Promise<"alike" | "otherwise">;

/**
 * Keeps the number of calls small if the service refuses every one with the same error. Bisecting alone would end at every
 * single instance of a request that is wrong as a whole. So the first refusal starts probes: its batch is halved down to one
 * instance, with both halves tried at each level. Then come one instance of each other batch, and one for each cluster,
 * source type and access key not tried before. All other calls wait meanwhile. Once a call gets through, or is refused with
 * another error, every refused batch is bisected to the end.
 */
export class Refusals {
    private batches: readonly (readonly InstallOrder[])[] = [];
    private refusal: string | undefined;
    private isMixed = false;
    private probing: Promise<boolean> | undefined;
    private isProbing = false;
    private readonly underWay = new Set<Promise<unknown>>();
    /** Instances that were sent alone in a call. */
    private readonly alone = new Set<string>();
    /** Instances that a probe handles, and when it finishes with them. */
    private readonly probed = new Map<string, Promise<void>>();

    /** Waits until the probes have finished with all instances that they handle. */
    async settled(): Promise<void> {
        await together([...new Set(this.probed.values())]);
    }

    /** Sets the batches to be submitted. Their instances have no agent, so a probe may try any of them. */
    expect(batches: readonly (readonly InstallOrder[])[]): void {
        this.batches = batches;
    }

    /** Notes that a call got through, or may have: not everything is refused. */
    mixed(): void {
        this.isMixed = true;
    }

    /**
     * Set while probes are made; resolves to whether all calls are refused. Every other call waits for their end, because
     * they may try its instances.
     */
    get probes(): Promise<boolean> | undefined {
        return this.isProbing ? this.probing : undefined;
    }

    /** Makes a call. No probe tries its instances before it is answered. */
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

    /** When a probe finishes with an instance; undefined if no probe handles it. */
    endOf(order: InstallOrder): Promise<void> | undefined {
        return this.probed.get(idOf(order));
    }

    /** Marks instances as handled by a probe until `work` ends. */
    dealtWith(orders: readonly InstallOrder[], work: Promise<void>): void {
        work.catch(() => undefined);
        for (const order of orders) this.probed.set(idOf(order), work);
    }

    /** Forgets that a probe has handled instances: they are booting, and tried again. */
    forget(orders: readonly InstallOrder[]): void {
        for (const order of orders) this.probed.delete(idOf(order));
    }

    /**
     * Whether all calls are refused with the same error, so that no other is worth making. The first caller starts the
     * probes.
     */
    async areAlike(orders: readonly InstallOrder[], error: HbrError, probe: Probe): Promise<boolean> {
        this.noteAlone(orders);
        if (!this.note(orders, error)) return false;
        this.probing ??= this.find(orders, probe);
        return (await this.probing) && !this.isMixed;
    }

    /** Notes a refusal, and returns whether it matches all earlier ones. */
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

/** What a refusal may be about without naming it. */
function valuesOf({ declared, accessKeyId }: InstallOrder): readonly string[] {
    return [
        `cluster ${declared.clusterId ?? ""}`,
        `key ${accessKeyId ?? ""}`,
        ...declared.sourceTypes.map((type) => `type ${type}`),
    ];
}
