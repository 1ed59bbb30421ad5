import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";

/** A certificate, with those of its authorities behind it, and its private key; both in PEM. */
export interface TlsOptions {
    readonly cert: string;
    readonly key: string;
}

export interface TlsFault {
    /** The option that is wrong. */
    readonly of: keyof TlsOptions;
    readonly reason: string;
}

/** What is wrong with a certificate and its key; undefined if a server can use them. */
export function tlsFault({ cert, key }: TlsOptions): TlsFault | undefined {
    const ofCert = failureOf(() => [createSecureContext({ cert }), new X509Certificate(cert)]);
    if (ofCert !== undefined) return { of: "cert", reason: `not a certificate in PEM (${ofCert})` };
    const ofKey = failureOf(() => [createSecureContext({ key }), createPrivateKey(key)]);
    if (ofKey !== undefined)
        return { of: "key", reason: `not a private key in PEM without a passphrase (${ofKey})` };
    // A server would take a key of another kind (RSA, elliptic curve), and then refuse every connection.
    const fits = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
    return fits ? undefined : { of: "key", reason: "not the private key of the certificate" };
}

/** Why OpenSSL does not take something. */
function failureOf(use: () => unknown): string | undefined {
    try {
        use();
        return undefined;
    } catch (error) {
        const { reason } = error as { readonly reason?: unknown };
        return String(reason ?? error);
    }
}
