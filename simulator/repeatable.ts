import { createHash } from "node:crypto";

const ID_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";

/**
 * IDs and random values that depend on the seed and their purpose, not on the order of requests. A run is therefore
 * repeatable even if requests arrive in parallel.
 */
export class Repeatable {
    readonly #seed: number;

    constructor(seed: number) {
        this.#seed = seed;
    }

    /** An ID such as `c-000h9x5t02vhyksf1x7k`. */
    id(prefix: string, ...subject: readonly (string | number)[]): string {
        const digits = Array.from(this.#digest(subject).subarray(0, 17), (byte) => ID_ALPHABET[byte % 36]);
        return `${prefix}-000${digits.join("")}`;
    }

    /** A number from 0 (inclusive) to 1 (exclusive). */
    fraction(...subject: readonly (string | number)[]): number {
        return this.#digest(subject).readUInt32BE(0) / 0x1_0000_0000;
    }

    /** A request ID in the service's format: an upper-case UUID. */
    requestId(serial: number): string {
        const hex = this.#digest(["request", serial]).toString("hex").toUpperCase();
        return [
            hex.slice(0, 8),
            hex.slice(8, 12),
            hex.slice(12, 16),
            hex.slice(16, 20),
            hex.slice(20, 32),
        ].join("-");
    }

    #digest(subject: readonly (string | number)[]): Buffer {
        return createHash("sha1")
            .update([this.#seed, ...subject].join("\0"))
            .digest();
    }
}
