import { generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";

/*
 * Certificates for tests, made with Node alone: it signs, but writes no X.509, of which this is the smallest part that TLS
 * needs. Made anew for each run, so none expires in the repository.
 */

const DAY_MS = 86_400_000;

const [INTEGER, BIT_STRING, OCTET_STRING, OBJECT_ID, UTF8_STRING] = [0x02, 0x03, 0x04, 0x06, 0x0c] as const;
const [UTC_TIME, SEQUENCE, SET] = [0x17, 0x30, 0x31] as const;
const [DNS_NAME, IP_ADDRESS] = [0x82, 0x87] as const;

const COMMON_NAME = "550403";
const SUBJECT_ALT_NAME = "551d11";
const BASIC_CONSTRAINTS = "551d13";
const ECDSA_WITH_SHA256 = "2a8648ce3d040302";

/** A certificate and its private key, in PEM. */
export interface Certificate {
    readonly cert: string;
    readonly key: string;
}

/** What a certificate says. Without `names` it is for 127.0.0.1; without times it is valid now. */
export interface Wish {
    readonly names?: readonly string[];
    readonly from?: number;
    readonly to?: number;
}

/** A certificate authority that no machine trusts by itself. */
export class Authority {
    readonly cert: string;
    readonly #key: KeyObject;
    readonly #name: Buffer;

    constructor(name: string) {
        const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
        this.#key = privateKey;
        this.#name = distinguishedName(name);
        // CA:TRUE
        const constraints = extension(BASIC_CONSTRAINTS, der(SEQUENCE, Buffer.from("0101ff", "hex")));
        this.cert = this.#signed(this.#name, publicKey, constraints, {});
    }

    issue({ names = ["127.0.0.1"], ...times }: Wish = {}): Certificate {
        const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
        const alternatives = extension(SUBJECT_ALT_NAME, der(SEQUENCE, ...names.map(alternativeName)));
        return {
            cert: this.#signed(distinguishedName("simulator"), publicKey, alternatives, times),
            key: pemOfKey(privateKey),
        };
    }

    #signed(subject: Buffer, publicKey: KeyObject, extensions: Buffer, { from, to }: Wish): string {
        const algorithm = der(SEQUENCE, objectId(ECDSA_WITH_SHA256));
        const content = der(
            SEQUENCE,
            // Version 3.
            der(0xa0, der(INTEGER, Buffer.from([2]))),
            // A serial number must be positive.
            der(INTEGER, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
            algorithm,
            this.#name,
            der(SEQUENCE, time(from ?? Date.now() - DAY_MS), time(to ?? Date.now() + DAY_MS)),
            subject,
            publicKey.export({ type: "spki", format: "der" }),
            der(0xa3, der(SEQUENCE, extensions)),
        );
        const signature = sign("sha256", content, this.#key);
        const certificate = der(SEQUENCE, content, algorithm, bits(signature));
        return pem("CERTIFICATE", certificate);
    }
}

/** The private key of no certificate here. */
export function otherKey(kind: "ec" | "rsa"): string {
    const pair =
        kind === "ec"
            ? generateKeyPairSync("ec", { namedCurve: "P-256" })
            : generateKeyPairSync("rsa", { modulusLength: 2048 });
    return pemOfKey(pair.privateKey);
}

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
    const content = Buffer.concat(contents);
    const { length } = content;
    const size =
        length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
    return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function bits(content: Buffer): Buffer {
    // No unused bits at the end.
    return der(BIT_STRING, Buffer.from([0]), content);
}

function objectId(hex: string): Buffer {
    return der(OBJECT_ID, Buffer.from(hex, "hex"));
}

function extension(id: string, value: Buffer): Buffer {
    return der(SEQUENCE, objectId(id), der(OCTET_STRING, value));
}

function distinguishedName(commonName: string): Buffer {
    const attribute = der(SEQUENCE, objectId(COMMON_NAME), der(UTF8_STRING, Buffer.from(commonName)));
    return der(SEQUENCE, der(SET, attribute));
}

function alternativeName(name: string): Buffer {
    const numbers = name.split(".").map(Number);
    const isAddress = numbers.length === 4 && !numbers.some(Number.isNaN);
    return isAddress ? der(IP_ADDRESS, Buffer.from(numbers)) : der(DNS_NAME, Buffer.from(name));
}

/** `260102030405Z` */
function time(ms: number): Buffer {
    const digits = new Date(ms)
        .toISOString()
        .replace(/\.\d+Z$/, "")
        .replace(/\D/g, "");
    return der(UTC_TIME, Buffer.from(`${digits.slice(2)}Z`));
}

function pemOfKey(key: KeyObject): string {
    return key.export({ type: "pkcs8", format: "pem" }).toString();
}

function pem(label: string, content: Buffer): string {
    const lines = content.toString("base64").replace(/.{64}(?=.)/g, "$&\n");
    return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
