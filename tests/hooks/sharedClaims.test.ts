import { check, diff } from "../../provider/hooks";
import type { CanonicalInputs, RecordedOutputs } from "../../provider/state";
import { UNKNOWN_VALUE } from "../../provider/unknown";

const TYPE = "pulumi-nodejs:dynamic/alicloud-hbr:BackupClients";
const urnOf = (name: string, parent = ""): string => `urn:pulumi:dev::p::${parent}${TYPE}::${name}`;

const said: string[] = [];
beforeEach(() => {
    said.length = 0;
    jest.spyOn(console, "log").mockImplementation((text: string) => said.push(text));
});
afterEach(() => jest.restoreAllMocks());

/** What `check` warns of, with its inputs. */
async function checked(
    urn: string,
    ids: readonly string[],
    more: object = {},
    olds: object = {},
): Promise<{ readonly inputs: CanonicalInputs; readonly warnings: readonly string[] }> {
    said.length = 0;
    const instances = ids.map((instanceId) => ({ instanceId, clusterId: "cl-1" }));
    const news = { __urn: urn, vaultId: "v-shared", region: "cn-hangzhou", instances, ...more };
    const result = (await check({ ...olds }, news)) as { inputs: CanonicalInputs; failures: unknown };
    expect(result.failures).toEqual([]);
    return { inputs: result.inputs, warnings: said.filter((text) => !text.startsWith("plan: ")) };
}

const outputsOf = (inputs: CanonicalInputs): RecordedOutputs =>
    ({ ...inputs, clients: {}, taskIds: [], failedInstanceIds: [] }) as unknown as RecordedOutputs;

describe("a client that two resources of one program declare", () => {
    test("is warned of once, with the names of both, whichever comes first", async () => {
        for (const [first, second] of [
            ["one", "two"],
            ["two", "one"],
        ] as const) {
            expect((await checked(urnOf(`${first}-${second}`), ["i-1"])).warnings).toEqual([]);
            expect((await checked(urnOf(`${second}-${first}`), ["i-2", "i-1"])).warnings).toEqual([
                `"${second}-${first}" and "${first}-${second}" both declare i-1: each would reinstall, upgrade and remove ` +
                    "the same clients. Take them out of one of the two",
            ]);
            await checked(urnOf(`${first}-${second}`), ["i-3"]);
            expect((await checked(urnOf(`${second}-${first}`), ["i-2"])).warnings).toEqual([]);
        }
    });

    test("is warned of with the whole URNs where the names are the same", async () => {
        await checked(urnOf("hana", "a$"), ["i-same"]);
        const { warnings } = await checked(urnOf("hana", "b$"), ["i-same"]);
        expect(warnings).toEqual([
            expect.stringContaining(
                `"${urnOf("hana", "b$")}" and "${urnOf("hana", "a$")}" both declare i-same`,
            ),
        ]);
    });

    test("is not the one of another cluster, vault or region, nor one that is not known yet", async () => {
        await checked(urnOf("known"), ["i-k"]);
        const instances = [{ instanceId: "i-k", clusterId: "cl-2" }];
        for (const more of [{ instances }, { vaultId: "v-2" }, { region: "cn-beijing" }])
            expect((await checked(urnOf("other"), ["i-k"], more)).warnings).toEqual([]);
        const unknown = [{ instanceId: UNKNOWN_VALUE, clusterId: "cl-1" }];
        for (const name of ["unknown-1", "unknown-2"])
            expect((await checked(urnOf(name), [], { instances: unknown })).warnings).toEqual([]);
        for (const name of ["all-unknown-1", "all-unknown-2"])
            expect((await checked(urnOf(name), [], { instances: UNKNOWN_VALUE })).warnings).toEqual([]);
    });

    test("is not made by a rename", async () => {
        const before = await checked(urnOf("old name"), ["i-renamed"]);
        // The engine asks for the new URN only, in a process of its own.
        await checked(urnOf("old name"), ["i-none"]);
        const now = await checked(urnOf("new name"), ["i-renamed"], {}, before.inputs);
        await diff("v-shared", outputsOf(before.inputs), now.inputs);
        expect(now.warnings).toEqual([]);
        expect((await checked(urnOf("new name"), ["i-renamed"], {}, before.inputs)).warnings).toEqual([]);
    });

    test("is not made by a replacement, which is checked twice, and not warned of twice", async () => {
        const before = await checked(urnOf("replaced"), ["i-r"]);
        const replaced = async (): Promise<readonly string[]> => {
            const again = await checked(urnOf("replaced"), ["i-r"], { vaultId: "v-9" }, before.inputs);
            expect(await diff("v-shared", outputsOf(before.inputs), again.inputs)).toMatchObject({
                replaces: ["vaultId"],
            });
            const last = await checked(urnOf("replaced"), ["i-r"], { vaultId: "v-9" });
            return [...again.warnings, ...last.warnings];
        };
        expect(await replaced()).toEqual([]);
        await checked(urnOf("beside"), ["i-r"], { vaultId: "v-9" });
        expect(await replaced()).toHaveLength(1);
    });
});
