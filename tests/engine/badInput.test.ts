import { expectFailed, expectOk, secret, type Result } from "./harness";
import { fleet, saidOf, type Scene, scenes, vaultsOf } from "./support";

const scene = scenes();

/** No credentials anywhere: the default chain must not ask the machine it runs on, nor its user's files. */
const NOWHERE = {
    HOME: "/nonexistent",
    ALIBABA_CLOUD_ECS_METADATA_DISABLED: "true",
    ALIBABA_CLOUD_IMDSV1_DISABLED: "true",
    ALIBABA_CLOUD_CLI_PROFILE_DISABLED: "true",
};

/** What the engine says of each property at fault, by its path. */
function faultsOf(result: Result, name: string): Record<string, string> {
    const texts = saidOf(result, name).flatMap((text) => {
        const match = /^error: .*?property (\S+) value \{.*?\} has a problem: (.*)$/s.exec(text);
        return match ? [match.slice(1) as [string, string]] : [];
    });
    return Object.fromEntries(texts);
}

/** Names that are no arguments, with secrets as their values, marked and not. */
const MISPLACED = {
    accessKeySecret: "hush-plain",
    access_key_secret: secret("hush-marked"),
    adoptExistng: secret("hush-typo"),
    clients: { "i-a1": "hush-output" },
    nothingNear: ["hush-other"],
};
/** What is said of them and of the time-outs, none of which is a property of the resource. */
const OF_THE_WHOLE = [
    /^accessKeySecret belongs in an element of instances$/,
    /^access_key_secret is not an argument of BackupClients; did you mean accessKeySecret, which belongs in/,
    /^adoptExistng is not an argument of BackupClients; did you mean adoptExisting\?$/,
    /^clients is an output of BackupClients; it cannot be set$/,
    /^customTimeouts.create "30 minutes" is not a duration: write it like 30m, 1h30m or 90s$/,
    /^customTimeouts.update "-5m" is not a duration/,
    /^nothingNear is not an argument of BackupClients, which takes vaultId, instances, alertSetting, /,
];

/** What the engine says of the resource itself, and of no property of it. */
function faultsOfWhole(result: Result, name: string): string[] {
    return saidOf(result, name).flatMap((text) => {
        const match = /^error: \S+ resource '[^']+' has a problem: (.*)$/s.exec(text);
        return match?.[1] === undefined ? [] : [match[1]];
    });
}

describe("bad input", () => {
    const instances = [
        "i-a0",
        { instanceId: "cl-000aaa" },
        { instanceId: "i-a2", clusterId: "i-a3" },
        "i-a0",
        { instanceId: "i-a4", sourceTypes: [] },
        { instanceId: "i-a5", clusterID: "cl-000aaa" },
        { instanceId: "i-a6", accessKeySecret: secret("hush-hush") },
        { clusterId: "cl-000aaa" },
    ];
    const faulty = fleet(
        "faulty",
        instances,
        {
            vaultId: "vault-1",
            alertSetting: "ON",
            removal: "Delete",
            rollout: { batchSize: 21 },
            crossAccountType: "CROSS_ACCOUNT",
            crossAccountUserId: 2 ** 60,
            ...MISPLACED,
        },
        { customTimeouts: { create: "30 minutes", update: "-5m", delete: "5m" } },
    );
    /** The property at fault, and what its error says. */
    const faults: [string, RegExp][] = [
        ["vaultId", /^"vault-1" is not the ID of a backup vault \(v-…\)/],
        ["alertSetting", /^"ON" is not one of "INHERITED"/],
        ["removal", /^"Delete" is not one of .*"Retain"/],
        ["rollout.batchSize", /^21 is not a whole number from 1 to 20/],
        ["crossAccountUserId", /is too long for a number: give the account ID as a string/],
        ["crossAccountRoleName", /^is required with crossAccountType "CROSS_ACCOUNT"/],
        [
            "instances[1].instanceId",
            /^"cl-000aaa" is not the ID of an ECS instance \(i-…\): .*belongs in clusterId/,
        ],
        ["instances[2].clusterId", /^"i-a3" is not the ID of a SAP HANA instance.*belongs in instanceId/],
        ["instances[3].instanceId", /^"i-a0" is already declared by instances\[0\]/],
        ["instances[4].sourceTypes", /^\[\] names no source type/],
        ["instances[5].clusterID", /^clusterID is not an argument of an instance; did you mean clusterId\?/],
        ["instances[6].accessKeyId", /^is required because accessKeySecret is given/],
        ["instances[7].instanceId", /^is required/],
    ];
    let simulator: Scene["simulator"];
    let preview: Result;
    let empty: Result;

    beforeAll(async () => {
        const { stack, ...its } = await scene();
        simulator = its.simulator;
        preview = expectFailed(await stack.preview([faulty]));
        empty = expectFailed(
            await stack.preview([fleet("empty", [], { vaultId: undefined, crossAccountRoleName: "hbr" })]),
        );
    });

    it.each(faults)("%s: an error on the property itself, in the preview", (path, reason) => {
        expect(faultsOf(preview, "faulty")[path]).toMatch(reason);
    });

    it("is reported once for each property, and nowhere else", () => {
        expect(Object.keys(faultsOf(preview, "faulty")).sort()).toEqual(faults.map(([path]) => path).sort());
        expect(saidOf(preview, "faulty")).toHaveLength(faults.length + OF_THE_WHOLE.length);
    });

    it("is a name that is no argument too, and a time-out: an error on the resource, which shows no value", () => {
        expect(faultsOfWhole(preview, "faulty").sort()).toEqual(
            OF_THE_WHOLE.map((stray) => expect.stringMatching(stray) as unknown),
        );
    });

    it("is also what is missing, and what does not go together", () => {
        expect(faultsOf(empty, "empty")).toEqual({
            vaultId: expect.stringMatching(/^is required/) as unknown,
            "instances[0]": expect.stringMatching(/^at least one instance is required/) as unknown,
            crossAccountRoleName: expect.stringMatching(/^"hbr" goes only with crossAccountType/) as unknown,
        });
    });

    it("sends nothing, shows no secret and no stack trace", () => {
        const text = [preview, empty].map(({ stdout, stderr }) => stdout + stderr).join("");
        expect(simulator.requests().total).toBe(0);
        expect(text + JSON.stringify([preview.events, empty.events])).not.toContain("hush-");
        expect(text).not.toContain("    at ");
    });
});

it("an argument that Pulumi would drop is an error of the program, in one sentence without its value", async () => {
    const { stack, simulator } = await scene();
    const preview = expectFailed(await stack.preview([fleet("hana", ["i-a1"], { id: "hush-hush" })]));
    const text = preview.stdout + preview.stderr;
    expect(text).toMatch(
        /error: id is not an argument of BackupClients \("hana"\): .* which vaultId gives$/m,
    );
    expect(text).not.toContain("hush-");
    expect(text).not.toContain("    at ");
    expect(simulator.requests().total).toBe(0);
});

describe("a configuration that is not complete", () => {
    it("without a region: one error that says where it was looked for, in the preview", async () => {
        const { stack, simulator } = await scene({ config: { "alicloud:region": undefined } });
        const preview = expectFailed(await stack.preview([fleet("hana", ["i-a1"])]));
        expect(saidOf(preview, "hana")).toEqual([
            expect.stringMatching(/property region .*No region: .*alicloud:region.*ALIBABA_CLOUD_REGION/s),
        ]);
        expect(preview.stdout + preview.stderr).not.toContain("    at ");
        expect(simulator.requests().total).toBe(0);
    });

    it("without credentials: a preview works, up fails with one error, and nothing is sent", async () => {
        const { stack, simulator } = await scene({
            world: vaultsOf("hana"),
            config: { "alicloud:accessKey": undefined, "alicloud:secretKey": undefined },
            env: NOWHERE,
        });
        const program = [fleet("hana", ["i-a1"])];
        expectOk(await stack.preview(program));
        const up = expectFailed(await stack.up(program));
        const errors = saidOf(up, "hana").filter((text) => text.startsWith("error: "));
        expect(errors).toEqual([
            expect.stringMatching(
                /^error: No Alibaba Cloud credentials: set alicloud:accessKey and .*ALIBABA_CLOUD_ACCESS_KEY_ID/s,
            ),
        ]);
        // What the chain says of each place it looked at is a debug message, which only the event log has here.
        expect(up.stdout).not.toContain("unable to get credentials");
        expect(JSON.stringify(up.events)).toContain("unable to get credentials");
        expect(up.state.find("hana")).toBeUndefined();
        expect(up.stdout + up.stderr).not.toContain("    at ");
        expect(simulator.requests().total).toBe(0);
    });
});
