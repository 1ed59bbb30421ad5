/** The anchors that GitHub gives to the headings of one page. */
export class Slugger {
    readonly #used = new Map<string, number>();

    slug(heading: string): string {
        const plain = heading
            .trim()
            .toLowerCase()
            .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
            .replaceAll(" ", "-");
        const times = this.#used.get(plain) ?? 0;
        this.#used.set(plain, times + 1);
        if (times === 0) return plain;
        const numbered = `${plain}-${times}`;
        this.#used.set(numbered, 1);
        return numbered;
    }
}
