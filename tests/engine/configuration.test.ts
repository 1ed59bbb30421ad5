import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as lifecycle from "../../provider/hooks";
import { Simulator } from "../../simulator";
import { Authority } from "../support/certificates";
import { expectFailed, expectOk, secret } from "./harness";
import {
    agentsIn,
    CLUSTER,
    fleet,
    planOf,
    recordsOf,
    saidOf,
    scenes,
    statusesOf,
    vaultOf,
    vaultsOf,
} from "./support";

const scene = scenes();

const NO_KEYS = { "alicloud:accessKey": undefined, "alicloud:secretKey": undefined };
const WRONG_KEYS = { ALICLOUD_ACCESS_KEY: "LTAI5wrong", ALICLOUD_SECRET_KEY: "wrong" };

test("plain HTTP to another machine is refused in the preview", async () => {
    const { stack, config, simulator } = await scene({ world: vaultsOf("hana") });
    await stack.setConfig({ ...config, "alicloud:endpoints": [{ hbr: "hbr.example.internal:8080" }] });
    const preview = expectFailed(await stack.preview([fleet("hana", ["i-a1"])]));
    expect(saidOf(preview, "hana").join("\n")).toMatch(
        /alicloud:protocol .*hbr\.example\.internal:8080.*alicloud-hbr:allowHttpTo/s,
    );
    expect(simulator.requests().total).toBe(0);
});

test("HTTPS is spoken by default: a certificate that is not trusted is one error, until NODE_EXTRA_CA_CERTS trusts it", async () => {
    const authority = new Authority("of a company");
    const { stack, simulator } = await scene({
        tls: authority.issue(),
        world: vaultsOf("hana"),
        config: { "alicloud:protocol": undefined },
    });
    const program = [fleet("hana", ["i-a1"])];
    const refused = saidOf(expectFailed(await stack.up(program)), "hana");
    expect(refused.filter((text) => text.startsWith("error: "))).toEqual([
        expect.stringMatching(
            /DescribeClients failed: CertificateNotTrusted: UNABLE_TO_VERIFY_LEAF_SIGNATURE \(127\.0\.0\.1:\d+\); where `pulumi` runs, set NODE_EXTRA_CA_CERTS/,
        ),
    ]);

    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "hbr-authority-")), "authority.pem");
    fs.writeFileSync(file, authority.cert);
    expectOk(await stack.up(program, { env: { NODE_EXTRA_CA_CERTS: file } }));
    expect(recordsOf(simulator, "hana")).toEqual({ "i-a1": "ACTIVATED" });
    fs.rmSync(path.dirname(file), { recursive: true });
});

describe("two regions in one program", () => {
    const north = new Simulator({ installTime: 200, world: vaultsOf("north") });
    afterAll(() => north.close());

    it("are two hosts; a refresh and a destroy go where the state says, whatever is configured by then", async () => {
        const listening = await north.listen();
        const portOf = (endpoint: string): number => Number(endpoint.split(":")[1]);
        const { stack, simulator, config } = await scene({ world: vaultsOf("east") });
        const [{ hbr }] = config["alicloud:endpoints"] as [{ hbr: string }];
        const hosts = {
            "hbr.cn-hangzhou.aliyuncs.com": portOf(hbr),
            "hbr.cn-beijing.aliyuncs.com": portOf(listening.endpoint),
        };
        const { "alicloud:endpoints": _endpoint, ...others } = config;
        const allowed = Object.keys(hosts).map((host) => `${host}:80`);
        const withoutEndpoint = { ...others, "alicloud-hbr:allowHttpTo": allowed.join(",") };
        await stack.setConfig(withoutEndpoint);
        const env = {
            NODE_OPTIONS: `--require ${path.join(__dirname, "hosts.cjs")}`,
            TEST_HOSTS: JSON.stringify(hosts),
            // What is configured goes before the environment.
            ...WRONG_KEYS,
            ALICLOUD_REGION: "cn-shanghai",
        };
        const program = [fleet("east", ["i-e1"]), fleet("north", ["i-n1"], { region: "cn-beijing" })];
        const { state } = expectOk(await stack.up(program, { env }));
        expect(state.resource("east").outputs).toMatchObject({ region: "cn-hangzhou" });
        expect(state.resource("north").outputs).toMatchObject({ region: "cn-beijing" });
        expect(recordsOf(simulator, "east")).toEqual({ "i-e1": "ACTIVATED" });
        expect(recordsOf(north, "north")).toEqual({ "i-n1": "ACTIVATED" });

        await stack.setConfig({ ...withoutEndpoint, "alicloud:region": "cn-shenzhen" });
        const refreshed = expectOk(await stack.refresh({ env })).state;
        expect(statusesOf(refreshed, "north")).toEqual({ "i-n1": "ACTIVATED" });
        expectOk(await stack.destroy({ env }));
        expect([...agentsIn(simulator), ...agentsIn(north)]).toEqual([]);
    });
});

describe("the environment", () => {
    it("gives what is not configured: keys with a token, the endpoint and the region", async () => {
        const { stack, simulator, config } = await scene({
            ...{ accessKeyId: "STS.envkey", accessKeySecret: "env secret", securityToken: "env token" },
            world: vaultsOf("hana", "named"),
        });
        const [{ hbr }] = config["alicloud:endpoints"] as [{ hbr: string }];
        await stack.setConfig({ "alicloud:protocol": "HTTP" });
        const env = {
            ALIBABA_CLOUD_ACCESS_KEY_ID: "STS.envkey",
            ALIBABA_CLOUD_ACCESS_KEY_SECRET: "env secret",
            ALIBABA_CLOUD_SECURITY_TOKEN: "env token",
            ALIBABA_CLOUD_REGION: "cn-chengdu",
            HBR_ENDPOINT: hbr,
        };
        const program = [fleet("hana", ["i-a1"]), fleet("named", ["i-b1"], { region: "cn-beijing" })];
        const { state } = expectOk(await stack.up(program, { env }));
        expect(state.resource("hana").outputs).toMatchObject({ region: "cn-chengdu" });
        expect(state.resource("named").outputs).toMatchObject({ region: "cn-beijing" });
        expect(recordsOf(simulator, "hana")).toEqual({ "i-a1": "ACTIVATED" });
        expect(state.text).not.toContain("env secret");

        await stack.setConfig({ "alicloud:protocol": "HTTP", "alicloud:region": "cn-hangzhou" });
        const preview = expectOk(await stack.preview(program, { env }));
        expect(planOf(preview, "hana")).toMatch(/^plan: replace \(region cn-chengdu → cn-hangzhou\)/);
        expect(planOf(preview, "named")).toBeUndefined();
    });
});

describe("a profile", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hbr-profile-"));
    afterAll(() => {
        fs.rmSync(folder, { recursive: true });
    });

    it("of the Alibaba Cloud CLI, with its STS token, in a file that the environment names", async () => {
        const keys = {
            accessKeyId: "STS.profile",
            accessKeySecret: "profile secret",
            securityToken: "profile token",
        };
        const file = path.join(folder, "config.json");
        const profile = {
            ...{ name: "backup", mode: "StsToken", region_id: "cn-beijing" },
            access_key_id: keys.accessKeyId,
            access_key_secret: keys.accessKeySecret,
            sts_token: keys.securityToken,
        };
        fs.writeFileSync(file, JSON.stringify({ current: "another", profiles: [profile] }));
        const { stack, simulator } = await scene({
            ...keys,
            world: vaultsOf("hana"),
            config: { ...NO_KEYS, "alicloud:profile": "backup" },
            env: { ...WRONG_KEYS, ALICLOUD_SHARED_CREDENTIALS_FILE: file },
        });
        expectOk(await stack.up([fleet("hana", ["i-a1"])]));
        expect(recordsOf(simulator, "hana")).toEqual({ "i-a1": "ACTIVATED" });
    });
});

describe("an STS token", () => {
    it("of the stack configuration goes along with every call", async () => {
        const securityToken = "configured token";
        const { stack, simulator } = await scene({
            securityToken,
            world: vaultsOf("hana"),
            config: { "alicloud:securityToken": secret(securityToken) },
            env: { ALICLOUD_SECURITY_TOKEN: "another token" },
        });
        expectOk(await stack.up([fleet("hana", ["i-a1"])]));
        expect(recordsOf(simulator, "hana")).toEqual({ "i-a1": "ACTIVATED" });
    });
});

describe("the first hooks of a process", () => {
    // Without an engine the plan lines go there.
    beforeEach(() => jest.spyOn(console, "log").mockImplementation(() => undefined));
    afterEach(() => jest.restoreAllMocks());

    it("find the configuration, though the engine's server does not wait for `configure`", async () => {
        // The server keeps the provider before `configure` has answered, so another resource's hook can overtake it.
        const read = (key: string): string | undefined => ({ "alicloud:region": "cn-wulanchabu" })[key];
        const configured = lifecycle.configure({
            config: { get: read, require: (key: string) => read(key) ?? "" },
        });
        const checks = ["a", "b"].map((name) =>
            lifecycle.check(
                {},
                { vaultId: vaultOf(name), instances: [{ instanceId: "i-1", clusterId: CLUSTER }] },
            ),
        );
        for (const { inputs, failures } of await Promise.all(checks)) {
            expect(failures).toEqual([]);
            expect(inputs).toMatchObject({ region: "cn-wulanchabu" });
        }
        await configured;
    });

    it("do so on the engine, where a program has many resources", async () => {
        const names = Array.from({ length: 12 }, (_, index) => `fleet-${String(index)}`);
        const { stack } = await scene({
            world: vaultsOf(...names),
            env: { ...WRONG_KEYS, ALICLOUD_REGION: "cn-shanghai" },
        });
        const { state } = expectOk(await stack.up(names.map((name) => fleet(name, [`i-${name}`]))));
        expect(names.map((name) => state.resource(name).outputs?.region)).toEqual(
            names.map(() => "cn-hangzhou"),
        );
    });
});
