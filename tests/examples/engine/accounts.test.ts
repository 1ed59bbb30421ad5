import path from "node:path";
import { Simulator } from "../../../simulator";
import { expectFailed, expectOk, secret, type ProgramFile } from "../../engine/harness";
import { operationsOf, recordsOf, scenes, vaultsOf } from "../../engine/support";

const engine = path.join(__dirname, "..", "..", "engine");
const example = (name: string): ProgramFile => ({
    file: path.join(__dirname, "..", "..", "..", "examples", name, "index.ts"),
});

const scene = scenes();

describe("the example of two regions", () => {
    const beijing = new Simulator({ installTime: 200, world: vaultsOf("beijing") });
    afterAll(() => beijing.close());

    it("installs each fleet in its own region", async () => {
        const listening = await beijing.listen();
        const { stack, simulator, config } = await scene({ world: vaultsOf("hangzhou") });
        const [{ hbr }] = config["alicloud:endpoints"] as [{ hbr: string }];
        const { "alicloud:endpoints": _endpoint, "alicloud:region": _region, ...others } = config;
        const hosts = {
            "hbr.cn-hangzhou.aliyuncs.com": portOf(hbr),
            "hbr.cn-beijing.aliyuncs.com": portOf(listening.endpoint),
        };
        await stack.setConfig({
            ...others,
            "alicloud-hbr:allowHttpTo": Object.keys(hosts)
                .map((host) => `${host}:80`)
                .join(","),
            "fleet:fleets": {
                "cn-hangzhou": { vaultId: "v-hangzhou", clusters: { "cl-prd": ["i-1", "i-2"] } },
                "cn-beijing": { vaultId: "v-beijing", clusters: { "cl-dr": ["i-1"] } },
            },
        });
        const env = {
            NODE_OPTIONS: `--require ${path.join(engine, "hosts.cjs")}`,
            TEST_HOSTS: JSON.stringify(hosts),
        };
        const { outputs } = expectOk(await stack.up(example("two-regions"), { env }));
        expect(outputs.statuses).toEqual({
            "cn-hangzhou": { "i-1": "ACTIVATED", "i-2": "ACTIVATED" },
            "cn-beijing": { "i-1": "ACTIVATED" },
        });
        expect(recordsOf(simulator, "hangzhou")).toEqual({ "i-1": "ACTIVATED", "i-2": "ACTIVATED" });
        expect(recordsOf(beijing, "beijing")).toEqual({ "i-1": "ACTIVATED" });
    });
});

describe("the example of instances in other accounts", () => {
    it("installs each account's instances for the central vault, with the role of that account", async () => {
        const roles = [
            { crossAccountUserId: "1234567890123456", crossAccountRoleName: "sales-role" },
            { crossAccountUserId: "6543210987654321", crossAccountRoleName: "logistics-role" },
        ];
        const { stack, simulator } = await scene({
            world: { ...vaultsOf("central"), roles },
            config: {
                "fleet:vaultId": "v-central",
                "fleet:accounts": {
                    sales: {
                        userId: "1234567890123456",
                        roleName: "sales-role",
                        clusters: { "cl-sales": ["i-s1", "i-s2"] },
                    },
                    logistics: {
                        userId: "6543210987654321",
                        roleName: "logistics-role",
                        clusters: { "cl-logistics": ["i-l1"] },
                    },
                },
            },
        });
        const { outputs } = expectOk(await stack.up(example("cross-account")));
        expect(outputs.statuses).toEqual({ "i-s1": "ACTIVATED", "i-s2": "ACTIVATED", "i-l1": "ACTIVATED" });
        const created = simulator.requests().log.filter(({ action }) => action === "CreateClients");
        const roleOf = new Map(
            created.map(({ parameters }) => [
                (JSON.parse(parameters.ClientInfo ?? "[]") as { clusterId: string }[])[0]?.clusterId,
                [parameters.VaultId, parameters.CrossAccountUserId, parameters.CrossAccountRoleName],
            ]),
        );
        expect(Object.fromEntries(roleOf)).toEqual({
            "cl-sales": ["v-central", "1234567890123456", "sales-role"],
            "cl-logistics": ["v-central", "6543210987654321", "logistics-role"],
        });
    });
});

describe("the example of two accounts", () => {
    const quality = new Simulator({
        installTime: 200,
        world: vaultsOf("quality"),
        accessKeyId: "quality-key",
        accessKeySecret: "quality-secret",
    });
    afterAll(() => quality.close());

    it("installs each fleet with the keys of its account, which are secrets and may be rotated", async () => {
        const { endpoint } = await quality.listen();
        const { stack, simulator, config } = await scene({
            world: vaultsOf("production"),
            config: {
                "fleet:fleet": { vaultId: "v-production", clusters: { "cl-prd": ["i-p1"] } },
                "fleet:otherFleet": { vaultId: "v-quality", clusters: { "cl-qas": ["i-q1"] } },
                "fleet:otherSettings": {
                    "alicloud:region": "cn-beijing",
                    "alicloud:accessKey": "quality-key",
                    "alicloud:protocol": "HTTP",
                    "alicloud:endpoints": JSON.stringify([{ hbr: endpoint }]),
                },
                "fleet:otherSecretKey": secret("quality-secret"),
            },
        });
        const { outputs, state } = expectOk(await stack.up(example("two-accounts")));
        expect(outputs.clients).toMatchObject({
            production: { "i-p1": { status: "ACTIVATED", clusterId: "cl-prd" } },
            quality: { "i-q1": { status: "ACTIVATED", clusterId: "cl-qas" } },
        });
        expect(recordsOf(simulator, "production")).toEqual({ "i-p1": "ACTIVATED" });
        expect(recordsOf(quality, "quality")).toEqual({ "i-q1": "ACTIVATED" });
        const answers = [simulator, quality].flatMap((each) =>
            each.requests().log.map(({ status }) => status),
        );
        expect(new Set(answers)).toEqual(new Set([200]));
        expect(state.resource("quality").outputs).toMatchObject({ region: "cn-beijing" });
        expect(state.text).not.toContain("quality-secret");

        // Nothing but the provider's own resource changes, so the wrong key does not matter until a call is made.
        await stack.setConfig({ ...config, "fleet:otherSecretKey": secret("wrong-secret") });
        const rotated = expectOk(await stack.up(example("two-accounts")));
        expect(operationsOf(rotated)).toEqual({ production: "same", quality: "same" });
        expect(expectFailed(await stack.destroy()).stdout).toMatch(/quality.*SignatureDoesNotMatch/);
        expect(recordsOf(quality, "quality")).toEqual({ "i-q1": "ACTIVATED" });
    });
});

function portOf(endpoint: string): number {
    return Number(endpoint.split(":")[1]);
}
