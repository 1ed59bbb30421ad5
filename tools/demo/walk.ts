import { styleText } from "node:util";
import { adviceFor } from "../../provider/hbr/errors";
import type { Checks } from "./checks";
import { outputsOf, runShown } from "./display";
import {
    activated,
    countsSince,
    exported,
    installCalls,
    messagesOf,
    newInstalls,
    onceEach,
    planOf,
    withoutHttps,
} from "./facts";
import { writeReport } from "./report";
import type { Clusters, Fleet } from "./fleet";

const UNFIT = "i-qas07";
const MOVED = "i-prd03";
const REPLACED = "i-prd05";
const REPLACEMENT = "i-prd13";
const REMOVED = "i-qas12";
const BROKEN = "i-prd08";
const FIRST = "i-prd01";
const SOAK_S = 1;
const BOOT_S = 2;
const VERSION = "2.10.3";
const NEXT_VERSION = "2.11.0";

/** Runs all steps of the main scenario in sequence. */
export async function walk(fleet: Fleet, checks: Checks): Promise<void> {
    const before = fleet.exampleClusters;
    const after = changed(before);
    await firstPreview(fleet, checks, before);
    await firstUp(fleet, checks);
    const exported = await fleet.exportState();
    await secondUp(fleet, checks);
    await previewOfChange(fleet, checks, after);
    await upOfChange(fleet, checks, after);
    await refresh(fleet, checks);
    await repair(fleet, checks);
    await previewOfWaves(fleet, checks, after);
    await firstWave(fleet, checks, after);
    await otherWaves(fleet, checks, after);
    await refreshOfVersions(fleet, checks);
    await previewOfUpgrade(fleet, checks, after);
    await upgrade(fleet, checks, after);
    await destroy(fleet, checks);
    report(exported, checks);
}

/** Changes one cluster ID and one instance ID, and removes one instance. */
function changed(clusters: Clusters): Clusters {
    const { "cl-000prd": prd = [], "cl-000qas": qas = [] } = clusters;
    return {
        "cl-000prd": prd.filter((id) => id !== MOVED).map((id) => (id === REPLACED ? REPLACEMENT : id)),
        "cl-000qas": [...qas.filter((id) => id !== REMOVED), MOVED],
    };
}

function heading(title: string, text: string): void {
    console.log(`\n${styleText(["bold", "cyan"], `══ ${title}`)}\n${text}\n`);
}

async function firstPreview(fleet: Fleet, checks: Checks, clusters: Clusters): Promise<void> {
    const instanceIds = Object.values(clusters).flat();
    heading(
        "1. pulumi preview",
        `${instanceIds.length} instances in two SAP HANA clusters have no backup client yet. The preview shows the plan, and calls no API.`,
    );
    fleet.simulator.setWorld({
        strict: true,
        vaults: [fleet.vaultId],
        instances: [...instanceIds, REPLACEMENT].map((instanceId) => ({
            instanceId,
            state: "Running",
            cloudAssistant: instanceId !== UNFIT,
        })),
    });
    await fleet.configure(clusters, { rollout: { bootTimeout: `${BOOT_S}s` } });
    const result = await runShown(fleet, "preview");
    checks.equal("the preview succeeds", result.ok, true);
    checks.equal("it calls no API", fleet.simulator.requests().total, 0);
    checks.equal("its plan is to install 24", /plan: install (\d+)/.exec(planOf(result))?.[1], "24");
}

async function firstUp(fleet: Fleet, checks: Checks): Promise<void> {
    heading(
        "2. pulumi up",
        `Cloud Assistant is stopped on ${UNFIT}. The run waits for it for ${BOOT_S} s (5 minutes by default), installs the other 23, and fails with the reason.`,
    );
    const result = await runShown(fleet, "up");
    const clients = outputsOf(result).clients;
    const failed = result.state.resource("hana").outputs?.["failedInstanceIds"];
    checks.equal("the run fails", result.ok, false);
    checks.equal(`${UNFIT} alone has failed`, failed, [UNFIT]);
    checks.equal(
        "its reason is in the outputs",
        clients[UNFIT]?.errorCode,
        "CloudAssistNotRunningOnInstance",
    );
    checks.equal("the other 23 are ACTIVATED, in the outputs", activated(Object.entries(clients)).length, 23);
    checks.equal("and in the service", activated(fleet.agents()).length, 23);
}

async function secondUp(fleet: Fleet, checks: Checks): Promise<void> {
    heading(
        "3. pulumi up",
        `Cloud Assistant is started on ${UNFIT}. The next run installs this client, and no other.`,
    );
    fleet.simulator.patchInstance(UNFIT, { cloudAssistant: true });
    const before = fleet.simulator.requests();
    const result = await runShown(fleet, "up");
    checks.equal("the run succeeds", result.ok, true);
    checks.equal("all 24 are ACTIVATED", exported(result).length, 24);
    checks.equal(`only ${UNFIT} was installed`, newInstalls(fleet, before.installs), [UNFIT]);
    checks.equal("nothing has failed", result.outputs["failedInstanceIds"], []);
}

async function previewOfChange(fleet: Fleet, checks: Checks, clusters: Clusters): Promise<void> {
    heading(
        "4. pulumi preview",
        `${MOVED} moves to the other cluster, ${REPLACEMENT} takes the place of ${REPLACED}, and ${REMOVED} leaves. The plan names these four, and keeps 21.`,
    );
    await fleet.configure(clusters);
    const { total } = fleet.simulator.requests();
    const result = await runShown(fleet, "preview");
    checks.equal("the preview succeeds", result.ok, true);
    checks.equal("it calls no API", fleet.simulator.requests().total, total);
    checks.equal(
        "its plan is what has changed",
        planOf(result),
        `plan: install 1: ${REPLACEMENT}; reinstall 1: ${MOVED} (clusterId cl-000prd → cl-000qas); ` +
            `uninstall 2: ${REPLACED}, ${REMOVED}; keep 21`,
    );
}

async function upOfChange(fleet: Fleet, checks: Checks, clusters: Clusters): Promise<void> {
    heading("5. pulumi up", "The run does what the plan says, and nothing else.");
    const before = fleet.simulator.requests();
    const result = await runShown(fleet, "up");
    const declared = Object.values(clusters).flat().sort();
    checks.equal("the run succeeds", result.ok, true);
    checks.equal("the outputs have the 23 that are declared", exported(result), declared);
    checks.equal("and so has the service", [...fleet.agents().keys()].sort(), declared);
    checks.equal(`${MOVED} is in its new cluster`, fleet.agents().get(MOVED)?.clusterId, "cl-000qas");
    checks.equal(
        `only ${MOVED} and ${REPLACEMENT} were installed`,
        newInstalls(fleet, before.installs),
        [MOVED, REPLACEMENT].sort(),
    );
}

async function refresh(fleet: Fleet, checks: Checks): Promise<void> {
    heading("6. pulumi refresh", `The agent of ${BROKEN} is removed by hand. A refresh finds it.`);
    fleet.simulator.patchClient(fleet.agents().get(BROKEN)?.clientId ?? "", { status: "NOT_INSTALLED" });
    const before = fleet.simulator.requests();
    const result = await runShown(fleet, "refresh");
    checks.equal("the refresh succeeds", result.ok, true);
    checks.equal(`${BROKEN} is NOT_INSTALLED`, outputsOf(result).clients[BROKEN]?.status, "NOT_INSTALLED");
    checks.equal("the others are ACTIVATED", activated(Object.entries(outputsOf(result).clients)).length, 22);
    checks.equal("nothing was installed", newInstalls(fleet, before.installs), []);
}

async function repair(fleet: Fleet, checks: Checks): Promise<void> {
    heading("7. pulumi up", "The next run repairs this client, and no other.");
    const before = fleet.simulator.requests();
    const result = await runShown(fleet, "up");
    checks.equal("the run succeeds", result.ok, true);
    checks.equal("all 23 are ACTIVATED", exported(result).length, 23);
    checks.equal(`only ${BROKEN} was installed`, newInstalls(fleet, before.installs), [BROKEN]);
}

async function previewOfWaves(fleet: Fleet, checks: Checks, clusters: Clusters): Promise<void> {
    heading(
        "8. pulumi preview",
        `useHttps changes, which takes a reinstallation of each client. \`rollout\` asks for waves: one client, a quarter of the fleet, the rest, each watched for ${SOAK_S} s.`,
    );
    const rollout = { waves: [1, "25%", "100%"], soak: `${SOAK_S}s`, pauseAfter: "firstWave" };
    await fleet.configure(clusters, { useHttps: false, rollout });
    const result = await runShown(fleet, "preview");
    checks.equal("the preview succeeds", result.ok, true);
    checks.equal("its plan is to reinstall 23", /plan: reinstall (\d+)/.exec(planOf(result))?.[1], "23");
    checks.equal(
        "in three waves",
        planOf(result).split("; ").at(-1),
        "in waves of 1, 6, 16, with a pause after the first",
    );
}

async function firstWave(fleet: Fleet, checks: Checks, clusters: Clusters): Promise<void> {
    heading(
        "9. pulumi up",
        "The first wave: one client is reinstalled and watched. Then the run pauses, as `pauseAfter` says.",
    );
    const before = fleet.simulator.requests();
    const result = await runShown(fleet, "up");
    const pending = Object.values(outputsOf(result).clients).filter(
        ({ pendingAction }) => pendingAction === "reinstall",
    );
    checks.equal("the run succeeds", result.ok, true);
    checks.equal(
        "it says that it pauses",
        messagesOf(result).some((message) => message.includes("paused after the first wave")),
        true,
    );
    checks.equal(`only ${FIRST} was installed`, newInstalls(fleet, before.installs), [FIRST]);
    checks.equal("it has the new setting", withoutHttps(fleet), [FIRST]);
    checks.equal("the other 22 still have to be reinstalled", pending.length, 22);
    checks.equal("and keep their agents", exported(result), Object.values(clusters).flat().sort());
}

async function otherWaves(fleet: Fleet, checks: Checks, clusters: Clusters): Promise<void> {
    heading(
        "10. pulumi up",
        "All is well with it, so the next run goes on with the second wave and the third.",
    );
    const before = fleet.simulator.requests();
    const result = await runShown(fleet, "up");
    const declared = Object.values(clusters).flat().sort();
    const others = declared.filter((id) => id !== FIRST);
    const [second, third] = installCalls(fleet, before.log.length);
    checks.equal("the run succeeds", result.ok, true);
    checks.equal("all 23 have the new setting", withoutHttps(fleet), declared);
    checks.equal(
        "the other 22 were installed, each once",
        countsSince(fleet.simulator.requests().installs, before.installs),
        onceEach(others),
    );
    checks.equal("6 of them in the second wave", second?.count, 6);
    checks.equal("16 in the third", third?.count, 16);
    checks.equal(
        `at least ${SOAK_S} s after the second`,
        (third?.at ?? NaN) - (second?.at ?? NaN) >= SOAK_S * 1_000,
        true,
    );
}

async function refreshOfVersions(fleet: Fleet, checks: Checks): Promise<void> {
    heading(
        "11. pulumi refresh",
        `Version ${NEXT_VERSION} of the agent comes out. A refresh finds that every client is behind it.`,
    );
    fleet.simulator.setSwitches({ latestVersion: NEXT_VERSION });
    const before = fleet.simulator.requests();
    const result = await runShown(fleet, "refresh");
    const behind = Object.values(outputsOf(result).clients).filter(
        (client) => client.latestVersion === NEXT_VERSION,
    );
    checks.equal("the refresh succeeds", result.ok, true);
    checks.equal(`all 23 could have ${NEXT_VERSION}, in the outputs`, behind.length, 23);
    checks.equal(
        "nothing was called that changes a client",
        fleet.simulator.requests().writesTo,
        before.writesTo,
    );
}

async function previewOfUpgrade(fleet: Fleet, checks: Checks, clusters: Clusters): Promise<void> {
    heading(
        "12. pulumi preview",
        '`upgrades: "Latest"` asks for upgrades. They cannot be undone, so no run upgrades what its preview has not shown.',
    );
    await fleet.configure(clusters, { useHttps: false, upgrades: "Latest" });
    const result = await runShown(fleet, "preview");
    checks.equal("the preview succeeds", result.ok, true);
    const [, count, versions] = /^plan: upgrade (\d+): [^(]*\(([^)]*)\)/.exec(planOf(result)) ?? [];
    checks.equal("its plan is to upgrade 23", count, "23");
    checks.equal("from the version that they have", versions, `${VERSION} → ${NEXT_VERSION}`);
}

async function upgrade(fleet: Fleet, checks: Checks, clusters: Clusters): Promise<void> {
    heading("13. pulumi up", "The run upgrades all clients: 20 as a first batch, then the other three.");
    const before = fleet.simulator.requests();
    const result = await runShown(fleet, "up");
    const declared = Object.values(clusters).flat().sort();
    const { upgrades, installs } = fleet.simulator.requests();
    const versions = new Set([...fleet.agents().values()].map(({ clientVersion }) => clientVersion));
    checks.equal("the run succeeds", result.ok, true);
    checks.equal("all 23 are ACTIVATED", exported(result), declared);
    checks.equal(`all have ${NEXT_VERSION}`, [...versions], [NEXT_VERSION]);
    checks.equal("none is behind, in the outputs", result.outputs["behind"], {});
    checks.equal("each was upgraded once", upgrades, onceEach(declared));
    checks.equal("nothing was installed", countsSince(installs, before.installs), {});
}

async function destroy(fleet: Fleet, checks: Checks): Promise<void> {
    heading(
        "14. pulumi destroy",
        "Every client is uninstalled. Its record stays in the vault, with the backups that belong to it.",
    );
    const result = await runShown(fleet, "destroy");
    checks.equal("the run succeeds", result.ok, true);
    checks.equal("the service has no agent any more", fleet.agents().size, 0);
    checks.equal("the state is empty", result.state.resources, []);
    checks.equal("no client was installed twice", fleet.simulator.requests().duplicateInstalls, 0);
}

/** Of the state in which there is an error to report. */
function report(exported: string, checks: Checks): void {
    heading(
        "15. pulumi stack export | npx hbr-report --out demo.html",
        `The report on the fleet after step 2, when ${UNFIT} had failed: a page with each client, and what to do about each error.`,
    );
    const page = writeReport(exported);
    checks.equal(
        `it says of ${UNFIT} what to do`,
        page.includes(UNFIT) && page.includes(adviceFor("CloudAssistNotRunningOnInstance") ?? ""),
        true,
    );
}
