import type { SwitchesInput } from "../../simulator/index";
import { installed } from "./installed";
import { instances, VirtualStack } from "./virtualStack";

const FLEET = { instances: instances(30), removal: "UninstallAndDelete" } as const;

/** Sets switches before the n-th call of an action, however often it is called after that. */
function before({ simulator }: VirtualStack, action: string, call: number, switches: SwitchesInput): void {
    let calls = 0;
    simulator.onRequest((name) => {
        if (name === action && (calls += 1) === call) simulator.setSwitches(switches);
    });
}

const LOST = [
    ["inactive", "InvalidAccessKeyId.Inactive", "enable the access key, or use another one"],
    ["deleted", "InvalidAccessKeyId.NotFound", "check the access key ID"],
    ["expired", "InvalidSecurityToken.Expired", "get a new STS token"],
] as const;

describe.each(LOST)("an access key that is %s in the middle of a run", (accessKey, code, advice) => {
    test.each([
        ["CreateClients", 2],
        ["DescribeTask", 5],
        ["DescribeClients", 2],
    ] as const)(
        "ends it with one reason, and nothing is lost or done twice (%s %i)",
        async (action, call) => {
            const stack = new VirtualStack();
            before(stack, action, call, { accessKey });
            const end = await stack.up(FLEET);
            expect(end.reasons[0]).toMatch(new RegExp(`^\\w+ failed: ${code}: .*${advice}`));
            expect(end.reasons.slice(1)).toEqual([expect.stringMatching(/^still to be done/)]);
            stack.simulator.setSwitches({ accessKey: "valid" });
            expect((await stack.up(FLEET)).reasons).toEqual([]);
            expect(stack.duplicateInstalls).toBe(0);
            expect(Object.values(stack.simulator.requests().installs)).toEqual(Array(30).fill(1));
        },
    );

    test.each(["UninstallClient", "DescribeClients", "DeleteClient"])(
        "ends a removal, which the next one completes (%s)",
        async (action) => {
            const stack = await installed(30, FLEET);
            before(stack, action, 3, { accessKey });
            const end = await stack.destroy();
            expect(end.reasons[0]).toMatch(new RegExp(`^\\w+ failed: ${code}: .*${advice}`));
            stack.simulator.setSwitches({ accessKey: "valid" });
            expect((await stack.destroy()).reasons).toEqual([]);
            expect(stack.statuses()).toEqual({});
        },
    );
});

describe("a service whose clock is", () => {
    test.each(["14m", "-14m"])("%s off does no harm, its heartbeats included", async (clockSkew) => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches({ clockSkew });
        const rollout = { waves: [10], soak: "1m" };
        expect(await stack.up({ ...FLEET, rollout })).toMatchObject({ reasons: [], warnings: [] });
        expect((await stack.destroy()).reasons).toEqual([]);
    });

    test.each(["16m", "-16m"])("%s off gets one error that names the clock", async (clockSkew) => {
        const stack = await installed(30, FLEET);
        stack.simulator.setSwitches({ clockSkew });
        expect((await stack.up({ ...FLEET, triggers: [1] })).reasons).toEqual([
            expect.stringMatching(
                /^DescribeClients failed: InvalidTimeStamp\.Expired: .*; set this machine's clock$/,
            ),
        ]);
        expect(stack.calls("DescribeClients")).toBe(1);
    });
});
