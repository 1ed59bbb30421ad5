import { KnownSecrets, redact, type Redactor } from "../../provider/hbr/secrets";

/** What makes texts fit to be shown where just these secrets are known. */
export function hiding(...secrets: readonly string[]): Redactor {
    const known = new KnownSecrets(secrets);
    return (text) => redact(text, known);
}
