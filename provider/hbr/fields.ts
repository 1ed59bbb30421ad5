import * as v from "valibot";

import { requestIdOf, shownWord } from "./secrets";

/** Schemas of the fields that answers have. All but ids are left out where they are of the wrong type. */

const word = v.pipe(v.string(), v.transform(shownWord), v.nonEmpty());

/** Ids; a number is taken as text. One that is longer than any text we show is none: cut, it would be another. */
export const id = v.pipe(
    v.union([
        v.string(),
        v.pipe(
            v.number(),
            v.transform((value) => String(value)),
        ),
    ]),
    v.maxLength(200),
    word,
);

/** Texts that describe something, fit to be shown. */
export const text = v.fallback(v.optional(v.union([word, v.undefined()])), undefined);

/** Texts that are still to be freed of secrets, which does the rest too. */
export const rawText = v.fallback(v.optional(v.pipe(v.string(), v.trim(), v.nonEmpty())), undefined);

export const requestId = v.pipe(v.optional(v.unknown()), v.transform(requestIdOf));

/** Whole numbers, also as text. */
export const integer = v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.trim(), v.regex(/^-?\d{1,16}$/), v.transform(Number))]),
    v.safeInteger(),
);

/** Booleans, also as text in any case. */
export const flag = v.fallback(
    v.optional(
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
    ),
    undefined,
);

/** Seconds since the epoch, as milliseconds; what is too big to be seconds is milliseconds already. */
export const seconds = v.fallback(
    v.optional(
        v.pipe(
            integer,
            v.minValue(1),
            v.transform((value) => (value > 100_000_000_000 ? value : value * 1_000)),
        ),
    ),
    undefined,
);
