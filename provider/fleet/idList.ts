/** How many ids a line of text names: a fleet may have thousands. */
export const MOST_IDS = 10;

/** `i-a, i-b (+22)` */
export function idList(ids: readonly string[]): string {
    return ids.slice(0, MOST_IDS).join(", ") + andMore(ids.length - MOST_IDS);
}

/** ` (+22)` for so many that are not shown; empty where there are none. */
export function andMore(hidden: number): string {
    return hidden > 0 ? ` (+${hidden})` : "";
}
