import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { plainClient } from "../../provider/hbr/client";
import { credentialFor } from "../../provider/config/credentials";
import { describeError } from "../../provider/report";
import {
    failure,
    homeFolder,
    inSeconds,
    isolateEachTest,
    keysOf,
    resolve,
    serve,
    staticKeys,
} from "./credentialSupport";
import { answer } from "../hbr/loopback";

isolateEachTest();

test("static keys, without and with a token", async () => {
    expect(await keysOf(resolve(staticKeys))).toEqual({
        accessKeyId: "LTAIstatic",
        accessKeySecret: "static-secret",
    });
    expect(await keysOf(resolve({ ...staticKeys, "alicloud:securityToken": "token" }))).toEqual({
        accessKeyId: "LTAIstatic",
        accessKeySecret: "static-secret",
        securityToken: "token",
    });
});

test("static keys are secrets before the first call", () => {
    expect(credentialFor(resolve(staticKeys)).secrets()).toEqual(["static-secret", "LTAIstatic"]);
});

test("a call with a token carries it, and is signed", async () => {
    const { server, host } = await serve();
    server.handler = answer(200, { Success: true });
    const config = { "alicloud:protocol": "HTTP", "alicloud:endpoints": JSON.stringify([{ hbr: host }]) };
    const api = plainClient(
        resolve({ ...staticKeys, ...config, "alicloud:securityToken": "token" }),
        "cn-hangzhou",
    );
    await api.describeTask("t-1");
    expect(server.seen[0]?.request.headers).toMatchObject({
        "x-acs-security-token": "token",
        "x-acs-accesskey-id": "LTAIstatic",
        authorization: expect.stringMatching(
            /^ACS3-HMAC-SHA256 Credential=LTAIstatic,SignedHeaders=\S*x-acs-security-token\S*,Signature=[\da-f]{64}$/,
        ) as string,
    });
});

describe("profiles of the Alibaba Cloud CLI", () => {
    function writeProfiles(content: unknown): string {
        const file = join(homeFolder(), "config.json");
        writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
        process.env["ALICLOUD_SHARED_CREDENTIALS_FILE"] = file;
        return file;
    }

    const profiles = {
        current: "other",
        profiles: [
            { name: "dev", mode: "AK", access_key_id: "LTAIprofile", access_key_secret: "profile-secret" },
            {
                name: "sts",
                mode: "StsToken",
                access_key_id: "LTAIsts",
                access_key_secret: "s",
                sts_token: "t",
            },
        ],
    };

    test("keys and STS profiles", async () => {
        writeProfiles(profiles);
        expect(await keysOf(resolve({ "alicloud:profile": "dev" }))).toEqual({
            accessKeyId: "LTAIprofile",
            accessKeySecret: "profile-secret",
        });
        expect(await keysOf(resolve({ "alicloud:profile": "sts" }))).toMatchObject({ securityToken: "t" });
    });

    test.each<[string, unknown, string]>([
        ["no such profile", profiles, "unable to get profile with 'gone'"],
        ["no profiles", {}, "the file FILE holds no profiles"],
        ["profiles that are no list", { profiles: "gone" }, "the file FILE holds no profiles"],
        ["nothing", null, "the file FILE holds no profiles"],
        ["a text", '"gone"', "the file FILE holds no profiles"],
        ["not JSON", "hunter22 is not JSON", "the file FILE is not JSON, as the Alibaba Cloud CLI writes it"],
        [
            "an unknown mode",
            { profiles: [{ name: "gone", mode: "Magic", secret: "hunter22" }] },
            "unsupported profile mode 'Magic'",
        ],
    ])(
        "%s: one error of class account that names the profile, and quotes nothing of the file",
        async (_name, content, reason) => {
            const file = writeProfiles(content);
            const error = await failure(keysOf(resolve({ "alicloud:profile": "gone" })));
            expect(error).toMatchObject({ errorClass: "account", code: "CredentialsRefused" });
            expect(error.message.replace(file, "FILE")).toBe(
                `Alibaba Cloud credentials: cannot use the profile gone: ${reason}`,
            );
            expect(error.message).not.toMatch(/hunter22|profile-secret/);
        },
    );

    test("no file", async () => {
        const error = await failure(keysOf(resolve({ "alicloud:profile": "dev" })));
        const file = join(homeFolder(), ".aliyun", "config.json");
        expect(error.message).toMatch(/the file \S+ cannot be read$/);
        expect(error.message).toContain(file);
    });
});

describe("the default chain", () => {
    test("nothing found: one error that leads with what to set, and lists what was looked for, and where", async () => {
        const error = await failure(keysOf(resolve({})));
        expect(error).toMatchObject({ code: "CredentialsNotFound", errorClass: "account" });
        expect(describeError(error)).toMatch(
            /^No Alibaba Cloud credentials: set alicloud:accessKey and alicloud:secretKey with `pulumi config set --secret`, or ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY in the environment; .* only with --run-program\. Also looked at: /,
        );
        // What the library says of each place is for the debug log alone.
        expect(error.trace).toMatch(/unable to get credentials/);
        expect(describeError(error)).not.toContain("unable to get");
        expect(error.message.replace(/^.* Also looked at: /, "")).toBe(
            "alicloud:ecsRoleName and alicloud:profile; ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABACLOUD_ACCESS_KEY_ID " +
                "(with ALIBABA_CLOUD_ACCESS_KEY_SECRET and ALIBABACLOUD_ACCESS_KEY_SECRET), ALICLOUD_ECS_ROLE_NAME, " +
                "ALIBABA_CLOUD_ECS_METADATA, ALICLOUD_PROFILE, ALIBABA_CLOUD_PROFILE; the default chain of " +
                "@alicloud/credentials: OIDC variables, the current profile in ~/.aliyun/config.json, " +
                "~/.alibabacloud/credentials, the role of this ECS instance, ALIBABA_CLOUD_CREDENTIALS_URI " +
                "(what it found at each, the same command shows with --debug)",
        );
    });

    test("keys in it that STS refuses are not taken for none", async () => {
        const { server, host } = await serve();
        server.handler = answer(403, { Code: "NoPermission", Message: "You are not authorized." });
        const chain = await serve();
        const keys = { AccessKeyId: "LTAIchain", AccessKeySecret: "s", SecurityToken: "t", Code: "Success" };
        chain.server.handler = answer(200, { ...keys, Expiration: inSeconds(7_200) });
        process.env["ALIBABA_CLOUD_CREDENTIALS_URI"] = `http://${chain.host}/`;
        const assumeRole = {
            "alicloud:protocol": "HTTP",
            "alicloud:endpoints": JSON.stringify([{ sts: host }]),
            "alicloud:assumeRole": JSON.stringify({ roleArn: "acs:ram::1234567890123456:role/hbr" }),
        };
        const refused = await failure(keysOf(resolve(assumeRole)));
        expect(refused).toMatchObject({ code: "CredentialsRefused", errorClass: "account" });
        expect(refused.message).toMatch(/role\/hbr with the keys of the default chain: .*not authorized/);
        delete process.env["ALIBABA_CLOUD_CREDENTIALS_URI"];
        expect(await failure(keysOf(resolve(assumeRole)))).toMatchObject({ code: "CredentialsNotFound" });
    });

    test("what appears later is found: a failure is not remembered", async () => {
        const credential = credentialFor(resolve({})).client();
        await failure(credential.getCredential());
        process.env["ALIBABA_CLOUD_ACCESS_KEY_ID"] = "LTAIlate";
        process.env["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = "late";
        expect((await credential.getCredential()).accessKeyId).toBe("LTAIlate");
    });

    test("several first calls at once find the same (the library alone would fail all but one)", async () => {
        const { server, host } = await serve();
        const keys = { AccessKeyId: "LTAIuri", AccessKeySecret: "s", SecurityToken: "t", Code: "Success" };
        server.handler = answer(200, { ...keys, Expiration: inSeconds(7_200) });
        process.env["ALIBABA_CLOUD_CREDENTIALS_URI"] = `http://${host}/`;
        const credential = credentialFor(resolve({})).client();
        const found = await Promise.all([1, 2, 3, 4].map(() => credential.getCredential()));
        expect(found.map(({ accessKeyId }) => accessKeyId)).toEqual(Array(4).fill("LTAIuri"));
        expect(server.seen).toHaveLength(1);
    });
});
