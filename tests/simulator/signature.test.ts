import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Simulator, type Listening } from "../../simulator";
import { acs3, clientInfo, rpcForm, send, sendBytes, VAULT, verdict, type Variation } from "./support";

describe("signatures", () => {
    const simulator = new Simulator();
    let keys: Listening;

    beforeAll(async () => {
        keys = await simulator.listen();
    });

    afterAll(() => simulator.close());

    const hard = JSON.stringify([{ instanceId: "i-1 ~*!'()ü+/=&%", clusterId: "cl-1" }]);

    test.each<[string, string, Variation]>([
        [
            "parameters in the query",
            "CreateClients",
            { query: { VaultId: VAULT, UseHttps: "true", ClientInfo: hard } },
        ],
        [
            "parameters in the body",
            "CreateClients",
            { body: new URLSearchParams({ VaultId: VAULT, ClientInfo: hard }).toString() },
        ],
        [
            "parameters in both",
            "DescribeBackupClients",
            { query: { ClientType: "ECS_CLIENT" }, body: "InstanceIds=%5B%22i-1%22%5D" },
        ],
        ["GET", "DescribeClients", { method: "GET", query: { VaultId: VAULT, ClientType: "ECS_AGENT" } }],
        ["an empty value", "DescribeVaults", { query: { VaultId: "" } }],
        [
            "accept and user-agent signed, True for true",
            "CreateClients",
            {
                query: { VaultId: VAULT, UseHttps: "True" },
                headers: { accept: "application/json", "user-agent": "AnySDK/1" },
                alsoSign: ["accept", "user-agent"],
            },
        ],
    ])("ACS3 is accepted with %s", async (_, action, variation) => {
        expect(await verdict(acs3(keys, action, variation))).toBe("200 200");
    });

    test("the body may come in chunks", async () => {
        const { url, headers, body } = acs3(keys, "DescribeVaults", { body: "VaultId=v-simulator" });
        const response = await fetch(url, {
            method: "POST",
            headers,
            body: new Blob([body]).stream(),
            duplex: "half",
        });
        expect(await response.json()).toMatchObject({ TotalCount: 1 });
    });

    test("the body overrides the query", async () => {
        const { answer } = await send(
            acs3(keys, "DescribeVaults", { query: { VaultId: "v-other" }, body: "VaultId=v-simulator" }),
        );
        expect(answer).toMatchObject({ TotalCount: 1 });
    });

    test("the older RPC signature is accepted, everything in the form body", async () => {
        const request = rpcForm(keys, "CreateClients", {
            VaultId: VAULT,
            ClientInfo: hard,
            UseHttps: "false",
        });
        expect(await verdict(request)).toBe("200 200");
    });

    const old = new Date(Date.now() - 16 * 60_000).toISOString().replace(/\.\d+Z$/, "Z");
    const soon = new Date(Date.now() - 14 * 60_000).toISOString().replace(/\.\d+Z$/, "Z");

    test.each<[string, Variation, string]>([
        ["another secret", { secret: "wrong" }, "400 SignatureDoesNotMatch"],
        ["another key", { accessKeyId: "wrong" }, "404 InvalidAccessKeyId.NotFound"],
        ["a date within 15 minutes", { headers: { "x-acs-date": soon } }, "200 200"],
        ["a date beyond", { headers: { "x-acs-date": old } }, "400 InvalidTimeStamp.Expired"],
        ["no date", { headers: { "x-acs-date": "" } }, "400 IncompleteSignature"],
        ["a strange date", { headers: { "x-acs-date": "today" } }, "400 InvalidTimeStamp.Format"],
        [
            "another body hash",
            { headers: { "x-acs-content-sha256": "0".repeat(64) } },
            "400 SignatureDoesNotMatch",
        ],
        ["an unsigned header of the service", { unsigned: ["x-acs-date"] }, "400 IncompleteSignature"],
        ["an unsigned host", { unsigned: ["host"] }, "400 IncompleteSignature"],
        ["no nonce", { headers: { "x-acs-signature-nonce": "" } }, "400 IncompleteSignature"],
        ["another version", { headers: { "x-acs-version": "2019-01-01" } }, "404 InvalidVersion"],
        [
            "a token that nobody gave",
            { headers: { "x-acs-security-token": "t" } },
            "400 InvalidSecurityToken.MismatchWithAccessKey",
        ],
        [
            "half an Authorization",
            { authorization: () => "ACS3-HMAC-SHA256 Credential=x" },
            "400 IncompleteSignature",
        ],
        [
            "another signed header",
            { authorization: (value) => value.replace("host;", "host;accept-charset;") },
            "400 IncompleteSignature",
        ],
        [
            "a changed signature",
            { authorization: (value) => value.replace(/.$/, (end) => (end === "0" ? "1" : "0")) },
            "400 SignatureDoesNotMatch",
        ],
    ])("ACS3 with %s", async (_, variation, expected) => {
        expect(await verdict(acs3(keys, "DescribeRegions", variation))).toBe(expected);
    });

    test("a changed query is noticed", async () => {
        const request = acs3(keys, "DescribeVaults", { query: { VaultId: "v-1" } });
        expect(await verdict({ ...request, url: request.url.replace("v-1", "v-2") })).toBe(
            "400 SignatureDoesNotMatch",
        );
    });

    test("a nonce is good for one request, and a bad signature does not use it up", async () => {
        const headers = { "x-acs-signature-nonce": "once" };
        expect(await verdict(acs3(keys, "DescribeRegions", { headers, secret: "wrong" }))).toBe(
            "400 SignatureDoesNotMatch",
        );
        expect(await verdict(acs3(keys, "DescribeRegions", { headers }))).toBe("200 200");
        expect(await verdict(acs3(keys, "DescribeRegions", { headers }))).toBe("400 SignatureNonceUsed");
        const rpc = rpcForm(keys, "DescribeRegions", { SignatureNonce: "once more" });
        expect(await verdict(rpc)).toBe("200 200");
        expect(await verdict(rpc)).toBe("400 SignatureNonceUsed");
    });

    test.each<[string, Record<string, string>, string]>([
        ["another key", { AccessKeyId: "wrong" }, "404 InvalidAccessKeyId.NotFound"],
        ["another method", { SignatureMethod: "HMAC-MD5" }, "400 IncompleteSignature"],
        ["another signature version", { SignatureVersion: "2.0" }, "400 IncompleteSignature"],
        ["no nonce", { SignatureNonce: "" }, "400 IncompleteSignature"],
        ["an old time stamp", { Timestamp: old }, "400 InvalidTimeStamp.Expired"],
        ["another version", { Version: "2019-01-01" }, "404 InvalidVersion"],
        ["no action", { Action: "" }, "400 MissingParameter"],
        ["an unknown action", { Action: "Explode" }, "404 InvalidApi.NotFound"],
    ])("RPC with %s", async (_, given, expected) => {
        expect(await verdict(rpcForm(keys, "DescribeRegions", given))).toBe(expected);
    });

    test("RPC with another secret, or with a changed body", async () => {
        expect(await verdict(rpcForm(keys, "DescribeRegions", {}, "wrong"))).toBe(
            "400 SignatureDoesNotMatch",
        );
        const request = rpcForm(keys, "DescribeVaults", { VaultId: "v-1" });
        expect(await verdict({ ...request, body: request.body.replace("v-1", "v-2") })).toBe(
            "400 SignatureDoesNotMatch",
        );
    });

    test("no signature at all", async () => {
        const request = {
            method: "POST",
            url: `http://${keys.endpoint}/?Action=DescribeRegions&Version=2017-09-08`,
            headers: {},
            body: "",
        };
        expect(await verdict(request)).toBe("400 MissingAccessKeyId");
    });

    test("other methods and other paths", async () => {
        const request = acs3(keys, "DescribeRegions");
        expect(await verdict({ ...request, method: "PUT" })).toBe("405 UnsupportedHTTPMethod");
        expect(await verdict({ ...request, url: `http://${keys.endpoint}/elsewhere` })).toBe(
            "404 InvalidApi.NotFound",
        );
    });

    test("errors have the shape of the service", async () => {
        const { status, headers, answer } = await send(acs3(keys, "Explode"));
        expect(status).toBe(404);
        expect(Object.keys(answer)).toEqual(["RequestId", "HostId", "Code", "Message", "Recommend"]);
        expect(headers.get("x-acs-request-id")).toBe(answer["RequestId"]);
        expect(headers.get("content-type")).toBe("application/json;charset=utf-8");
    });
});

describe("temporary credentials (STS)", () => {
    const simulator = new Simulator({
        accessKeyId: "STS.id",
        accessKeySecret: "s",
        securityToken: "the token",
    });
    let keys: Listening;

    beforeAll(async () => {
        keys = await simulator.listen();
    });

    afterAll(() => simulator.close());

    test.each([
        [undefined, "400 MissingSecurityToken"],
        ["another", "400 InvalidSecurityToken.MismatchWithAccessKey"],
        ["the token", "200 200"],
    ])("token %s: %s", async (token, expected) => {
        const headers =
            token === undefined ? {} : { "x-acs-security-token": token, "x-acs-accesskey-id": "STS.id" };
        expect(await verdict(acs3(keys, "DescribeRegions", { headers }))).toBe(expected);
        const given = token === undefined ? {} : { SecurityToken: token };
        expect(await verdict(rpcForm(keys, "DescribeRegions", given))).toBe(expected);
    });

    test("the token shows in no log", async () => {
        await verdict(rpcForm(keys, "DescribeRegions", { SecurityToken: "the token" }));
        expect(JSON.stringify(simulator.requests())).not.toContain("the token");
    });
});

/**
 * Requests as official SDKs sent them to a listener on 127.0.0.1:8080: alibabacloud-hbr20170908 2.7.1 (Python),
 * hbr20170908 2.4.0 (Java), darabonba-openapi 2.1.13 (Go), each with both signatures. Replayed to the letter, at the
 * time of their signing.
 */
describe("recorded requests of other languages", () => {
    const folder = join(__dirname, "recorded");

    afterEach(() => jest.restoreAllMocks());

    test.each(readdirSync(folder).filter((name) => name.endsWith(".http")))("%s", async (name) => {
        const bytes = readFileSync(join(folder, name));
        const text = bytes.toString();
        const signedAt = /(?:x-acs-date: |Timestamp=)([^&\s]+)/.exec(text)?.[1] ?? "";
        jest.spyOn(Date, "now").mockReturnValue(Date.parse(decodeURIComponent(signedAt)));
        const simulator = new Simulator({
            accessKeyId: "recorded-id",
            accessKeySecret: "recorded-secret",
            ...(name.includes("sts") && { securityToken: "recorded-token" }),
        });
        const { endpoint } = await simulator.listen();
        try {
            const received = await sendBytes(endpoint, bytes);
            expect(received).toContain('"Success":true');
            const [request] = simulator.requests().log;
            expect(request).toMatchObject({ status: 200, code: "200" });
            if (request?.action === "CreateClients") {
                expect(Object.keys(simulator.requests().installs)[0]).toMatch(/^i-\w+ ~\*!'\(\)ü/);
            }
            expect(await sendBytes(endpoint, bytes)).toContain("SignatureNonceUsed");
        } finally {
            await simulator.close();
        }
    });

    test("CreateClients of a hand-made request is the same in process", async () => {
        const simulator = new Simulator();
        const keys = await simulator.listen();
        const { answer } = await send(
            acs3(keys, "CreateClients", {
                query: { VaultId: VAULT, ClientInfo: JSON.stringify(clientInfo("i-1")) },
            }),
        );
        const task = JSON.parse(
            (await simulator.call("DescribeTask", { TaskId: answer["TaskId"] as string })).body,
        ) as unknown;
        expect(task).toMatchObject({ Success: true, Description: "created" });
        await simulator.close();
    });
});
