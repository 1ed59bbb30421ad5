import { SettingsError } from "./config/objects";
import { currentSettings } from "./config/settings";
import type { ResourceLog } from "./engine";
import { HbrError } from "./hbr/errors";
import { KnownSecrets, redact, stackOf } from "./hbr/secrets";
import { Interrupted } from "./interrupted";
import { ProviderError } from "./providerError";
import { AgentsKept, AllRefused, TooManyFailures } from "./run/halt";

/** The errors whose text was written for the user. */
const EXPECTED = [
    ProviderError,
    HbrError,
    SettingsError,
    Interrupted,
    AllRefused,
    TooManyFailures,
    AgentsKept,
] as const;

export function isExpected(error: unknown): boolean {
    return EXPECTED.some((known) => error instanceof known);
}

/** What is said of an error that is not expected, and so is a fault of this package. It holds no secret. */
export interface Fault {
    /** For the user. */
    readonly sentence: string;
    /** For those who look for the fault; several lines. */
    readonly stack: string;
}

/** @param secrets access keys of clients; no text shows them, nor the provider's own keys */
export function faultOf(error: unknown, secrets: Iterable<string> = []): Fault {
    const known = new KnownSecrets([...secrets, ...ownKeys()]);
    const redacted = (text: string): string => redact(text, known);
    const what = redacted(String(error));
    return {
        sentence: `${what}: this is a fault in pulumi-alicloud-hbr; please report it, with the stack that the same command shows with --debug`,
        stack: stackOf(error, redacted),
    };
}

/** Returns an error whose text is for the user. The stack of one that is not expected goes into the debug log. */
export function explained(
    error: unknown,
    log: Pick<ResourceLog, "debug">,
    secrets: Iterable<string>,
): unknown {
    if (isExpected(error)) return error;
    const { sentence, stack } = faultOf(error, secrets);
    log.debug(stack);
    return new ProviderError(sentence);
}

/** The provider's own keys, as far as the configuration holds them. */
function ownKeys(): string[] {
    try {
        const { identity } = currentSettings();
        if (identity.kind !== "static") return [];
        const { accessKeyId, accessKeySecret, securityToken = "" } = identity;
        return [accessKeyId, accessKeySecret, securityToken];
    } catch {
        // A configuration with a wrong value is reported elsewhere.
        return [];
    }
}

/** The access keys of clients anywhere in the properties of a resource, whatever their form. */
export function keysIn(value: unknown): string[] {
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([name, each]: [string, unknown]) =>
        typeof each === "string" && /^accessKey(Id|Secret)$/.test(name) ? [each] : keysIn(each),
    );
}
