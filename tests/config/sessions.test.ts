import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { credentialFor } from "../../provider/config/credentials";
import {
    failure,
    homeFolder,
    inSeconds,
    isolateEachTest,
    keysOf,
    resolve,
    serve,
    staticKeys,
    type Texts,
} from "./credentialSupport";
import { describeError } from "../../provider/report";
import { Simulator } from "../../simulator";
import { answer } from "../hbr/loopback";
import { Authority } from "../support/certificates";

isolateEachTest();

describe("assumeRole", () => {
    const roleArn = "acs:ram::1234567890123456:role/hbr";

    async function setUp(config: Texts = staticKeys) {
        const { server, host } = await serve();
        let issued = 0;
        let lifetime = 3_600;
        server.handler = (_request, response, body) => {
            issued += 1;
            answer(200, {
                Credentials: {
                    AccessKeyId: `STS.${issued}`,
                    AccessKeySecret: `session-secret-${issued}`,
                    SecurityToken: `session-token-${issued}`,
                    Expiration: inSeconds(lifetime),
                },
            })(_request, response, body);
        };
        const settings = resolve({
            ...config,
            "alicloud:protocol": "HTTP",
            "alicloud:endpoints": JSON.stringify([{ sts: host, hbr: host }]),
            "alicloud:assumeRole": JSON.stringify({
                roleArn,
                sessionName: "s-1",
                policy: '{"Version":"1"}',
                externalId: "e-1",
                sessionExpiration: 1_800,
            }),
        });
        return { server, settings, live: (seconds: number) => (lifetime = seconds) };
    }

    test("on static keys: asks STS once, and calls with what it got", async () => {
        const { server, settings } = await setUp();
        const source = credentialFor(settings);
        const credential = source.client();
        const all = await Promise.all([credential.getCredential(), credential.getCredential()]);
        for (const keys of all)
            expect(keys).toMatchObject({ accessKeyId: "STS.1", securityToken: "session-token-1" });
        expect(server.seen).toHaveLength(1);
        expect(Object.fromEntries(server.seen[0]?.query ?? [])).toMatchObject({
            Action: "AssumeRole",
            AccessKeyId: "LTAIstatic",
        });
        expect(Object.fromEntries(server.seen[0]?.body ?? [])).toEqual({
            RoleArn: roleArn,
            RoleSessionName: "s-1",
            Policy: '{"Version":"1"}',
            ExternalId: "e-1",
            DurationSeconds: "1800",
        });
        expect(source.secrets()).toEqual(
            expect.arrayContaining(["session-secret-1", "session-token-1", "static-secret"]),
        );
    });

    test("a token that runs out while an install goes on is replaced in time", async () => {
        const { server, settings, live } = await setUp();
        const credential = credentialFor(settings).client();
        // Less than the library's margin of 15 minutes: taken, but replaced at the next call.
        live(600);
        expect((await credential.getCredential()).accessKeyId).toBe("STS.1");
        jest.spyOn(Date, "now").mockReturnValue(Date.now() + 700_000);
        live(7_200);
        expect((await credential.getCredential()).accessKeyId).toBe("STS.2");
        expect((await credential.getCredential()).accessKeyId).toBe("STS.2");
        expect(server.seen).toHaveLength(2);
    });

    test("of twelve keys and tokens, none is shown; older ones are forgotten", async () => {
        const { settings, live } = await setUp();
        const source = credentialFor(settings);
        live(600);
        const start = Date.now();
        for (let session = 1; session <= 6; session += 1) {
            jest.spyOn(Date, "now").mockReturnValue(start + session * 700_000);
            await source.client().getCredential();
        }
        const kept = [3, 4, 5, 6].flatMap((n) => [`session-secret-${n}`, `session-token-${n}`, `STS.${n}`]);
        expect(source.secrets()).toEqual(kept);
    });

    test("on a profile", async () => {
        const file = join(homeFolder(), "config.json");
        writeFileSync(
            file,
            JSON.stringify({
                profiles: [{ name: "dev", mode: "AK", access_key_id: "LTAIprofile", access_key_secret: "p" }],
            }),
        );
        process.env["ALICLOUD_SHARED_CREDENTIALS_FILE"] = file;
        const { server, settings } = await setUp({ "alicloud:profile": "dev" });
        expect((await keysOf(settings)).accessKeyId).toBe("STS.1");
        expect(server.seen[0]?.query.get("AccessKeyId")).toBe("LTAIprofile");
    });

    test("of an STS whose certificate is not trusted: one error that says so, and what to do about it", async () => {
        const sts = new Simulator({ tls: new Authority("stranger").issue() });
        const { endpoint } = await sts.listen();
        const settings = resolve({
            ...staticKeys,
            "alicloud:endpoints": JSON.stringify([{ sts: endpoint }]),
            "alicloud:assumeRole": JSON.stringify({ roleArn }),
        });
        const error = await failure(keysOf(settings));
        await sts.close();
        expect(error).toMatchObject({ errorClass: "account", code: "CertificateNotTrusted" });
        expect(describeError(error)).toMatch(
            /cannot assume the role acs:ram::\d+:role\/hbr .*: CertificateNotTrusted: UNABLE_TO_VERIFY_LEAF_SIGNATURE; where `pulumi` runs, set NODE_EXTRA_CA_CERTS/,
        );
        expect(error.message).not.toContain("LTAIstatic");
    });

    test("refused: one error of class account that names the role, and no key", async () => {
        const { server, settings } = await setUp();
        server.handler = answer(403, {
            Code: "NoPermission",
            Message: "You are not authorized to do this action.",
        });
        const error = await failure(keysOf(settings));
        expect(error).toMatchObject({ errorClass: "account", code: "CredentialsRefused" });
        expect(error.message).toContain(roleArn);
        expect(error.message).toContain("not authorized");
        expect(error.message).not.toContain("static-secret");
    });

    test("STS out of reach is trouble on the way, not a refusal", async () => {
        const { server, settings } = await setUp();
        server.handler = (request) => request.socket.destroy();
        const error = await failure(keysOf(settings));
        expect(error).toMatchObject({ errorClass: "unavailable" });
        expect(error.message).toMatch(
            /^Alibaba Cloud credentials: cannot assume the role .* access key: ConnectionFailed: ECONNRESET$/,
        );
    });
});

describe("the role of an ECS instance", () => {
    /** The library's address of the metadata service is fixed, so its HTTP calls are led to a server here. */
    async function metadata() {
        const { server, host } = await serve();
        let issued = 0;
        const state = { lifetime: 21_600 };
        server.handler = (request, response, body) => {
            if (request.method === "PUT") {
                response.end("metadata-token");
                return;
            }
            issued += 1;
            answer(200, {
                Code: "Success",
                AccessKeyId: `STS.${issued}`,
                AccessKeySecret: `s-${issued}`,
                SecurityToken: `t-${issued}`,
                Expiration: inSeconds(state.lifetime),
            })(request, response, body);
        };
        process.env["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "false";
        const httpx = jest.requireActual<{ request: (url: string, options: object) => unknown }>("httpx");
        const send = httpx.request;
        jest.spyOn(httpx, "request").mockImplementation((url, options) =>
            send(url.replace("100.100.100.200", host), options),
        );
        return { server, state };
    }

    test("its token is asked for by name", async () => {
        const { server } = await metadata();
        expect(await keysOf(resolve({ "alicloud:ecsRoleName": "HbrRole" }))).toEqual({
            accessKeyId: "STS.1",
            accessKeySecret: "s-1",
            securityToken: "t-1",
        });
        expect(server.seen.map(({ request }) => `${request.method ?? ""} ${request.url ?? ""}`)).toEqual([
            "PUT /latest/api/token",
            "GET /latest/meta-data/ram/security-credentials/HbrRole",
        ]);
    });

    test("its token is refreshed while an install goes on", async () => {
        const { state } = await metadata();
        const credential = credentialFor(resolve({ "alicloud:ecsRoleName": "HbrRole" })).client();
        expect((await credential.getCredential()).accessKeyId).toBe("STS.1");
        expect((await credential.getCredential()).accessKeyId).toBe("STS.1");
        jest.spyOn(Date, "now").mockReturnValue(Date.now() + 20_700_000);
        state.lifetime = 42_000;
        expect((await credential.getCredential()).accessKeyId).toBe("STS.2");
    });

    test("no metadata service: one error that names the role", async () => {
        const { server } = await metadata();
        server.handler = answer(404, "not found");
        const error = await failure(keysOf(resolve({ "alicloud:ecsRoleName": "HbrRole" })));
        expect(error).toMatchObject({ errorClass: "account", code: "CredentialsRefused" });
        expect(error.message).toContain("HbrRole");
    });

    test("a metadata service that is out of reach: waiting does not help", async () => {
        const { server } = await metadata();
        server.handler = (request) => request.socket.destroy();
        const error = await failure(keysOf(resolve({ "alicloud:ecsRoleName": "HbrRole" })));
        expect(error).toMatchObject({ errorClass: "account", code: "CredentialsRefused" });
        expect(error.message).toBe(
            "Alibaba Cloud credentials: cannot use the instance role HbrRole: ConnectionFailed: ECONNRESET",
        );
    });
});
