import { installed } from "./installed";
import { instances, VAULT, VirtualStack } from "./virtualStack";

/** The instances of each CreateClients call. */
function batches(stack: VirtualStack): string[][] {
    return stack.simulator.requests().log.flatMap(({ action, parameters }) => {
        if (action !== "CreateClients") return [];
        const targets = JSON.parse(parameters["ClientInfo"] ?? "[]") as { instanceId: string }[];
        return [targets.map(({ instanceId }) => instanceId)];
    });
}

describe("waves", () => {
    test("of an installation follow one another, in the sizes of the program", async () => {
        const stack = new VirtualStack();
        const rollout = { waves: [1, "10%", "100%"] };
        const end = await stack.up({ instances: instances(40), rollout });
        console.log(JSON.stringify(end, null, 1), batches(stack).map((b) => b.length), JSON.stringify(Object.keys(stack.state ?? {})));
    });
    test("a failed one", async () => {
        const stack = new VirtualStack({ world: { instances: [{ instanceId: "i-003", failInstall: "Odd" }] } });
        const rollout = { waves: [1, 4, 35], soak: "5m", pauseAfter: "firstWave" };
        let end = await stack.up({ instances: instances(10), rollout });
        console.log(JSON.stringify(end, null, 1), batches(stack).map((b) => b.length), JSON.stringify(stack.state?.__rollout));
        end = await stack.up({ instances: instances(10), rollout });
        console.log(JSON.stringify(end, null, 1), batches(stack).map((b) => b.length), JSON.stringify(stack.state?.__rollout));
        stack.simulator.patchInstance("i-003", { failInstall: null });
        end = await stack.up({ instances: instances(10), rollout });
        console.log(JSON.stringify(end, null, 1), batches(stack).map((b) => b.length), JSON.stringify(stack.state?.__rollout));
        end = await stack.up({ instances: instances(10), rollout });
        console.log(JSON.stringify(end, null, 1));
    });
    test("upgrade", async () => {
        const stack = await installed(6, { upgrades: "Latest" });
        stack.simulator.setSwitches({ latestVersion: "2.11.0" });
        stack.simulator.patchInstance("i-002", { failUpgrade: "NoSpace" });
        const p = { instances: instances(6), upgrades: "Latest", rollout: { maxFailures: 2 } };
        let end = await stack.up(p);
        console.log(JSON.stringify(end));
        await stack.refresh();
        console.log(JSON.stringify(stack.state?.clients));
        end = await stack.up(p);
        console.log(JSON.stringify(end, null, 1), JSON.stringify(stack.state?.clients["i-002"]), stack.calls("UpgradeClient"));
        stack.simulator.patchInstance("i-002", { failUpgrade: null });
        stack.simulator.setSwitches({ ignoreUpgrade: true });
        end = await stack.up(p);
        console.log(JSON.stringify(end, null, 1), JSON.stringify(stack.state?.clients["i-002"]), stack.calls("UpgradeClient"));
        end = await stack.up(p);
        console.log(JSON.stringify(end));
        void VAULT;
    });
});
