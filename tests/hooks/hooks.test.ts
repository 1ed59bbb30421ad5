import type * as pulumi from "@pulumi/pulumi";
import { isClaimedByOther } from "../../provider/claims";
import { useConfig } from "../../provider/config/settings";
import { check, diff } from "../../provider/hooks";
import { UNKNOWN_VALUE } from "../../provider/unknown";
import type { CanonicalInputs, RecordedOutputs } from "../../provider/state";
import { checked, recorded } from "./recorded";

const said: string[] = [];
const news = {
    __urn: "urn:pulumi:dev::p::t::hooks",
    vaultId: "v-1",
    region: "cn-hangzhou",
    instances: [{ instanceId: "i-hooks" }],
};

/** What the engine asks about a resource that is in the state and in the program. */
async function declaredDiff(
    olds: RecordedOutputs,
    inputs: CanonicalInputs,
): Promise<pulumi.dynamic.DiffResult> {
    const urn = { __urn: "urn:pulumi:dev::p::t::declared" };
    await check({ ...checked(), ...urn }, { ...news, vaultId: "v-declared", ...urn });
    return diff("v-1", { ...olds, ...urn }, { ...inputs, ...urn });
}

beforeEach(() => {
    said.length = 0;
    jest.spyOn(console, "log").mockImplementation((text: string) => said.push(text));
});
afterEach(() => {
    jest.restoreAllMocks();
    useConfig(() => undefined);
});

describe("check", () => {
    test("says what will be done for a new resource, for which no diff is called", async () => {
        await check({}, news);
        expect(said).toEqual(["plan: install 1: i-hooks"]);
    });

    test("warns of what it passes on without knowing it", async () => {
        const [instance] = news.instances;
        const other = { instances: [{ ...instance, sourceTypes: ["ORACLE"] }] };
        await check({}, { ...news, ...other, __urn: `${news.__urn}-other`, vaultId: "v-other" });
        expect(said).toEqual([
            expect.stringMatching(/^i-hooks: sourceTypes ORACLE is not documented/),
            "plan: install 1: i-hooks",
        ]);
    });

    test("says nothing for a resource in the state, whose diff says it", async () => {
        await check({ ...checked({ ...news }) }, news);
        expect(said).toEqual([]);
    });

    test("says nothing in a replacement, whose diff has said both halves", async () => {
        const replaced = { ...news, vaultId: "v-2" };
        await diff("v-1", recorded(), { ...checked(replaced), __urn: news.__urn });
        said.length = 0;
        await check({}, replaced);
        expect(said).toEqual([]);
        await check({}, replaced);
        expect(said).toEqual(["plan: install 1: i-hooks"]);
    });

    test("does not take a change that replaces nothing for a replacement", async () => {
        const program = { instances: [{ instanceId: "i-hooks" }] };
        await diff("v-1", recorded(program), { ...checked(program), __urn: news.__urn, removal: "Retain" });
        said.length = 0;
        await check({}, news);
        expect(said).toEqual(["plan: install 1: i-hooks"]);
    });

    test("names a wrong argument and a wrong configuration together, and plans nothing", async () => {
        useConfig((key) => (key === "alicloud-hbr:client" ? "own" : undefined));
        const result = await check({}, { ...news, vaultId: "" });
        expect(result).toMatchObject({
            inputs: { ...news, vaultId: "" },
            failures: [{ property: "alicloud-hbr:client" }, { property: "vaultId" }],
        });
        expect(said).toEqual([]);
    });

    test("plans nothing with a wrong configuration alone", async () => {
        useConfig((key) => (key === "alicloud-hbr:client" ? "own" : undefined));
        const result = await check({}, news);
        expect(result).toMatchObject({ inputs: news, failures: [{ property: "alicloud-hbr:client" }] });
        expect(said).toEqual([]);
    });
});

describe("diff", () => {
    test("says the plan of a change, and removes before it installs", async () => {
        const result = await declaredDiff(recorded(), checked({ instances: [{ instanceId: "i-3" }] }));
        expect(result).toEqual({ changes: true, replaces: [], deleteBeforeReplace: true });
        expect(said).toEqual([expect.stringMatching(/^plan: install 1: i-3; uninstall 2: i-1, i-2/)]);
    });

    test("says nothing where nothing changes, whatever the provider in the state is", async () => {
        const olds = { ...recorded(), __provider: "text of an earlier version" };
        const result = await diff("v-1", olds, { ...checked(), __provider: "text of this one" } as never);
        expect(result).toEqual({ changes: false, replaces: [], deleteBeforeReplace: true });
        expect(said).toEqual([]);
    });

    test("names the halves of a replacement as one plan", async () => {
        await diff("v-1", recorded(), { ...checked(), vaultId: "v-2" });
        expect(said).toHaveLength(1);
        expect(said[0]?.match(/plan: /g)).toHaveLength(1);
        expect(said[0]).toMatch(/^plan: replace \(vaultId v-1 → v-2\); uninstall 2: .*; install 2: /);
    });

    test("knows no plan as long as the instances are unknown", async () => {
        await declaredDiff(recorded(), { ...checked(), instances: UNKNOWN_VALUE });
        expect(said).toEqual(["plan: known once the instances are known"]);
    });

    test("tells a deletion whether the resource stays: a replaced one does not", async () => {
        const { __urn: urn } = news;
        const client = { vaultId: "v-1", region: "cn-hangzhou", instanceId: "i-hooks" };
        const program = { instances: [{ instanceId: "i-hooks" }] };
        const inputs = { ...checked(program), __urn: urn };
        await check({ ...inputs }, news);
        await diff("v-1", { ...recorded(program), __urn: urn }, inputs);
        expect(isClaimedByOther(urn, client, true)).toBe(true);
        await diff("v-1", { ...recorded(program), __urn: urn }, { ...inputs, vaultId: "v-2" });
        expect(isClaimedByOther(urn, client, true)).toBe(false);
    });
});
