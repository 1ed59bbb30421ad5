/**
 * TypeDoc reports a comment of a valibot schema as two declarations, both at the same place, because the type that valibot
 * infers goes through two mapped types. Everything else that it warns of is an error (typedoc.json).
 *
 * @param {import("typedoc").Application} app
 */
export function load(app) {
    const warn = app.logger.warn.bind(app.logger);
    app.logger.warn = (message, ...rest) => {
        if (!message.includes("has multiple declarations with a comment")) warn(message, ...rest);
    };
}
