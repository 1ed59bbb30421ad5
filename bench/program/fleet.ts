/** An instance of the measured fleets: SAP HANA systems with 40 hosts each. IDs are as long as the service's own. */
export interface BenchInstance {
    readonly instanceId: string;
    readonly clusterId: string;
}

const HOSTS = 40;
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

export function fleetOf(count: number, first = 0): BenchInstance[] {
    return Array.from({ length: count }, (_, index) => instance(first + index));
}

function instance(number: number): BenchInstance {
    const cluster = Math.floor(number / HOSTS);
    return { instanceId: `i-bp1${text(number, 17)}`, clusterId: `cl-000${text(cluster, 17)}` };
}

/** A string like one of the service's IDs: the number, preceded by letters that differ from the first one on. */
function text(number: number, length: number): string {
    let state = (number * 2_654_435_761 + 12_345) >>> 0;
    const letters = Array.from({ length: length - 6 }, () => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        return LETTERS[Math.floor((state / 2 ** 32) * LETTERS.length)] ?? "x";
    });
    return letters.join("") + String(number).padStart(6, "0");
}
