/** Lets the first call of a kind go alone: an account that may not make it is told so once, and not for each client. */
export class FirstAlone {
    private first: Promise<unknown> | undefined;

    async do<T>(call: () => Promise<T>): Promise<T> {
        if (this.first !== undefined) {
            await this.first;
            return call();
        }
        const answer = call();
        this.first = answer.catch(() => undefined);
        return answer;
    }
}
