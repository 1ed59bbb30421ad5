import type { HbrError } from "../hbr/errors";
import type { InstallOrder } from "./install";
import { together } from "../async";

/** Makes one call for these instances, and says whether it was refused like the others. */
export type Probe = (orders: readonly InstallOrder[]) => Promise<"alike" | "otherwise">;

/**
 * Keeps the calls few where every one of them is refused alike: a request that is wrong as a whole would otherwise be
 * halved down to each single instance. After the first refusal its batch is halved down to one instance, with both
 * halves tried at each level; then one instance of each other batch, and one for each cluster, source type and access
 * key that was not among them. Every other lane waits. As soon as anything gets through, or is refused otherwise, all
 * halve to the end.
 */
export class Refusals {
    private batches: readonly (readonly InstallOrder[])[] = [];
    private refusal: string | undefined;
    private isMixed = false;
    private verdict: Promise<boolean> | undefined;
    private isFinding = false;
    private readonly underWay = new Set<Promise<unknown>>();
    /** Instances that had a call of their own. */
    private readonly alone = new Set<string>();
    /** Instances that a probe has dealt with, and when it is done with them. */
    private readonly probed = new Map<string, Promise<void>>();

    /** Waits until the probes are done with all that they have dealt with: nothing goes on behind a run's back. */
    async settled(): Promise<void> {
        await together([...new Set(this.probed.values())]);
    }

    /** Tells what is to be submitted: instances without an agent, so that any of them may be tried. */
    expect(batches: readonly (readonly InstallOrder[])[]): void {
        this.batches = batches;
    }

    /** Something got through, or may have: what is refused is not refused for all. */
    mixed(): void {
        this.isMixed = true;
    }

    /** Set while a lane finds out: no other may begin a call, as its instances may be tried. */
    get finding(): Promise<unknown> | undefined {
        return this.isFinding ? this.verdict : undefined;
    }

    /** A call under way: none of its instances is tried before its answer is there. */
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

    /** What becomes of an instance that a probe has dealt with. */
    endOf(order: InstallOrder): Promise<void> | undefined {
        return this.probed.get(idOf(order));
    }

    /** A probe deals with these instances; it is done with them at the end of `work`. */
    dealtWith(orders: readonly InstallOrder[], work: Promise<void>): void {
        work.catch(() => undefined);
        for (const order of orders) this.probed.set(idOf(order), work);
    }

    /**
     * Whether all calls are refused alike, so that none of the others is worth making. One lane finds out, and the
     * others wait for it.
     */
    async areAlike(orders: readonly InstallOrder[], error: HbrError, probe: Probe): Promise<boolean> {
        this.noteAlone(orders);
        if (!this.isLikeOthers(orders, error)) return false;
        this.verdict ??= this.find(orders, probe);
        return (await this.verdict) && !this.isMixed;
    }

    /** Whether an error says what all before it have said. */
    isLikeOthers(orders: readonly InstallOrder[], error: HbrError): boolean {
        const refusal = `${error.code}: ${comparable(error.text)}`;
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
        this.isFinding = true;
        try {
            await Promise.all(this.underWay);
            return await this.tryAll(orders, probe);
        } finally {
            this.isFinding = false;
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

/** What a refusal can be about without saying so. */
function valuesOf({ declared, accessKeyId }: InstallOrder): readonly string[] {
    return [
        `cluster ${declared.clusterId ?? ""}`,
        `key ${accessKeyId ?? ""}`,
        ...declared.sourceTypes.map((type) => `type ${type}`),
    ];
}

/** A text without what is different in each answer: the ids of requests and tasks. */
export function comparable(text: string): string {
    return text
        .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, "…")
        .replace(/\bt-[0-9a-z]{8,}\b/gi, "…");
}
