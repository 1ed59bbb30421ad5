import { request, type RequestOptions } from "node:https";
import { ControlError, Simulator, type TlsOptions } from "../../simulator";
import { Authority, otherKey } from "../support/certificates";
import { acs3, sendBytes, type Answer, type HandMade, type Keys } from "./support";

const authority = new Authority("of these tests");
const tls = authority.issue();

/** A request over TLS that trusts the authority of these tests, and no other. */
function sendTls({ url, method, headers }: Pick<HandMade, "url" | "method" | "headers">): Promise<Answer> {
    const options: RequestOptions = { method, headers, ca: authority.cert, agent: false };
    return new Promise((resolve, reject) => {
        const sent = request(url.replace("http:", "https:"), options, (response) => {
            let body = "";
            response.on("data", (piece: Buffer) => (body += piece.toString()));
            response.on("error", reject);
            response.on("end", () => {
                resolve(JSON.parse(body) as Answer);
            });
        });
        sent.on("error", reject);
        sent.end();
    });
}

describe("a simulator with a certificate", () => {
    const simulator = new Simulator({ tls, installTime: 0 });
    let keys: Keys;

    beforeAll(async () => {
        keys = await simulator.listen();
    });

    afterAll(() => simulator.close());

    test("serves the API and the control API by HTTPS", async () => {
        expect(await sendTls(acs3(keys, "DescribeRegions"))).toMatchObject({ Success: true });
        const url = `http://${keys.endpoint}/_simulator/requests`;
        expect(await sendTls({ url, method: "GET", headers: {} })).toMatchObject({
            byAction: { DescribeRegions: 1 },
        });
    });

    test("answers nothing to HTTP, and goes on", async () => {
        expect(
            await sendBytes(keys.endpoint, "GET /_simulator/world HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ).toBe("");
        expect(await sendTls(acs3(keys, "DescribeRegions"))).toMatchObject({ Success: true });
    });

    test.each(["reset-before", "reset-after", "hang"] as const)("cuts a connection: %s", async (kind) => {
        simulator.addFault({ action: "DescribeRegions", kind, ...(kind === "hang" && { ms: 10 }) });
        await expect(sendTls(acs3(keys, "DescribeRegions"))).rejects.toMatchObject({ code: "ECONNRESET" });
        expect(await sendTls(acs3(keys, "DescribeRegions"))).toMatchObject({ Success: true });
    });

    test("sends a slow body", async () => {
        simulator.addFault({ action: "DescribeRegions", kind: "slow-body", ms: 20 });
        expect(await sendTls(acs3(keys, "DescribeRegions"))).toMatchObject({ Success: true });
    });
});

test("close() ends the connections of a simulator with a certificate", async () => {
    const simulator = new Simulator({ tls });
    simulator.addFault({ action: "DescribeRegions", kind: "hang" });
    const asked = new Promise<void>((resolve) => {
        simulator.onRequest(() => {
            resolve();
        });
    });
    const answer = sendTls(acs3(await simulator.listen(), "DescribeRegions"));
    await Promise.all([
        expect(answer).rejects.toMatchObject({ code: "ECONNRESET" }),
        asked.then(() => simulator.close()),
    ]);
});

const [BROKEN] = tls.cert.split("\n").slice(3);

test.each<[string, TlsOptions, RegExp]>([
    ["no certificate", { ...tls, cert: "" }, /^tls.cert: not a certificate in PEM \(/],
    ["a broken certificate", { ...tls, cert: BROKEN ?? "" }, /^tls.cert: not a certificate in PEM \(/],
    [
        "a key in its place",
        { ...tls, cert: tls.key },
        /^tls.cert: not a certificate in PEM \(no start line\)$/,
    ],
    ["no key", { ...tls, key: " \n" }, /^tls.key: not a private key in PEM without a passphrase \(/],
    ["a certificate in its place", { ...tls, key: tls.cert }, /^tls.key: not a private key in PEM /],
    [
        "the key of another",
        { ...tls, key: otherKey("ec") },
        /^tls.key: not the private key of the certificate$/,
    ],
    ["a key of another kind", { ...tls, key: otherKey("rsa") }, /^tls.key: not the private key of the cert/],
])("%s is refused", (_name, options, reason) => {
    expect(() => new Simulator({ tls: options })).toThrow(reason);
    expect(() => new Simulator({ tls: options })).toThrow(ControlError);
});
