import packageJson from "../../package.json";
import { credentialFor } from "../../provider/config/credentials";
import { resolveSettings } from "../../provider/config/settings";
import { implementations } from "./implementations";
import { answer, Loopback } from "./loopback";

test.each(implementations)("%s: a request names the package and its version", async (_name, transportOf) => {
    const service = new Loopback();
    service.handler = answer(200, { Success: true, Description: "completed" });
    const endpoint = await service.listen();
    const config: Record<string, string> = { "alicloud:accessKey": "ak", "alicloud:secretKey": "sk" };
    const { client } = credentialFor(resolveSettings((key) => config[key], {}));
    try {
        await transportOf({ endpoint, protocol: "HTTP", credential: client })("DescribeTask", {
            TaskId: "t",
        });
        const agent = service.seen[0]?.request.headers["user-agent"];
        expect(agent?.split(" ")).toContain(`pulumi-alicloud-hbr/${packageJson.version}`);
    } finally {
        await service.close();
    }
});
