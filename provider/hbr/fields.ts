import * as v from "valibot";

import { requestIdOf, shownWord } from "./secrets";

/** Schemas for the fields of answers. A field of the wrong type reads as absent, unless it identifies something. */

/** What is absent, or does not fit the schema, reads as `undefined`. */
export function orAbsent<T>(schema: v.GenericSchema<unknown, T>): v.GenericSchema<unknown, T | undefined> {
    return v.fallback(v.optional(schema), undefined);
}

const word = v.pipe(v.string(), v.transform(shownWord), v.nonEmpty());

/** An ID; a number is read as text. One too long to be shown is none, because a part of it would be another ID. */
export const id = v.pipe(
    v.union([v.string(), v.pipe(v.number(), v.transform(String))]),
    v.maxLength(200),
    word,
);

/** A descriptive text, fit to be shown. */
export const text = orAbsent(word);

/** A text that is still to be redacted, which makes it fit to be shown too. */
export const rawText = orAbsent(v.pipe(v.string(), v.trim(), v.nonEmpty()));

export const requestId = v.pipe(v.optional(v.unknown()), v.transform(requestIdOf));

/** A number, also as text in this form. */
export function numeric(form: RegExp): v.GenericSchema<unknown, number> {
    return v.union([v.number(), v.pipe(v.string(), v.trim(), v.regex(form), v.transform(Number))]);
}

const integer = v.pipe(numeric(/^-?\d{1,16}$/), v.safeInteger());

/** A number of things. */
export const count = orAbsent(v.pipe(integer, v.minValue(0)));

/** A boolean, also as text in any case. */
export const flag = orAbsent(
    v.union([
        v.boolean(),
        v.pipe(
            v.string(),
            v.trim(),
            v.toLowerCase(),
            v.picklist(["true", "false"]),
            v.transform((value) => value === "true"),
        ),
    ]),
);

/** Seconds since the epoch, as milliseconds. A value too large for seconds is milliseconds already. */
export const seconds = orAbsent(
    v.pipe(
        integer,
        v.minValue(1),
        v.transform((value) => (value > 100_000_000_000 ? value : value * 1_000)),
    ),
);
