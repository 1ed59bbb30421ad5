import { HbrError } from "../hbr/errors";
import type { Halt } from "./halt";

/** Checked immediately before a call. */
export type MayCall = () => boolean;

/**
 * The calls of one operation that work on a single client. The first is made alone, so that an account without the permission
 * gets one error and not one for each client.
 */
export class Writes {
    private first: Promise<unknown> | undefined;

    constructor(private readonly halt: Halt) {}

    /** Makes a call. An account error would recur for every other client, so the run stops. */
    async make<T>(mayCall: MayCall, call: () => Promise<T>): Promise<T | "untried"> {
        if (this.first !== undefined) {
            await this.first;
            return this.attempt(mayCall, call);
        }
        const answer = this.attempt(mayCall, call);
        this.first = answer.catch(() => undefined);
        return answer;
    }

    private async attempt<T>(mayCall: MayCall, call: () => Promise<T>): Promise<T | "untried"> {
        if (!mayCall()) return "untried";
        try {
            return await call();
        } catch (error) {
            if (!(error instanceof HbrError) || error.errorClass !== "account") throw error;
            this.halt.stop(error);
            return "untried";
        }
    }
}
