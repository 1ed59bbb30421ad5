const LIBRARIES = ["@alicloud/openapi-client", "@alicloud/credentials", "@alicloud/tea-util", "httpx"];

test("nothing of the Alibaba Cloud SDK is loaded before the first call", async () => {
    for (const library of LIBRARIES) {
        jest.doMock(library, () => {
            throw new Error(`${library} was loaded`);
        });
    }
    const { plainClient } =
        jest.requireActual<typeof import("../../provider/hbr/client")>("../../provider/hbr/client");
    const { resolveSettings } = jest.requireActual<typeof import("../../provider/config/settings")>(
        "../../provider/config/settings",
    );
    const config: Record<string, string> = { "alicloud:accessKey": "ak", "alicloud:secretKey": "sk" };
    const api = plainClient(
        resolveSettings((key) => config[key], {}),
        "cn-hangzhou",
    );
    await expect(api.describeTask("t")).rejects.toThrow("was loaded");
});
