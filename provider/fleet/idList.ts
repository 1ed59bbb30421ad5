/** How many ids a line of text names: a fleet may have thousands. */
export const MOST_IDS = 10;

/** `i-a, i-b (+22)` */
export function idList(ids: readonly string[]): string {
    return ids.slice(0, MOST_IDS).join(", ") + moreThan(MOST_IDS, ids.length);
}

/** ` (+22)`: how many of `count` things are not shown where `most` are; empty where all are. */
export function moreThan(most: number, count: number): string {
    return count > most ? ` (+${count - most})` : "";
}
