/**
 * An error whose text is for the user. The engine shows the message at the resource. The server also prints the error
 * and its stack on the console, which would only repeat the message, so both are shortened here.
 */
export class ProviderError extends Error {
    constructor(message: string, cause?: unknown) {
        super(message, { cause });
        this.name = "ProviderError";
        this.stack = "an error, shown at its resource";
    }

    override toString(): string {
        return "pulumi-alicloud-hbr";
    }
}
