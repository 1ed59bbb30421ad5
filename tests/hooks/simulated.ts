import { useConfig } from "../../provider/config/settings";
import type { Simulator } from "../../simulator";

/**
 * Lets the hooks of a test file talk to a simulator in this process, and forgets what was called and said before each test.
 *
 * @returns what the provider has said in the test so far
 */
export function saidTo(simulator: Simulator, more: Readonly<Record<string, string>> = {}): string[] {
    const said: string[] = [];
    const config: Record<string, string> = { "alicloud:protocol": "HTTP", ...more };
    beforeAll(async () => {
        const { endpoint, accessKeyId, accessKeySecret } = await simulator.listen();
        config["alicloud:accessKey"] = accessKeyId;
        config["alicloud:secretKey"] = accessKeySecret;
        config["alicloud:endpoints"] = JSON.stringify([{ hbr: endpoint }]);
    });
    beforeEach(() => {
        said.length = 0;
        simulator.resetRequests();
        simulator.clearFaults();
        useConfig((key) => config[key]);
        jest.spyOn(console, "log").mockImplementation((text: string) => said.push(text));
    });
    afterEach(() => {
        jest.restoreAllMocks();
        useConfig(() => undefined);
    });
    afterAll(() => simulator.close());
    return said;
}
