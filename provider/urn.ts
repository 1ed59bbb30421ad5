/** The name of the resource in a URN. */
export function nameIn(urn: string): string {
    return urn.split("::").at(-1) ?? urn;
}
