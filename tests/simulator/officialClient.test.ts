import OpenApiClient, { Config, OpenApiRequest, Params } from "@alicloud/openapi-client";
import { RuntimeOptions } from "@alicloud/tea-util";
import { Simulator } from "../../simulator";
import { VAULT, type Answer } from "./support";

type Call = (
    action: string,
    query?: Record<string, string>,
    body?: Record<string, unknown>,
) => Promise<Answer>;

/** The official generic client, as a program would set it up. */
function clientOf(endpoint: string, signatureAlgorithm?: string, securityToken?: string): Call {
    const client = new OpenApiClient(
        new Config({
            accessKeyId: "id",
            accessKeySecret: "secret",
            endpoint,
            protocol: "HTTP",
            ...(signatureAlgorithm !== undefined && { signatureAlgorithm }),
            ...(securityToken !== undefined && { securityToken }),
        }),
    );
    return async (action, query = {}, body) => {
        const params = new Params({
            action,
            version: "2017-09-08",
            protocol: "HTTP",
            pathname: "/",
            method: "POST",
            authType: "AK",
            style: "RPC",
            reqBodyType: "formData",
            bodyType: "json",
        });
        const request = new OpenApiRequest({ query, ...(body !== undefined && { body }) });
        const answer = await client.callApi(params, request, new RuntimeOptions({ readTimeout: 5000 }));
        return answer["body"] as Answer;
    };
}

describe.each([undefined, "v2"])("@alicloud/openapi-client, signature algorithm %s", (algorithm) => {
    const simulator = new Simulator({ accessKeyId: "id", accessKeySecret: "secret", installTime: 0 });
    let call: Call;

    beforeAll(async () => {
        call = clientOf((await simulator.listen()).endpoint, algorithm);
    });

    afterAll(() => simulator.close());

    test("installs, looks, lists, uninstalls and deletes", async () => {
        const ClientInfo = JSON.stringify([
            { instanceId: "i-1", clusterId: "cl ~*!'()ü", sourceTypes: ["HANA"] },
        ]);
        const { TaskId } = await call("CreateClients", { VaultId: VAULT, ClientInfo, UseHttps: "true" });
        expect(await call("DescribeTask", { TaskId: TaskId as string })).toMatchObject({ Progress: 100 });
        const list = await call("DescribeClients", {
            VaultId: VAULT,
            ClientType: "ECS_AGENT",
            ClusterId: "cl ~*!'()ü",
        });
        const [client] = (list["Clients"] as { Client: Answer[] }).Client;
        expect(client).toMatchObject({ InstanceId: "i-1", Status: "ACTIVATED", UseHttps: true });
        const named = { VaultId: VAULT, ClientId: client?.["ClientId"] as string };
        await call("UninstallClient", named);
        expect(await call("DeleteClient", named)).toMatchObject({ Success: true });
    });

    test("sends some parameters in the body", async () => {
        await call("InstallBackupClients", { InstanceIds: '["i-1","i-2"]' });
        const body = { InstanceIds: '["i-2"]' };
        expect(await call("DescribeBackupClients", { ClientType: "ECS_CLIENT" }, body)).toMatchObject({
            TotalCount: 1,
        });
    });

    test("reads our errors", async () => {
        await expect(call("DescribeTask", { TaskId: "t-none" })).rejects.toMatchObject({
            code: "TaskNotFound",
            statusCode: 404,
        });
        simulator.addFault({ action: "*", kind: "throttle" });
        await expect(call("DescribeRegions")).rejects.toMatchObject({
            code: "Throttling.User",
            statusCode: 400,
        });
        simulator.addFault({ action: "*", kind: "reset-before" });
        await expect(call("DescribeRegions")).rejects.toMatchObject({ code: "ECONNRESET" });
        simulator.addFault({ action: "*", kind: "not-json" });
        await expect(call("DescribeRegions")).rejects.toThrow(SyntaxError);
    });
});

test("@alicloud/openapi-client with temporary credentials", async () => {
    const simulator = new Simulator({ accessKeyId: "id", accessKeySecret: "secret", securityToken: "token" });
    const { endpoint } = await simulator.listen();
    for (const algorithm of [undefined, "v2"]) {
        expect(await clientOf(endpoint, algorithm, "token")("DescribeRegions")).toMatchObject({
            Success: true,
        });
        await expect(clientOf(endpoint, algorithm)("DescribeRegions")).rejects.toMatchObject({
            code: "MissingSecurityToken",
        });
    }
    await simulator.close();
});
