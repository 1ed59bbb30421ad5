import { plainClient } from "../../provider/hbr/client";
import { endpointFor } from "../../provider/config/settings";
import { SettingsError } from "../../provider/config/objects";
import { errorOf, resolve, type Texts } from "./support";

describe("HTTP", () => {
    const http = { "alicloud:protocol": "HTTP" };
    const to = (host: string, more: Texts = {}): Texts => ({
        ...http,
        "alicloud:endpoints": JSON.stringify([{ hbr: host }]),
        ...more,
    });

    test.each([
        "localhost",
        "LOCALHOST:8080",
        "127.0.0.1",
        "127.0.0.1:8080",
        "127.1.2.3:1",
        "[::1]",
        "[::1]:8080",
    ])("to %s, on this machine", (host) => {
        expect(endpointFor(resolve(to(host)), "cn-hangzhou")).toBe(host);
    });

    test.each([
        ["hbr.cn-hangzhou.aliyuncs.com", "hbr.cn-hangzhou.aliyuncs.com:80"],
        ["proxy.internal:8080", "proxy.internal:8080"],
        ["10.0.0.1", "10.0.0.1:80"],
        ["127.0.0.1.example.com", "127.0.0.1.example.com:80"],
        ["localhost.example.com:8080", "localhost.example.com:8080"],
        ["my-localhost", "my-localhost:80"],
        ["[::2]:8080", "[::2]:8080"],
        ["[2001:db8::1]", "[2001:db8::1]:80"],
    ])("to %s is refused, unless %s is allowed", (host, allowed) => {
        const error = errorOf(to(host));
        expect(error.key).toBe("alicloud:protocol");
        expect(error.message).toContain(`pulumi config set alicloud-hbr:allowHttpTo ${allowed}`);
        expect(error.message).toMatch(/^alicloud:protocol is HTTP, but .* Set alicloud:protocol to HTTPS;/);
        const settings = resolve(to(host, { "alicloud-hbr:allowHttpTo": allowed.toUpperCase() }));
        expect(endpointFor(settings, "cn-hangzhou")).toBe(host);
        expect(errorOf(to(host, { "alicloud-hbr:allowHttpTo": "other.internal:80" })).key).toBe(
            "alicloud:protocol",
        );
    });

    test("to an endpoint of the environment is refused alike", () => {
        expect(errorOf(http, { HBR_ENDPOINT: "proxy.internal" }).key).toBe("alicloud:protocol");
    });

    test("to the service itself is refused when a region is called, for no endpoint is configured", () => {
        const settings = resolve(http);
        expect(() => endpointFor(settings, "cn-beijing")).toThrow(
            /hbr\.cn-beijing\.aliyuncs\.com:80 is not this machine/,
        );
        expect(() => plainClient(settings, "cn-beijing")).toThrow(SettingsError);
        const allowed = resolve({ ...http, "alicloud-hbr:allowHttpTo": "hbr.cn-beijing.aliyuncs.com:80" });
        expect(endpointFor(allowed, "cn-beijing")).toBe("hbr.cn-beijing.aliyuncs.com");
        expect(() => endpointFor(allowed, "cn-hangzhou")).toThrow(SettingsError);
    });

    test("to an STS elsewhere is refused, where a role is to be assumed", () => {
        const endpoints = JSON.stringify([{ hbr: "127.0.0.1:1", sts: "sts.internal" }]);
        const config = { ...http, "alicloud:endpoints": endpoints };
        expect(() => resolve(config)).not.toThrow();
        const role = { ...config, "alicloud:assumeRole": '{"roleArn":"acs:ram::1:role/x"}' };
        expect(errorOf(role).message).toContain("sts.internal:80 is not this machine");
        expect(() => resolve({ ...role, "alicloud-hbr:allowHttpTo": "sts.internal:80" })).not.toThrow();
    });

    test.each(["proxy.internal", "http://proxy.internal:80", "*", "a:1,b", "proxy.internal:8080/"])(
        "allowed to %s is an error: it names no host with a port",
        (value) => {
            expect(errorOf({ "alicloud-hbr:allowHttpTo": value })).toMatchObject({
                key: "alicloud-hbr:allowHttpTo",
                message: expect.stringContaining(JSON.stringify(value)) as string,
            });
        },
    );

    test("several hosts may be allowed", () => {
        const allowed = "hbr.cn-beijing.aliyuncs.com:80, hbr.cn-hangzhou.aliyuncs.com:80";
        const settings = resolve({ ...http, "alicloud-hbr:allowHttpTo": allowed });
        expect(endpointFor(settings, "cn-beijing")).toBe("hbr.cn-beijing.aliyuncs.com");
        expect(endpointFor(settings, "cn-hangzhou")).toBe("hbr.cn-hangzhou.aliyuncs.com");
        expect(() => endpointFor(settings, "cn-shanghai")).toThrow(SettingsError);
    });

    test("HTTPS goes anywhere, whatever is allowed", () => {
        const settings = resolve({ "alicloud:endpoints": '[{"hbr":"proxy.internal"}]' });
        expect(endpointFor(settings, "cn-hangzhou")).toBe("proxy.internal");
        expect(endpointFor(resolve(), "cn-hangzhou")).toBe("hbr.cn-hangzhou.aliyuncs.com");
    });
});
