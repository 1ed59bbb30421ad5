import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { Simulator } from "../../simulator";
import { Authority } from "../support/certificates";
import { type Ending, type Endings, VAULT } from "./httpsCalls";

/*
 * The built-in client on its own protocol, HTTPS, against simulators with certificates that are made here. The calls are
 * made by one process that trusts one authority, by NODE_EXTRA_CA_CERTS.
 */

const ROOT = join(__dirname, "../..");
const DAY_MS = 86_400_000;
const KEYS = { accessKeyId: "id", accessKeySecret: "secret" };

const trusted = new Authority("an authority that the process trusts");
const stranger = new Authority("an authority that it does not know");

/** What each simulator serves with. */
const TLS = {
    "with a trusted certificate": trusted.issue(),
    "with an untrusted certificate": stranger.issue(),
    "with an expired certificate": trusted.issue({ to: Date.now() - DAY_MS / 2 }),
    "with a certificate that is not valid yet": trusted.issue({ from: Date.now() + DAY_MS / 2 }),
    "with a certificate for another host": trusted.issue({ names: ["hbr.cn-hangzhou.aliyuncs.com"] }),
    "without TLS": undefined,
};
type Name = keyof typeof TLS;

const folder = mkdtempSync(join(tmpdir(), "hbr-https-"));
const simulators = new Map<string, Simulator>();
const endpoints = new Map<string, string>();
let endings: Endings;

beforeAll(async () => {
    for (const [name, tls] of Object.entries(TLS)) {
        const options = { ...KEYS, installTime: 0, world: { vaults: [VAULT] } };
        const simulator = new Simulator({ ...options, ...(tls && { tls }) });
        simulators.set(name, simulator);
        endpoints.set(name, (await simulator.listen()).endpoint);
    }
    const file = join(folder, "authority.pem");
    writeFileSync(file, trusted.cert);
    const config = { "alicloud:accessKey": KEYS.accessKeyId, "alicloud:secretKey": KEYS.accessKeySecret };
    const input = { endpoints: [...endpoints.values()], config };
    const args = ["--import", "tsx", join(__dirname, "httpsCalls.ts"), JSON.stringify(input)];
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: file };
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, env });
    endings = JSON.parse(stdout) as Endings;
}, 60_000);

afterAll(async () => {
    await Promise.all([...simulators.values()].map((simulator) => simulator.close()));
    rmSync(folder, { recursive: true });
});

function ending(name: Name, operation: "CreateClients" | "DescribeClients"): Ending | undefined {
    return endings[endpoints.get(name) ?? ""]?.[operation];
}

test("with a certificate that is trusted by NODE_EXTRA_CA_CERTS, calls arrive and are answered", () => {
    expect(ending("with a trusted certificate", "CreateClients")).toMatchObject({
        answer: { taskId: expect.stringMatching(/^t-/) as string },
        attempts: 1,
    });
    expect(ending("with a trusted certificate", "DescribeClients")).toEqual({ answer: ["i-1"], attempts: 1 });
    expect(simulators.get("with a trusted certificate")?.requests().byAction).toEqual({
        CreateClients: 1,
        DescribeClients: 1,
    });
});

describe.each<[Name, string, string, RegExp]>([
    [
        "with an untrusted certificate",
        "CertificateNotTrusted",
        "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        /^where `pulumi` runs, set NODE_EXTRA_CA_CERTS to a PEM file/,
    ],
    [
        "with an expired certificate",
        "CertificateDateInvalid",
        "CERT_HAS_EXPIRED",
        /^check this machine's clock; .* new certificate$/,
    ],
    [
        "with a certificate that is not valid yet",
        "CertificateDateInvalid",
        "CERT_NOT_YET_VALID",
        /^check this machine's clock/,
    ],
    [
        "with a certificate for another host",
        "CertificateNameMismatch",
        "ERR_TLS_CERT_ALTNAME_INVALID",
        /^set alicloud:endpoints to a host that the endpoint's certificate names$/,
    ],
    [
        "without TLS",
        "TlsFailed",
        "EPROTO",
        /^check that the endpoint speaks HTTPS; .* alicloud:protocol to HTTP$/,
    ],
])("an endpoint %s", (name, code, ofNode, advice) => {
    test.each(["CreateClients", "DescribeClients"] as const)(
        "ends %s at the first attempt, with one error that says what to do",
        (operation) => {
            const host = endpoints.get(name) ?? "";
            const { text = "", ...ended } = ending(name, operation) ?? {};
            expect(ended).toEqual({ code, errorClass: "account", attempts: 1 });
            const [said, ...others] = text.split("; ");
            expect(said).toBe(`${operation} failed: ${code}: ${ofNode} (${host})`);
            expect(others.join("; ")).toMatch(advice);
        },
    );

    test("gets no request", () => {
        expect(simulators.get(name)?.requests().total).toBe(0);
    });
});
