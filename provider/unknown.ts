declare const unknown: unique symbol;

/**
 * A value that a preview does not know yet. It is the engine's placeholder text, with a type of its own: code that
 * needs a text or a number does not compile until {@link isUnknown} has ruled it out.
 */
export interface Unknown {
    readonly [unknown]: true;
}

/** A value that a preview may not know yet. */
export type MaybeUnknown<T> = T | Unknown;

/** The engine's placeholder for a value that is not known yet. */
export const UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9" as string & Unknown;

/** Whether a value is the engine's placeholder. */
export function isUnknown(value: unknown): value is Unknown {
    return value === UNKNOWN_VALUE;
}
