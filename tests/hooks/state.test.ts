import fc from "fast-check";
import { changeOf } from "../../provider/change";
import { UNKNOWN_VALUE } from "../../provider/unknown";
import {
    knownInputs,
    outputsOf,
    pendingEntries,
    readOutputs,
    type RecordedOutputs,
    STATE_VERSION,
    stateOf,
} from "../../provider/state";
import { entry } from "../fleet/builders";
import { checked, known, recorded } from "./recorded";

/** Outputs of any version; what is `undefined` is not there at all. */
function outputs(
    more: Readonly<Record<string, unknown>>,
    clients: Parameters<typeof recorded>[1] = {},
): RecordedOutputs {
    return JSON.parse(JSON.stringify({ ...recorded({}, clients), ...more })) as RecordedOutputs;
}

const REFUSED = {
    errorCode: "ClientAlreadyExists",
    errorMessage: "it is there",
    pendingAction: "install",
    clientVersion: "2.1",
} as const;

describe("a state", () => {
    test("has its clients in the order of their ids, and those that failed", () => {
        const entries = [
            entry("i-2", "INSTALL_FAILED", { errorCode: "X", pendingAction: "install" }),
            entry("i-1"),
        ];
        const outputs = outputsOf(known(), new Map(entries.map((each) => [each.instanceId, each])), ["t-2"]);
        expect(Object.keys(outputs.clients)).toEqual(["i-1", "i-2"]);
        expect(outputs.failedInstanceIds).toEqual(["i-2"]);
        expect(outputs.taskIds).toEqual(["t-2"]);
        expect(pendingEntries(outputs).map(({ instanceId }) => instanceId)).toEqual(["i-2"]);
    });

    test("is read back as it was written", () => {
        const key = { accessKeyId: "LTAI-1", accessKeySecret: "hush" };
        const outputs = recorded({ useHttps: true, triggers: [1], credentials: [key] });
        const { spec, clients } = stateOf(JSON.parse(JSON.stringify(outputs)) as typeof outputs);
        expect([...clients.keys()]).toEqual(["i-1", "i-2"]);
        expect([...spec.instances.values()]).toEqual(Object.values(outputs.instances));
        expect(spec).toMatchObject({
            useHttps: true,
            triggers: [1],
            removal: "Uninstall",
            adoptExisting: true,
        });
        expect(spec.credentials.get("i-1")).toEqual(key);
    });
});

describe("a state from before an argument of rollout was there", () => {
    test("has its default, and is no change", () => {
        const rollout = { batchSize: 5, parallelism: 2 };
        const before = outputs({ rollout });
        expect(readOutputs(before).outputs.rollout).toEqual(known({ rollout }).rollout);
        expect(changeOf(before, checked({ rollout })).changes).toBe(false);
        expect(changeOf(before, checked({ rollout: { ...rollout, bootTimeout: "5m" } })).changes).toBe(false);
        expect(changeOf(before, checked({ rollout: { ...rollout, bootTimeout: "0s" } }))).toMatchObject({
            changes: true,
            line: "plan: record settings",
        });
    });
});

describe("a state with the former default of parallelism", () => {
    const given = { batchSize: 5, bootTimeout: "5m" };

    test.each([
        ["that the program leaves out", { ...given, parallelism: 4 }, {}],
        ["that the program writes out", { ...given, parallelism: 4 }, { parallelism: 4 }],
        ["that the program writes out only now", given, { parallelism: 4 }],
        ["or without any", given, {}],
    ])("is no change: one %s", (_, recorded, written) => {
        const rollout = { batchSize: 5, ...written };
        expect(changeOf(outputs({ rollout: recorded }), checked({ rollout }))).toMatchObject({
            changes: false,
            settingsOnly: true,
        });
    });

    test.each([
        ["more", { ...given, parallelism: 4 }, { parallelism: 5 }],
        ["more, and the state says nothing", given, { parallelism: 10 }],
        ["nothing any more, and the state another number", { ...given, parallelism: 10 }, {}],
        ["a share", { ...given, parallelism: 4 }, { parallelism: "4%" }],
        ["another size", { ...given, parallelism: 4 }, { batchSize: 6 }],
        ["what a preview does not know", { ...given, parallelism: 4 }, { parallelism: UNKNOWN_VALUE }],
    ])("is recorded anew for a program that says %s", (_, recorded, written) => {
        const rollout = { batchSize: 5, ...written };
        expect(changeOf(outputs({ rollout: recorded }), checked({ rollout }))).toMatchObject({
            changes: true,
            line: "plan: record settings",
        });
    });

    test("differs from a rollout of which a preview knows nothing", () => {
        const before = outputs({ rollout: { ...given, parallelism: 4 } });
        expect(changeOf(before, checked({ rollout: UNKNOWN_VALUE })).changes).toBe(true);
    });

    test("is read as it is, so that a destroy keeps to it", () => {
        const rollout = { ...given, parallelism: 4 };
        expect(readOutputs(outputs({ rollout })).outputs.rollout).toEqual(rollout);
        expect(readOutputs(outputs({ rollout: given })).outputs.rollout).toEqual(given);
    });
});

describe("the inputs of a run", () => {
    test("are those of the preview, once everything is known", () => {
        const inputs = checked({ rollout: { batchSize: 3 }, triggers: [null, { a: 1 }] });
        expect(knownInputs(inputs)).toBe(inputs);
    });

    test.each([
        ["vaultId", { vaultId: UNKNOWN_VALUE }],
        ["instances", { instances: UNKNOWN_VALUE }],
        ["instances.(unknown 1).instanceId", { instances: [UNKNOWN_VALUE] }],
        ["instances.i-1.sourceTypes.0", { instances: [{ instanceId: "i-1", sourceTypes: UNKNOWN_VALUE }] }],
        ["rollout.batchSize", { rollout: { batchSize: UNKNOWN_VALUE } }],
        ["removal", { removal: UNKNOWN_VALUE }],
        ["triggers.0", { triggers: [UNKNOWN_VALUE] }],
    ])("without a value of %s are an error that names it", (name, program) => {
        const inputs = checked(program);
        expect(() => knownInputs(inputs)).toThrow(`${name} is not known`);
    });
});

describe("a state of version 1", () => {
    test.each(["ClientAlreadyExists", "ClientNotHealthy"])(
        "says of a client that was refused (%s) that it is not the resource's, and names it no longer",
        (errorCode) => {
            const { clients } = readOutputs(
                outputs({ __version: 1 }, { "i-1": { ...REFUSED, errorCode }, "i-2": { errorCode: "Odd" } }),
            ).outputs;
            expect(clients["i-1"]).toStrictEqual({
                instanceId: "i-1",
                clusterId: "cl-1",
                status: "ACTIVATED",
                installed: false,
                owned: false,
                errorCode,
                errorMessage: "it is there",
                pendingAction: "install",
            });
            expect(clients["i-2"]).toEqual(recorded({}, { "i-2": { errorCode: "Odd" } }).clients["i-2"]);
        },
    );

    test("says of a client that failed without having an ID that it is not the resource's", () => {
        const failed = { errorCode: "Odd", pendingAction: "install" } as const;
        const before = outputs({ __version: 1 }, { "i-1": failed });
        const { clientId: _id, ...nameless } = before.clients["i-1"] ?? {};
        const underWay = { ...nameless, instanceId: "i-3", errorCode: undefined };
        const clientsBefore = { ...before.clients, "i-1": nameless, "i-3": underWay };
        const now = { ...before, clients: clientsBefore } as unknown as RecordedOutputs;
        const { clients } = readOutputs(now).outputs;
        expect(clients["i-1"]).toMatchObject({ owned: false, errorCode: "Odd" });
        expect(clients["i-2"]).not.toHaveProperty("owned");
        expect(clients["i-3"]).not.toHaveProperty("owned");
    });

    test.each([
        ["UninstallAndDelete", "Uninstall", true],
        ["Uninstall", "Uninstall", false],
        ["Retain", "Retain", false],
        [undefined, "Uninstall", false],
        [UNKNOWN_VALUE, UNKNOWN_VALUE, false],
    ])("with the removal %s is read as %s", (removal, read, removalWasDefault) => {
        expect(readOutputs(outputs({ __version: 1, removal }))).toMatchObject({
            outputs: { removal: read },
            removalWasDefault,
        });
    });

    test("has the default of what it lacks", () => {
        const lacking = { crossAccountType: undefined, adoptExisting: undefined, removal: undefined };
        expect(readOutputs(outputs({ __version: 1, ...lacking })).outputs).toEqual(outputs({ __version: 1 }));
    });

    test("keeps what it says", () => {
        const said = {
            crossAccountType: "CROSS_ACCOUNT",
            adoptExisting: false,
            removal: "Retain",
            useHttps: true,
        };
        expect(readOutputs(outputs({ __version: 1, ...said })).outputs).toEqual(
            outputs({ __version: 1, ...said }),
        );
    });
});

describe("a state of this version", () => {
    test("is read as it is, whatever it holds", () => {
        const removal = fc.constantFrom("Uninstall", "UninstallAndDelete", "Retain");
        const errorCode = fc.constantFrom("ClientAlreadyExists", "ClientNotHealthy", "Odd");
        fc.assert(
            fc.property(removal, errorCode, fc.boolean(), (said, code, adoptExisting) => {
                const known = { ...REFUSED, errorCode: code };
                const now = outputs(
                    { __version: STATE_VERSION, removal: said, adoptExisting },
                    { "i-1": known },
                );
                expect(readOutputs(now)).toEqual({ outputs: now, removalWasDefault: false });
            }),
        );
    });

    test("says UninstallAndDelete because that was chosen", () => {
        expect(readOutputs(outputs({ removal: "UninstallAndDelete" }))).toMatchObject({
            outputs: { removal: "UninstallAndDelete" },
            removalWasDefault: false,
        });
    });
});

test("a state that is read is the same when it is read again", () => {
    for (const __version of [1, STATE_VERSION]) {
        const once = readOutputs(outputs({ __version, removal: "UninstallAndDelete" }, { "i-1": REFUSED }));
        expect(readOutputs(once.outputs).outputs).toEqual(once.outputs);
    }
});

test.each([undefined, 0, 1, 2])("a state of version %p can be read", (__version) => {
    expect(() => readOutputs(outputs({ __version }))).not.toThrow();
});

test("a state of a later version is refused", () => {
    expect(STATE_VERSION).toBe(2);
    expect(() => readOutputs(outputs({ __version: 3 }))).toThrow(
        /newer pulumi-alicloud-hbr \(state version 3, this one knows 2\): update the package/,
    );
});
