import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { DATE_WINDOW_MS, expiredDate, unknownKey } from "./access";
import { ServiceError } from "./errors";
import { NonceStore } from "./nonces";

/** A request as received, for verifying its signature. */
export interface WireRequest {
    readonly method: string;
    readonly path: string;
    /** The part after the question mark, not decoded. */
    readonly rawQuery: string;
    /** By lower-case name; headers with the same name are joined by a comma. */
    readonly headers: ReadonlyMap<string, string>;
    readonly body: Buffer;
    /** Query and form body, merged. */
    readonly parameters: ReadonlyMap<string, string>;
}

export interface AccessKeys {
    readonly accessKeyId: string;
    readonly accessKeySecret: string;
    /** If set, every request must carry it, as with temporary credentials (STS). */
    readonly securityToken?: string | undefined;
}

const ACS3 = "ACS3-HMAC-SHA256";
const AUTHORIZATION =
    /^ACS3-HMAC-SHA256\s+Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;
const MANDATORY_HEADERS = [
    "host",
    "x-acs-action",
    "x-acs-version",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-content-sha256",
];

/**
 * Verifies the two kinds of signature that clients use. SDKs differ in the headers that they sign and in how they
 * encode the query. The verification therefore uses the client's own list of headers, and encodes the query again.
 */
export class SignatureVerifier {
    readonly #keys: AccessKeys;
    readonly #nonces = new NonceStore(2 * DATE_WINDOW_MS);

    constructor(keys: AccessKeys) {
        this.#keys = keys;
    }

    /** Throws the service's error if the request is not signed correctly. Uses the real time, not a virtual clock. */
    verify(request: WireRequest, now: number): void {
        const authorization = request.headers.get("authorization");
        if (authorization !== undefined) this.#verifyAcs3(request, authorization, now);
        else if (request.parameters.has("Signature")) this.#verifyRpc(request, now);
        else throw new ServiceError(400, "MissingAccessKeyId", "AccessKeyId is mandatory for this action.");
    }

    /** ACS3-HMAC-SHA256 signs the headers, the query and the hash of the body. */
    #verifyAcs3(request: WireRequest, authorization: string, now: number): void {
        const [, accessKeyId, signedHeaders, signature] = AUTHORIZATION.exec(authorization) ?? [];
        if (accessKeyId === undefined || signedHeaders === undefined || signature === undefined) {
            throw incomplete(`the header Authorization is not that of ${ACS3}`);
        }
        const signed = signedHeaders.split(";");
        checkSignedHeaders(request, signed);
        const nonce = request.headers.get("x-acs-signature-nonce") ?? "";
        this.#checkDate("x-acs-date", request.headers.get("x-acs-date") ?? "", now);
        this.#checkKey(accessKeyId, request.headers.get("x-acs-security-token"));
        const payloadHash = sha256(request.body);
        if (request.headers.get("x-acs-content-sha256")?.toLowerCase() !== payloadHash) {
            throw mismatch("the header x-acs-content-sha256 is not the hash of the body");
        }
        const canonicalRequest = [
            request.method,
            request.path,
            canonicalQuery(new URLSearchParams(request.rawQuery)),
            signed.map((name) => `${name}:${request.headers.get(name) ?? ""}\n`).join(""),
            signedHeaders,
            payloadHash,
        ].join("\n");
        const stringToSign = `${ACS3}\n${sha256(canonicalRequest)}`;
        const expected = createHmac("sha256", this.#keys.accessKeySecret).update(stringToSign).digest("hex");
        if (!isSame(expected, signature)) throw mismatch(`server string to sign is: ${stringToSign}`);
        this.#checkNonce(nonce, now);
    }

    /** The older RPC signature, HMAC-SHA1, signs all parameters, including those in the form body. */
    #verifyRpc({ method, parameters }: WireRequest, now: number): void {
        const given = (name: string): string => {
            const value = parameters.get(name) ?? "";
            if (value === "") throw incomplete(`the parameter ${name} is missing`);
            return value;
        };
        if (given("SignatureMethod") !== "HMAC-SHA1") throw incomplete("SignatureMethod is not HMAC-SHA1");
        if (given("SignatureVersion") !== "1.0") throw incomplete("SignatureVersion is not 1.0");
        const nonce = given("SignatureNonce");
        this.#checkDate("Timestamp", given("Timestamp"), now);
        this.#checkKey(given("AccessKeyId"), parameters.get("SecurityToken"));
        const signed = new URLSearchParams([...parameters].filter(([name]) => name !== "Signature"));
        const stringToSign = [method, "/", canonicalQuery(signed)].map(encode).join("&");
        const expected = createHmac("sha1", `${this.#keys.accessKeySecret}&`)
            .update(stringToSign)
            .digest("base64");
        if (!isSame(expected, given("Signature"))) throw mismatch("check method, parameters and secret");
        this.#checkNonce(nonce, now);
    }

    #checkDate(name: string, text: string, now: number): void {
        const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? Date.parse(text) : NaN;
        if (Number.isNaN(time)) {
            throw new ServiceError(
                400,
                "InvalidTimeStamp.Format",
                `Specified time stamp ${name} is not well formatted.`,
            );
        }
        if (Math.abs(now - time) > DATE_WINDOW_MS) throw expiredDate();
    }

    #checkKey(accessKeyId: string, token: string | undefined): void {
        if (accessKeyId !== this.#keys.accessKeyId) throw unknownKey();
        const expected = this.#keys.securityToken;
        if (expected !== undefined && (token === undefined || token === "")) {
            throw new ServiceError(
                400,
                "MissingSecurityToken",
                "SecurityToken is mandatory for this action.",
            );
        }
        if ((token ?? "") !== (expected ?? "")) {
            throw new ServiceError(
                400,
                "InvalidSecurityToken.MismatchWithAccessKey",
                "Specified SecurityToken mismatch with the AccessKey.",
            );
        }
    }

    /** Runs after the signature check, so that unsigned requests neither use up nonces nor fill the store. */
    #checkNonce(nonce: string, now: number): void {
        if (!this.#nonces.use(nonce, now)) {
            throw new ServiceError(400, "SignatureNonceUsed", "Specified signature nonce was used already.");
        }
    }
}

/** Sorts the keys and escapes by RFC 3986. An empty value is written as `key=`. */
export function canonicalQuery(parameters: URLSearchParams): string {
    return [...parameters]
        .sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
        .map(([name, value]) => `${encode(name)}=${encode(value)}`)
        .join("&");
}

/** Percent-encodes by RFC 3986, including characters that encodeURIComponent leaves alone. */
export function encode(text: string): string {
    // encodeURIComponent throws on a lone surrogate.
    return encodeURIComponent(text.toWellFormed()).replace(
        /[!'()*]/g,
        (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );
}

function checkSignedHeaders(request: WireRequest, signed: readonly string[]): void {
    const missing = MANDATORY_HEADERS.find((name) => (request.headers.get(name) ?? "") === "");
    if (missing !== undefined) throw incomplete(`the header ${missing} is missing`);
    const absent = signed.find((name) => !request.headers.has(name));
    if (absent !== undefined) throw incomplete(`the signed header ${absent} is missing`);
    const unsigned = [...request.headers.keys()].find((name) => {
        return (name === "host" || name.startsWith("x-acs-")) && !signed.includes(name);
    });
    if (unsigned !== undefined) throw incomplete(`the header ${unsigned} is not signed`);
}

function sha256(data: Buffer | string): string {
    return createHash("sha256").update(data).digest("hex");
}

function isSame(expected: string, given: string): boolean {
    const one = Buffer.from(expected);
    const other = Buffer.from(given);
    return one.length === other.length && timingSafeEqual(one, other);
}

function incomplete(reason: string): ServiceError {
    return new ServiceError(
        400,
        "IncompleteSignature",
        `The request signature does not conform to Aliyun standards: ${reason}.`,
    );
}

function mismatch(reason: string): ServiceError {
    return new ServiceError(
        400,
        "SignatureDoesNotMatch",
        `Specified signature is not matched with our calculation. ${reason}`,
    );
}
