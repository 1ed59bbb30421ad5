import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Tool } from "../../provider/import/options";
import { UsageError } from "../../provider/commandLine";
import { KnownSecrets } from "../../provider/hbr/secrets";
import { type ForeignRecord, readRecords, removals } from "../../provider/import/records";
import { TERRAFORM_STATE } from "./fixtures";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "records-"));

afterAll(() => {
    fs.rmSync(folder, { recursive: true });
});

let count = 0;

function read(tool: Tool, content: unknown): readonly ForeignRecord[] {
    const file = path.join(folder, `${String(++count)}.json`);
    fs.writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
    return readRecords(tool, file, new KnownSecrets());
}

/** What is wrong with the content, without option and file. */
function faultOf(tool: Tool, content: unknown): string {
    try {
        read(tool, content);
    } catch (error) {
        if (error instanceof UsageError) return error.message.replace(/^--from-\w+ \S+: /, "");
        throw error;
    }
    return "nothing is wrong";
}

const TYPE = "alicloud_hbr_hana_backup_client";
const SECRET = "LTAI5secretOfAClient";

const infoOf = (...instanceIds: readonly string[]): string =>
    JSON.stringify(
        instanceIds.map((instanceId) => ({ instanceId, clusterId: "cl-1", sourceTypes: ["HANA"] })),
    );

function terraform(instances: readonly object[], more: object = {}): object {
    const resource = { mode: "managed", type: TYPE, name: "prd", instances, ...more };
    return {
        version: 4,
        resources: [{ mode: "managed", type: "other", name: "x", instances: [{}] }, resource],
    };
}

describe("records in a Terraform state", () => {
    it("are all of that type, with every instance of their client_info", () => {
        const records = readRecords("terraform", TERRAFORM_STATE, new KnownSecrets());
        expect(
            records.map(({ address, clients }) => [address, clients.map(({ instanceId }) => instanceId)]),
        ).toEqual([
            [`${TYPE}.prd["i-bp1prd01"]`, ["i-bp1prd01"]],
            [`${TYPE}.prd["i-bp1prd02"]`, ["i-bp1prd02"]],
            [`${TYPE}.prd["i-bp1prd03"]`, ["i-bp1prd03"]],
            [`${TYPE}.qas`, ["i-bp1qas01", "i-bp1qas02", "i-bp1qas03"]],
        ]);
        const others = { clusterId: "cl-000qas", sourceTypes: ["HANA"], hasKey: false };
        expect(records.at(-1)).toMatchObject({ vaultId: "v-simulator" });
        expect(records.at(-1)?.clients).toEqual([
            { instanceId: "i-bp1qas01", clientId: "c-000x36duh7d0elhqxyez", ...others },
            { instanceId: "i-bp1qas02", ...others },
            { instanceId: "i-bp1qas03", ...others },
        ]);
    });

    it("may lie in modules, be counted, have no client_info, or be left over from a replacement", () => {
        const attributes = { vault_id: "v-1", client_info: infoOf("i-a") };
        const imported = {
            vault_id: "v-1",
            client_info: null,
            instance_id: "i-b",
            cluster_id: "",
            client_id: "c-b",
        };
        const instances = [
            { index_key: 0, attributes },
            { index_key: 1, attributes: imported },
            { index_key: 1, deposed: "0a1b2c", attributes },
            { index_key: 2, attributes: { ...imported, client_info: "" } },
        ];
        const records = read("terraform", terraform(instances, { module: 'module.sap["it\'s"]' }));
        expect(records.map(({ address }) => address)).toEqual([
            `module.sap["it's"].${TYPE}.prd[0]`,
            `module.sap["it's"].${TYPE}.prd[1]`,
            `module.sap["it's"].${TYPE}.prd[2]`,
        ]);
        for (const record of records.slice(1))
            expect(record.clients).toEqual([{ instanceId: "i-b", clientId: "c-b", hasKey: false }]);
        expect(removals(records, new Set(records))).toEqual([
            `terraform state rm 'module.sap["it'\\''s"].${TYPE}.prd'`,
        ]);
        expect(removals(records, new Set(records.slice(1, 2)))).toEqual([
            `terraform state rm 'module.sap["it'\\''s"].${TYPE}.prd[1]'`,
        ]);
        expect(removals(records, new Set())).toEqual([]);
    });

    it("are named as Terraform reads a name, and a shell too", () => {
        const attributes = { vault_id: "v-1", client_info: infoOf("i-a") };
        const keys = ["a b", '"', "\\", "${x}", "%{y}", "it's", "\u0007\b\n", "\u009b1m\u202e"];
        const records = read("terraform", terraform(keys.map((key) => ({ index_key: key, attributes }))));
        const [first] = records;
        if (!first) throw new Error("No record was read");
        const one = records.map((record) => removals([...records, { ...first }], new Set([record])));
        expect(one.flat()).toEqual(
            [
                '["a b"]',
                String.raw`["\""]`,
                String.raw`["\\"]`,
                '["$${x}"]',
                '["%%{y}"]',
                String.raw`["it'\''s"]`,
                String.raw`["\u0007\u0008\n"]`,
                String.raw`["\u009b1m\u202e"]`,
            ].map((key) => `terraform state rm '${TYPE}.prd${key}'`),
        );
    });

    it("leave out what a data source has read", () => {
        const attributes = { vault_id: "v-1", client_info: infoOf("i-a") };
        expect(faultOf("terraform", terraform([{ attributes }], { mode: "data" }))).toBe(
            `it holds no ${TYPE}`,
        );
    });

    it("say that a client has an access key, and keep it to themselves", () => {
        const key = { accessKeyId: SECRET, accessKeySecret: SECRET };
        const info = JSON.stringify([
            { instanceId: "i-a", sourceTypes: [], ...key },
            { instanceId: "i-b", ...key, accessKeyId: "" },
        ]);
        const records = read(
            "terraform",
            terraform([{ attributes: { vault_id: "v-1", client_info: info } }]),
        );
        expect(records[0]?.clients).toEqual([
            { instanceId: "i-a", hasKey: true },
            { instanceId: "i-b", hasKey: false },
        ]);
        expect(JSON.stringify(records)).not.toContain(SECRET);
    });
});

describe("records in an exported Pulumi stack", () => {
    const type = "alicloud:hbr/hanaBackupClient:HanaBackupClient";
    const urn = (name: string): string => `urn:pulumi:dev::sap::${type}::${name}`;
    const outputs = { vaultId: "v-1", clientInfo: infoOf("i-a", "i-b"), instanceId: "i-a", clientId: "c-a" };
    const exported = (...resources: readonly object[]): object => ({ version: 3, deployment: { resources } });
    const secretOf = (more: object): object => ({
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        ...more,
    });

    it("are all of that type, without those that are going, or only looked up", () => {
        const below = `urn:pulumi:dev::sap::test:index:Group$${type}::one`;
        const records = read(
            "pulumi",
            exported(
                { urn: "urn:pulumi:dev::sap::pulumi:pulumi:Stack::sap-dev", type: "pulumi:pulumi:Stack" },
                { urn: below, type, outputs },
                { urn: urn("guarded"), type, outputs, protect: true },
                { urn: urn("old"), type, outputs, delete: true },
                { urn: urn("looked-up"), type, outputs, external: true },
            ),
        );
        expect(removals(records, new Set(records))).toEqual([
            `pulumi state delete '${below}'`,
            `pulumi state delete --force ${urn("guarded")}`,
        ]);
        expect(records[0]?.clients).toMatchObject([
            { instanceId: "i-a", clientId: "c-a" },
            { instanceId: "i-b", clusterId: "cl-1" },
        ]);
    });

    it("are read from a secret where the export shows it", () => {
        const plaintext = JSON.stringify(infoOf("i-s"));
        const clientInfo = secretOf({ plaintext });
        const [record] = read(
            "pulumi",
            exported({ urn: urn("s"), type, outputs: { ...outputs, clientInfo } }),
        );
        expect(record?.clients).toMatchObject([{ instanceId: "i-s" }]);
        const hidden = { ...outputs, clientInfo: secretOf({ ciphertext: "v1:abc" }) };
        const broken = { ...outputs, clientInfo: secretOf({ plaintext: SECRET }) };
        // The state of a client that was imported there tells by the others which one it is.
        const { clientInfo: _, ...tracked } = outputs;
        const hiddenId = { ...tracked, instanceId: secretOf({ ciphertext: "v1:abc" }) };
        for (const each of [hidden, broken, hiddenId])
            expect(faultOf("pulumi", exported({ urn: urn("s"), type, outputs: each }))).toBe(
                `a property of ${urn("s")} is a secret: write it with \`pulumi stack export --show-secrets\``,
            );
        const shownId = { ...tracked, instanceId: secretOf({ plaintext: '"i-s"' }) };
        const [shown] = read("pulumi", exported({ urn: urn("s"), type, outputs: shownId }));
        expect(shown?.clients).toEqual([{ instanceId: "i-s", clientId: "c-a", hasKey: false }]);
    });
});

describe("a file that holds no records", () => {
    it.each<[string, Tool, unknown, string]>([
        [
            "no JSON",
            "terraform",
            `{"${SECRET}`,
            "is not JSON: write it with `terraform state pull`, or `tofu state pull`",
        ],
        ["no JSON", "pulumi", `x${SECRET}`, "is not JSON: write it with `pulumi stack export`"],
        [
            "an older state",
            "terraform",
            { version: 3, modules: [SECRET] },
            "is not a state of version 4 (at version): write it with `terraform state pull`, or `tofu state pull`",
        ],
        [
            "an encrypted state",
            "terraform",
            { serial: 1, encrypted_data: SECRET },
            "is not a state of version 4 (at version): write it with `terraform state pull`, or `tofu state pull`",
        ],
        [
            "a list",
            "pulumi",
            [SECRET],
            "is not an exported deployment (at deployment): write it with `pulumi stack export`",
        ],
        ["none of them", "terraform", { version: 4, resources: [] }, `it holds no ${TYPE}`],
        [
            "none of them",
            "pulumi",
            { deployment: { resources: [] } },
            "it holds no alicloud:hbr/hanaBackupClient:HanaBackupClient",
        ],
        [
            "nothing yet",
            "pulumi",
            { version: 3, deployment: { manifest: {} } },
            "it holds no alicloud:hbr/hanaBackupClient:HanaBackupClient",
        ],
        [
            "no vault",
            "terraform",
            terraform([{ attributes: { client_info: infoOf("i-a") } }]),
            `${TYPE}.prd has no vault ID`,
        ],
        [
            "another ID",
            "terraform",
            terraform([{ attributes: { vault_id: "i-1\u009b", client_info: infoOf("i-a") } }]),
            `${TYPE}.prd has no vault ID`,
        ],
        [
            "a name that a terminal would not show",
            "terraform",
            terraform([{ attributes: { vault_id: "v-1" } }], { module: "module.a\n\u001b[8mb" }),
            `the name module.a b.${TYPE}.prd has characters that cannot be shown`,
        ],
        [
            "no instance",
            "terraform",
            terraform([{ attributes: { vault_id: "v-1" } }]),
            `${TYPE}.prd names no instance`,
        ],
        [
            "no list of clients",
            "terraform",
            terraform([{ attributes: { vault_id: "v-1", client_info: `{"accessKeySecret":"${SECRET}"}` } }]),
            `the client info of ${TYPE}.prd is not a JSON list of instances`,
        ],
    ])("%s (%s): it says so, and quotes nothing of it", (_, tool, content, fault) => {
        expect(faultOf(tool, content)).toBe(fault);
        expect(fault).not.toContain(SECRET);
    });

    it("and one that is not there", () => {
        expect(() => readRecords("terraform", path.join(folder, "none.json"), new KnownSecrets())).toThrow(
            /^--from-terraform .*none\.json: (Error: )?ENOENT/,
        );
    });
});
