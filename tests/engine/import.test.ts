import fs from "node:fs";
import path from "node:path";
import { TERRAFORM_STATE, terraformWorld } from "../import/fixtures";
import { expectOk, type ResourceSpec, type StateResource } from "./harness";
import { hbrImport, importFile } from "./importing";
import { clientsOf, countOf, fleet, operationsOf, type Scene, scenes, vaultOf, vaultsOf } from "./support";

const scene = scenes();

/** How often the service was asked to change something. */
function writesIn(simulator: Scene["simulator"]): number {
    return simulator.requests().total - countOf(simulator, "DescribeClients");
}

/** What the state holds of a resource and what a later run builds on. */
function stored({ type, id, inputs, outputs, parent }: StateResource): Partial<StateResource> {
    return { type, id, inputs, outputs, parent } as Partial<StateResource>;
}

/** Docs/takeover.md, with the real engine. */
describe("hbr-import", () => {
    it("takes all six clients of a Terraform state: imported as up would adopt them, and nothing changes then", async () => {
        const { stack, simulator } = await scene({ world: terraformWorld() });
        const args = ["--from-terraform", TERRAFORM_STATE];
        const file = await hbrImport(stack, args);
        expect(file).toMatchObject({ code: 0 });
        expect(file.stderr.split("\n")).toEqual(
            expect.arrayContaining([
                "hbr-import:   terraform state rm alicloud_hbr_hana_backup_client.prd",
                "hbr-import:   terraform state rm alicloud_hbr_hana_backup_client.qas",
            ]),
        );
        expect(await importFile(stack, file.stdout)).toMatch(/= 2 imported/);
        const imported = stack.state();
        // One falls over for a while, and the program declares it all the same: up would uninstall it.
        const [{ clientId = "" } = {}] = terraformWorld().clients ?? [];
        simulator.patchClient(clientId, { status: "DEACTIVATED" });
        const { code, stdout: program } = await hbrImport(stack, [...args, "--program"]);
        expect(code).toBe(0);
        simulator.patchClient(clientId, { status: "ACTIVATED" });
        // Under another name, the clients would be in two resources, and each would remove them.
        const again = await hbrImport(stack, ["v-simulator", "--name", "sap"]);
        expect(again).toMatchObject({ code: 1, stdout: "" });
        expect(again.stderr).toMatch(
            /not imported: i-bp1prd01 .*: already in the resource hana-cl-000prd of this stack\n/,
        );
        expect(again.stderr).toMatch(
            /not imported: i-bp1qas01 .*: already in the resource hana-cl-000qas of this stack\n/,
        );
        const source = path.join(stack.folder, "printed");
        fs.mkdirSync(source);
        fs.writeFileSync(path.join(source, "index.ts"), program);

        const up = expectOk(await stack.up({ file: path.join(source, "index.ts") }));
        const refresh = expectOk(await stack.refresh());
        for (const run of [up, refresh])
            expect(
                Object.values(operationsOf(run)).filter((operation) => !/same|refresh/.test(operation)),
            ).toEqual([]);
        // Not even the protection that `pulumi import` gives.
        expect(up.stdout).not.toContain("diff:");
        expect(up.stdout).toMatch(/3 unchanged/);
        expect(refresh.stdout).toMatch(/3 unchanged/);
        expect(writesIn(simulator)).toBe(0);

        const names = ["hana-cl-000prd", "hana-cl-000qas"];
        expect(names.map((name) => Object.keys(clientsOf(refresh.state, name)))).toEqual([
            ["i-bp1prd01", "i-bp1prd02", "i-bp1prd03"],
            ["i-bp1qas01", "i-bp1qas02", "i-bp1qas03"],
        ]);
        // The same program, which adopts them: __provider, __urn and the settings are those of a real update.
        const other = await scene({ world: terraformWorld() });
        const adopted = expectOk(await other.stack.up({ file: path.join(source, "index.ts") }));
        expect(writesIn(other.simulator)).toBe(0);
        for (const name of names)
            expect(stored(imported.resource(name))).toEqual(stored(adopted.state.resource(name)));
    });

    it("takes a thousand clients of several clusters, below a parent and with settings: nothing changes then", async () => {
        const clusters = ["cl-a", "cl-b", "cl-c"];
        const ids = Array.from({ length: 1_000 }, (_, index) => `i-${String(index).padStart(4, "0")}`);
        const clients = ids.map((instanceId, index) => ({
            ...{ vaultId: vaultOf("big"), instanceId, clusterId: clusters[index % clusters.length] },
            status: index % 100 === 0 ? ("UPGRADE_FAILED" as const) : ("ACTIVATED" as const),
        }));
        const broken = { ...clients[0], instanceId: "i-broken", status: "NOT_INSTALLED" as const };
        const { stack, simulator } = await scene({
            world: { vaults: vaultsOf("big", "other").vaults, clients: [...clients, broken] },
        });
        const opts = { parent: "group" };
        const there = fleet("other", ["i-other"], {}, opts);
        const { state } = expectOk(await stack.up([there]));
        simulator.resetRequests();

        const settings = { removal: "Retain", resourceGroupId: "rg-1", rollout: { waves: [1, "10%"] } };
        const { code, stdout, stderr } = await hbrImport(stack, [
            ...[vaultOf("big"), "--name", "big", "--parent", state.resource("group").urn],
            ...["--removal", "Retain", "--resource-group-id", "rg-1", "--rollout", '{"waves":[1,"10%"]}'],
        ]);
        expect(code).toBe(0);
        expect(stderr).toContain("not imported: i-broken (cl-a, c-");
        expect(stderr).toContain("imported, although UPGRADE_FAILED: i-0000, i-0300, i-0600, i-0900, ");
        expect(await importFile(stack, stdout)).toMatch(/= 3 imported/);
        const imported = clusters.map((clusterId, index): ResourceSpec => {
            const own = ids.filter((_, each) => each % clusters.length === index).reverse();
            const instances = own.map((instanceId) => ({ instanceId, clusterId }));
            const shown = { useHttps: simulator.world().clients[0]?.useHttps, alertSetting: "INHERITED" };
            const args = { vaultId: vaultOf("big"), instances, ...shown, ...settings };
            return { name: `big-${clusterId}`, args, opts };
        });
        const up = expectOk(await stack.up([there, ...imported]));
        const refresh = expectOk(await stack.refresh());
        expect(operationsOf(up)).toEqual(
            Object.fromEntries(["other", ...imported.map(({ name }) => name)].map((name) => [name, "same"])),
        );
        expect(refresh.stdout).toMatch(/6 unchanged/);
        expect(clusters.flatMap((id) => Object.keys(clientsOf(refresh.state, `big-${id}`))).sort()).toEqual(
            ids,
        );
        expect(writesIn(simulator)).toBe(0);
    });
});
