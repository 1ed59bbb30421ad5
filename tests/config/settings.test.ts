import { endpointFor, requireRegion, type Settings } from "../../provider/config/settings";
import { errorOf, resolve, type Texts } from "./support";

const keys = { "alicloud:accessKey": "ak", "alicloud:secretKey": "sk" };
const envKeys = { ALICLOUD_ACCESS_KEY: "env-ak", ALICLOUD_SECRET_KEY: "env-sk" };

test("nothing configured: the default chain, HTTPS, the built-in client, no region", () => {
    expect(resolve()).toEqual({
        identity: { kind: "default" },
        protocol: "HTTPS",
        endpoints: {},
        client: "builtin",
    });
});

describe("region", () => {
    test.each<[Texts, Texts, string | undefined]>([
        [{ "alicloud:region": "cn-beijing" }, { ALICLOUD_REGION: "cn-hangzhou" }, "cn-beijing"],
        [{}, { ALICLOUD_REGION: "cn-hangzhou", ALIBABA_CLOUD_REGION: "cn-shanghai" }, "cn-hangzhou"],
        [{}, { ALIBABA_CLOUD_REGION: "cn-shanghai" }, "cn-shanghai"],
        [{ "alicloud:region": " " }, { ALICLOUD_REGION: "" }, undefined],
    ])("configuration %j, environment %j: %s", (config, env, expected) => {
        expect(resolve(config, env).region).toBe(expected);
    });

    test("missing: one error that names what was looked for", () => {
        expect(() => requireRegion(resolve())).toThrow(
            /argument `region`.*alicloud:region.*ALICLOUD_REGION, ALIBABA_CLOUD_REGION/,
        );
        expect(requireRegion(resolve({ "alicloud:region": "cn-beijing" }))).toBe("cn-beijing");
    });

    test.each(["CN-Beijing", "beijing", "cn_beijing", "cn-beijing.example.com/", "cn-x?y"])(
        "%s is no region",
        (region) => {
            expect(errorOf({ "alicloud:region": region })).toMatchObject({
                key: "alicloud:region",
                message: expect.stringContaining(JSON.stringify(region)) as string,
            });
        },
    );
});

describe("identity", () => {
    test.each<[string, Texts, Texts, Settings["identity"]]>([
        ["keys", keys, envKeys, { kind: "static", accessKeyId: "ak", accessKeySecret: "sk" }],
        [
            "keys with a token",
            { ...keys, "alicloud:securityToken": "st" },
            {},
            { kind: "static", accessKeyId: "ak", accessKeySecret: "sk", securityToken: "st" },
        ],
        [
            "configured keys never go with a token of the environment",
            keys,
            { ALICLOUD_SECURITY_TOKEN: "env-st" },
            { kind: "static", accessKeyId: "ak", accessKeySecret: "sk" },
        ],
        [
            "the secret from the environment, as in @pulumi/alicloud",
            { "alicloud:accessKey": "ak" },
            { ...envKeys, ALICLOUD_SECURITY_TOKEN: "env-st" },
            { kind: "static", accessKeyId: "ak", accessKeySecret: "env-sk", securityToken: "env-st" },
        ],
        [
            "keys of the environment, older names first",
            {},
            { ...envKeys, ALIBABA_CLOUD_ACCESS_KEY_ID: "x", ALIBABA_CLOUD_ACCESS_KEY_SECRET: "y" },
            { kind: "static", accessKeyId: "env-ak", accessKeySecret: "env-sk" },
        ],
        [
            "keys of the environment, newer names, with a token",
            {},
            {
                ALIBABA_CLOUD_ACCESS_KEY_ID: "x",
                ALIBABA_CLOUD_ACCESS_KEY_SECRET: "y",
                ALIBABA_CLOUD_SECURITY_TOKEN: "z",
            },
            { kind: "static", accessKeyId: "x", accessKeySecret: "y", securityToken: "z" },
        ],
        [
            "an instance role",
            { "alicloud:ecsRoleName": "role" },
            envKeys,
            { kind: "ecsRole", roleName: "role" },
        ],
        ["a profile", { "alicloud:profile": "dev" }, envKeys, { kind: "profile", profile: "dev" }],
        [
            "a profile in a file of its own",
            { "alicloud:profile": "dev" },
            { ALICLOUD_SHARED_CREDENTIALS_FILE: "/some/config.json" },
            { kind: "profile", profile: "dev", file: "/some/config.json" },
        ],
        [
            "keys before role and profile",
            { ...keys, "alicloud:profile": "p", "alicloud:ecsRoleName": "r" },
            {},
            { kind: "static", accessKeyId: "ak", accessKeySecret: "sk" },
        ],
        [
            "a role of the environment",
            {},
            { ALICLOUD_ECS_ROLE_NAME: "role" },
            { kind: "ecsRole", roleName: "role" },
        ],
        [
            "a profile of the environment",
            {},
            { ALICLOUD_PROFILE: "dev" },
            { kind: "profile", profile: "dev" },
        ],
        ["the default chain", {}, { PATH: "/bin" }, { kind: "default" }],
    ])("%s", (_name, config, env, expected) => {
        expect(resolve(config, env).identity).toEqual(expected);
    });

    test.each<[Texts, Texts, string]>([
        [{ "alicloud:accessKey": "hunter22" }, {}, "alicloud:secretKey"],
        [{ "alicloud:secretKey": "hunter22" }, {}, "alicloud:accessKey"],
        [{}, { ALICLOUD_ACCESS_KEY: "hunter22" }, "alicloud:secretKey"],
        [{}, { ALICLOUD_SECRET_KEY: "hunter22" }, "alicloud:accessKey"],
    ])("half a key (%j, %j) is an error about %s that does not show the other half", (config, env, key) => {
        const error = errorOf(config, env);
        expect(error.key).toBe(key);
        expect(error.message).toContain(key);
        expect(error.message).not.toContain("hunter22");
    });
});

describe("assumeRole", () => {
    const roleArn = "acs:ram::1234567890123456:role/hbr";

    test("all of it", () => {
        const role = { roleArn, sessionName: "s", policy: "{}", sessionExpiration: 900, externalId: "e" };
        expect(resolve({ "alicloud:assumeRole": JSON.stringify(role) }).assumeRole).toEqual(role);
    });

    test("defaults", () => {
        expect(resolve({ "alicloud:assumeRole": JSON.stringify({ roleArn }) }).assumeRole).toEqual({
            roleArn,
            sessionName: "pulumi-alicloud-hbr",
            sessionExpiration: 3_600,
        });
    });

    test("from the environment", () => {
        const env = {
            ALICLOUD_ASSUME_ROLE_ARN: roleArn,
            ALICLOUD_ASSUME_ROLE_SESSION_NAME: "s",
            ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION: "1800",
        };
        expect(resolve({}, env).assumeRole).toEqual({ roleArn, sessionName: "s", sessionExpiration: 1_800 });
    });

    test("ALIBABA_CLOUD_ROLE_ARN is left to the default chain where OIDC is set up", () => {
        const env = { ALIBABA_CLOUD_ROLE_ARN: roleArn };
        expect(resolve({}, env).assumeRole?.roleArn).toBe(roleArn);
        expect(resolve({}, { ...env, ALIBABA_CLOUD_OIDC_PROVIDER_ARN: "x" }).assumeRole).toBeUndefined();
    });

    test.each([
        ["{", /not valid JSON/],
        ["[]", /not an object/],
        ['"role"', /not an object/],
        ["{}", /no roleArn/],
        ['{"roleArn":3}', /roleArn.*text/],
        ['{"role_arn":"x"}', /unknown key "role_arn"/],
        [`{"roleArn":"x","sessionExpiration":10}`, /10; it must be.*900 to 43200/],
        [`{"roleArn":"x","sessionExpiration":"soon"}`, /"soon"/],
    ])("%s is an error", (json, message) => {
        const error = errorOf({ "alicloud:assumeRole": json });
        expect(error.key).toBe("alicloud:assumeRole");
        expect(error.message).toMatch(message);
    });
});

describe("endpoint", () => {
    test.each<[Texts, Texts, string]>([
        [{}, {}, "hbr.cn-hangzhou.aliyuncs.com"],
        [{ "alicloud:endpoints": '[{"hbr":"127.0.0.1:8080"}]' }, { HBR_ENDPOINT: "other" }, "127.0.0.1:8080"],
        [
            { "alicloud:endpoints": '{"hbr":"hbr-vpc.cn-hangzhou.aliyuncs.com"}' },
            {},
            "hbr-vpc.cn-hangzhou.aliyuncs.com",
        ],
        [{ "alicloud:endpoints": '[{"hbr":"http://127.0.0.1:8080/"}]' }, {}, "127.0.0.1:8080"],
        [{ "alicloud:endpoints": '[{"ecs":"x.example.com"}]' }, {}, "hbr.cn-hangzhou.aliyuncs.com"],
        [{ "alicloud:endpoints": "[]" }, {}, "hbr.cn-hangzhou.aliyuncs.com"],
        [{}, { HBR_ENDPOINT: "[::1]:80" }, "[::1]:80"],
    ])("configuration %j, environment %j: %s", (config, env, expected) => {
        expect(endpointFor(resolve(config, env), "cn-hangzhou")).toBe(expected);
    });

    test.each([
        ["nonsense", /not valid JSON/],
        ['["x"]', /not an object/],
        ['[{"hbr":"a"},{"hbr":"b"}]', /2 elements/],
        ['[{"hbr":"a/b?c"}]', /must be a host/],
        ['[{"hbr":3}]', /must be a host/],
        ['[{"sts":"a b"}]', /sts entry/],
    ])("%s is an error", (json, message) => {
        const error = errorOf({ "alicloud:endpoints": json });
        expect(error.key).toBe("alicloud:endpoints");
        expect(error.message).toMatch(message);
    });
});

test("protocol and client: the two values each, and an error that names them", () => {
    expect(resolve({ "alicloud:protocol": "HTTP", "alicloud-hbr:client": "official" })).toMatchObject({
        protocol: "HTTP",
        client: "official",
    });
    expect(errorOf({ "alicloud:protocol": "http" }).message).toBe(
        'alicloud:protocol is "http"; it must be HTTPS or HTTP.',
    );
    expect(errorOf({ "alicloud-hbr:client": "other" }).message).toBe(
        'alicloud-hbr:client is "other"; it must be builtin or official.',
    );
});
