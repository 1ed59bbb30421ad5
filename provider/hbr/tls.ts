import { OWN_CODES } from "../fleet/codes";

/**
 * Codes of Node for a certificate or a protocol that does not fit. The request has not been sent, nor will be the next
 * time. A failed handshake is EPROTO; most of ERR_SSL_… concern an open connection, on which it may have been sent.
 */
const TLS_CODES: readonly (readonly [RegExp, string])[] = [
    [/^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/, OWN_CODES.outOfDate],
    [/^ERR_TLS_CERT_ALTNAME_/, OWN_CODES.otherHost],
    [
        /^(DEPTH_ZERO_SELF_SIGNED_|SELF_SIGNED_|UNABLE_TO_(GET_ISSUER_|VERIFY_LEAF_)|CERT_UNTRUSTED$)/,
        OWN_CODES.untrusted,
    ],
    [/^(CERT_|UNABLE_TO_|ERR_TLS_|ERR_SSL_.*(CERTIFICATE|UNKNOWN_CA)|EPROTO$)/, OWN_CODES.tls],
];

/** The error code for a code of Node; `undefined` if that does not concern TLS. */
export function tlsFailureOf(nodeCode: string): string | undefined {
    return TLS_CODES.find(([pattern]) => pattern.test(nodeCode))?.[1];
}

/** Whether an error code is one of those that {@link tlsFailureOf} returns. */
export function isTlsFailure(code: string): boolean {
    return TLS_CODES.some(([, failure]) => failure === code);
}
