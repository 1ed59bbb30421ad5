declare const unknown: unique symbol;

/**
 * A value that is not known yet, as a preview has it. It is the engine's own placeholder text, and yet a type of its
 * own: nothing that wants a text, or a number, takes it before {@link isUnknown} has been asked.
 */
export interface Unknown {
    readonly [unknown]: true;
}

/** A value, or in a preview the one that stands for it. */
export type MaybeUnknown<T> = T | Unknown;

/** The engine's placeholder. */
export const UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9" as string & Unknown;

/** Whether a value is the engine's placeholder for one that is not known yet. */
export function isUnknown(value: unknown): value is Unknown {
    return value === UNKNOWN_VALUE;
}
