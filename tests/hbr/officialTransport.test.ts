import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { plainClient } from "../../provider/hbr/client";
import { adviceFor, HbrError } from "../../provider/hbr/errors";
import { type ModuleLoader, officialTransport } from "../../provider/hbr/officialTransport";
import type { TransportSettings } from "../../provider/hbr/openapiTransport";
import { resolveSettings } from "../../provider/config/settings";

/** An SDK that gives back what it is asked, to see what the adapter makes of a call. */
function recordingSdk(
    answerWith: (request: object) => unknown,
    wrapped = false,
): { load: ModuleLoader; calls: object[] } {
    const calls: object[] = [];
    class Fields {
        constructor(fields: object) {
            Object.assign(this, fields);
        }
        toMap() {
            return { ...(this as object) };
        }
    }
    class Client {
        constructor(readonly config: object) {}
        createClientsWithOptions = this.answer.bind(this);
        describeClientsWithOptions = this.answer.bind(this);
        answer(request: object, runtime: object) {
            calls.push({ request, runtime, config: this.config });
            return Promise.resolve({ body: answerWith(request) });
        }
    }
    const models = { CreateClientsRequest: Fields, DescribeClientsRequest: Fields };
    const load: ModuleLoader = (name) => {
        if (name === "@alicloud/openapi-core") return { $OpenApiUtil: { Config: Fields } };
        if (name === "@darabonba/typescript") return { RuntimeOptions: Fields };
        return { ...models, default: wrapped ? { default: Client } : Client };
    };
    return { load, calls };
}

const credential = { getCredential: () => Promise.resolve({}) };
const settings: TransportSettings = {
    endpoint: "127.0.0.1:1",
    protocol: "HTTP",
    credential: () => credential as unknown as ReturnType<TransportSettings["credential"]>,
};

test("fields become camelCase and get the types that the SDK declares; ClientInfo and account ids stay texts", async () => {
    const { load, calls } = recordingSdk(() => ({}));
    const transport = officialTransport(settings, load);
    await transport("CreateClients", {
        VaultId: "v-1",
        ClientInfo: '[{"instanceId":"i-1"}]',
        UseHttps: "false",
        CrossAccountUserId: "1234567890123456",
    });
    await transport("DescribeClients", { VaultId: "v-1", PageNumber: "2", PageSize: "99" });
    expect(calls).toMatchObject([
        {
            request: {
                vaultId: "v-1",
                clientInfo: '[{"instanceId":"i-1"}]',
                useHttps: false,
                crossAccountUserId: "1234567890123456",
            },
            config: { endpoint: "127.0.0.1:1", protocol: "HTTP" },
        },
        { request: { pageNumber: 2, pageSize: 99 } },
    ]);
    expect((calls[0] as { config: { credential: unknown } }).config.credential).toBe(credential);
});

test("both time-outs are long, because the smaller one wins, the SDK repeats nothing, and the nonce is ours", async () => {
    const { load, calls } = recordingSdk(() => ({}));
    await officialTransport(settings, load)("DescribeClients", {});
    expect(calls[0]).toMatchObject({
        runtime: {
            readTimeout: 30_000,
            connectTimeout: 30_000,
            autoretry: false,
            extendsParameters: { headers: { "x-acs-signature-nonce": expect.any(String) as string } },
        },
    });
});

test.each([
    ["a model", (request: object) => request, { vaultId: "v-1" }],
    ["a plain body", () => ({ TaskId: "t-1" }), { TaskId: "t-1" }],
    ["no body", () => undefined, undefined],
])("%s comes back as it is on the wire", async (_name, answerWith, expected) => {
    const { load } = recordingSdk(answerWith);
    await expect(officialTransport(settings, load)("CreateClients", { VaultId: "v-1" })).resolves.toEqual(
        expected,
    );
});

test("the client class is found where a loader has wrapped the module", async () => {
    const { load } = recordingSdk(() => ({ ok: true }), true);
    await expect(officialTransport(settings, load)("CreateClients", {})).resolves.toEqual({ ok: true });
});

const isInstalled = ((): boolean => {
    try {
        return require.resolve("@alicloud/hbr20170908") !== "";
    } catch {
        return false;
    }
})();
if (isInstalled)
    process.stdout.write("Skipped, because @alicloud/hbr20170908 is installed here: not installed\n");

(isInstalled ? test.skip : test)(
    "not installed: one error that says what to install, and who asked for it",
    async () => {
        const config: Record<string, string> = {
            "alicloud-hbr:client": "official",
            "alicloud:accessKey": "ak",
            "alicloud:secretKey": "sk",
        };
        const api = plainClient(
            resolveSettings((key) => config[key], {}),
            "cn-hangzhou",
        );
        const error = await api.describeTask("t").catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(HbrError);
        expect(error).toMatchObject({ errorClass: "account", code: "SdkNotInstalled" });
        expect((error as HbrError).message).toContain("@alicloud/hbr20170908 is not installed");
        expect((error as HbrError).message).toContain("alicloud-hbr:client");
    },
);

const FIELDS = "class Fields { constructor(fields) { Object.assign(this, fields); } }";
const SDK_CODE = `${FIELDS} exports.DescribeTaskRequest = Fields; exports.default = class {
    describeTaskWithOptions(request) { return Promise.resolve({ body: { asked: request.taskId } }); }
};`;
const CORE = { "@alicloud/openapi-core": `${FIELDS} exports.$OpenApiUtil = { Config: Fields };` };
const TEA = { "@darabonba/typescript": `${FIELDS} exports.RuntimeOptions = Fields;` };

/** Makes a call in a program's folder, in which the SDK is that code, and has those packages beside it. */
async function callIn(code: string, dependencies: Readonly<Record<string, string>>): Promise<unknown> {
    const folder = mkdtempSync(join(tmpdir(), "hbr-sdk-"));
    const sdk = join(folder, "node_modules", "@alicloud", "hbr20170908");
    const write = (packageFolder: string, text: string): void => {
        mkdirSync(packageFolder, { recursive: true });
        writeFileSync(join(packageFolder, "index.js"), text);
    };
    write(sdk, code);
    for (const [name, text] of Object.entries(dependencies))
        write(join(sdk, "node_modules", ...name.split("/")), text);
    jest.spyOn(process, "cwd").mockReturnValue(folder);
    try {
        return await officialTransport(settings)("DescribeTask", { TaskId: "t-1" });
    } finally {
        jest.restoreAllMocks();
        rmSync(folder, { recursive: true });
    }
}

test("the SDK is found where the program runs, and its own dependencies beside it", async () => {
    await expect(callIn(SDK_CODE, { ...CORE, ...TEA })).resolves.toEqual({ asked: "t-1" });
});

test.each([
    ["when it is loaded", `require("@alicloud/openapi-core"); ${SDK_CODE}`, TEA, "@alicloud/openapi-core"],
    ["beside it", SDK_CODE, CORE, "@darabonba/typescript"],
])("an SDK that lacks a dependency %s is not called missing: the dependency is", async (...given) => {
    const [, code, dependencies, missing] = given;
    const error: unknown = await callIn(code, dependencies).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ errorClass: "account", code: "SdkIncomplete" });
    expect((error as HbrError).message).toBe(
        `alicloud-hbr:client is "official", but @alicloud/hbr20170908 lacks a module that it needs: ${missing}`,
    );
    expect(adviceFor("SdkIncomplete")).toBe(
        "install the packages of the program again (`npm install`), or remove alicloud-hbr:client from the " +
            "configuration to use the built-in client",
    );
});

test("an SDK that is installed but broken shows its own fault", async () => {
    const load: ModuleLoader = () => {
        throw new Error("broken");
    };
    await expect(officialTransport(settings, load)("CreateClients", {})).rejects.toThrow("broken");
});
