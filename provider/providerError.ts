/**
 * An error whose text is for the user. The engine shows the message at the resource. The server also prints the error
 * and its stack on the console, which would only repeat the message, so there they name the resource instead.
 */
export class ProviderError extends Error {
    constructor(message: string, cause?: unknown) {
        super(message, { cause });
        this.name = "ProviderError";
        this.stack = onConsole();
    }

    /** Names the resource that the error is of. The code that throws it mostly does not know. */
    of(urn: string | undefined): this {
        this.stack = onConsole(urn);
        return this;
    }

    override toString(): string {
        return ON_CONSOLE;
    }
}

/** The server prints this, a colon, and the stack. */
export const ON_CONSOLE = "pulumi-alicloud-hbr";

/** What the console shows as the stack of an error: which resource says more. */
export function onConsole(urn = ""): string {
    const name = urn.split("::").slice(3).join("::");
    return name === ""
        ? "a resource failed; its own messages say why"
        : `${name} failed; its own messages say why`;
}
