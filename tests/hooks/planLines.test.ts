import { useConfig } from "../../provider/config/settings";
import { currentUrn } from "../../provider/claims";
import { check, create, delete as remove, diff, read } from "../../provider/hooks";
import type { CanonicalInputs, RecordedOutputs } from "../../provider/state";
import { checked, recorded } from "./recorded";

/** When the engine asks a hook, and whether the hook then says a plan: once for all that a run does to a resource. */

const said: string[] = [];

beforeEach(() => {
    said.length = 0;
    useConfig((key) => (key === "alicloud:region" ? "cn-hangzhou" : undefined));
    jest.spyOn(console, "log").mockImplementation((text: string) => said.push(text));
});
afterEach(() => {
    jest.restoreAllMocks();
    useConfig(() => undefined);
});

interface Resource {
    /** The program of now: one instance. */
    readonly news: Record<string, unknown>;
    readonly inputs: CanonicalInputs;
    /** What is in the state: two others. */
    readonly oldInputs: CanonicalInputs;
    readonly outputs: RecordedOutputs;
}

/** A resource and a vault of its own for each test: the process remembers what every resource declares. */
function resource(name: string): Resource {
    const [urn, vaultId] = [{ __urn: `urn:pulumi:dev::p::t::${name}` }, `v-${name}`];
    const program = { vaultId, instances: [{ instanceId: "i-new" }] };
    return {
        news: { ...program, ...urn },
        inputs: { ...checked(program), ...urn },
        oldInputs: { ...checked({ vaultId }), ...urn },
        outputs: { ...recorded({ vaultId }), ...urn },
    };
}

const UPDATE = "plan: install 1: i-new; uninstall 2: i-1, i-2";
const WARNING = "(their backups may be deleted with their records)";
/** Without credentials, a removal ends before it calls the service. */
const NO_CREDENTIALS = /credentials/;

describe("a replacement for which the engine asks for no diff", () => {
    test("has both halves in its plan line, where the program declares what is in the state", async () => {
        const { news, oldInputs, outputs } = resource("triggered");
        await check({ ...oldInputs, removal: "UninstallAndDelete" }, news);
        await check({}, news);
        // The deletion that follows has nothing to add.
        await expect(remove("v-1", outputs)).rejects.toThrow(NO_CREDENTIALS);
        expect(said).toEqual([
            `plan: replace; uninstall and delete 2: i-1, i-2 ${WARNING}; install 1: i-new`,
        ]);
    });

    test("says that the waves do not pause, because the old fleet is gone", async () => {
        const { news, oldInputs } = resource("in-waves");
        const instances = [{ instanceId: "i-new" }, { instanceId: "i-newer" }];
        const rollout = { waves: [1], pauseAfter: "firstWave" };
        await check({ ...oldInputs }, news);
        await check({}, { ...news, instances, rollout });
        expect(said).toEqual([expect.stringMatching(/without a pause, because the old fleet is gone/)]);
    });

    test("may delete, as far as inputs of the first version tell", async () => {
        const { news, oldInputs } = resource("early");
        const { __version: _, ...first } = oldInputs;
        await check(first, news);
        await check({}, news);
        expect(said).toEqual([`plan: replace; remove 2: i-1, i-2 ${WARNING}; install 1: i-new`]);
    });

    test("looks like a creation with --replace, so its deletion says what goes", async () => {
        const { news, outputs } = resource("replaced");
        await check({}, news);
        await expect(remove("v-1", outputs)).rejects.toThrow(NO_CREDENTIALS);
        expect(said).toEqual(["plan: install 1: i-new", "plan: uninstall 2: i-1, i-2"]);
    });
});

describe("a removal that no plan line has named yet", () => {
    const REPLACEMENT = "plan: replace; uninstall 2: i-1, i-2; install 1: i-new";

    test("is said where a failed update has left more clients than the old inputs name", async () => {
        const { news, oldInputs, outputs } = resource("half-done");
        const [more] = Object.values(outputs.clients);
        const clients = { ...outputs.clients, "i-3": { ...more, instanceId: "i-3", clientId: "c-3" } };
        await check({ ...oldInputs }, news);
        await check({}, news);
        await expect(remove("v-1", { ...outputs, clients } as RecordedOutputs)).rejects.toThrow(
            NO_CREDENTIALS,
        );
        expect(said).toEqual([REPLACEMENT, "plan: uninstall 3: i-1, i-2, i-3"]);
    });

    test("is said where a failed update has made it a deletion", async () => {
        const { news, oldInputs, outputs } = resource("half-said");
        await check({ ...oldInputs }, news);
        await check({}, news);
        await expect(remove("v-1", { ...outputs, removal: "UninstallAndDelete" })).rejects.toThrow(
            NO_CREDENTIALS,
        );
        expect(said).toEqual([REPLACEMENT, `uninstall and delete 2: i-1, i-2 ${WARNING}`]);
    });

    test("is said where the program turns the fleet into one that it only reads", async () => {
        const { outputs } = resource("relinquished");
        const get = { __urn: outputs.__urn, region: "cn-hangzhou" } as Partial<RecordedOutputs>;
        await expect(read("v-relinquished/cl-1", get)).rejects.toThrow(NO_CREDENTIALS);
        await expect(remove("v-1", outputs)).rejects.toThrow(NO_CREDENTIALS);
        expect(said).toEqual(["plan: uninstall 2: i-1, i-2"]);
    });
});

describe("before it removes anything, a deletion", () => {
    const deletes = { removal: "UninstallAndDelete" } as const;

    test("of a state of version 1 says what it does not take the default of then for", async () => {
        const { outputs } = resource("of-version-1");
        await expect(remove("v-1", { ...outputs, ...deletes, __version: 1 })).rejects.toThrow(NO_CREDENTIALS);
        expect(said).toEqual([expect.stringMatching(/^the state is of an earlier version, which deleted/)]);
    });

    test("has nothing to say where no client is the resource's, and no line promises to remove them", async () => {
        const { news, oldInputs, outputs } = resource("of-others");
        const clients = Object.fromEntries(
            Object.entries(outputs.clients).map(([id, entry]) => [id, { ...entry, owned: false as const }]),
        );
        await check({ ...oldInputs, instances: {} }, news);
        await check({}, news);
        said.length = 0;
        await expect(remove("v-1", { ...outputs, ...deletes, clients })).rejects.toThrow(NO_CREDENTIALS);
        expect(said).toEqual([]);
    });

    test("names the clients that it leaves, if no line has", async () => {
        const { news, outputs } = resource("retained");
        await check({}, news);
        said.length = 0;
        await expect(remove("v-1", { ...outputs, removal: "Retain" })).rejects.toThrow(NO_CREDENTIALS);
        expect(said).toEqual([expect.stringMatching(/^plan: .*2: i-1, i-2/)]);
    });
});

test("no plan line removes what a creation before it has taken over", async () => {
    const { news, outputs } = resource("first-created");
    const instances = Object.values(outputs.instances);
    await check({}, { ...news, instances });
    await expect(create({ ...outputs })).rejects.toThrow(NO_CREDENTIALS);
    await expect(remove("v-1", outputs)).rejects.toThrow(NO_CREDENTIALS);
    expect(said).toEqual(["plan: install 2: i-1, i-2"]);
});

test("a replacement of a renamed resource is known by its new name, without a diff too", async () => {
    const { news, oldInputs, outputs } = resource("before");
    const urn = "urn:pulumi:dev::p::t::after";
    await check({ ...oldInputs, removal: "UninstallAndDelete" }, { ...news, __urn: urn });
    expect(currentUrn(outputs.__urn ?? "")).toBe(urn);
});

test("a replacement that a dependency causes has the instances of the program in its plan line", async () => {
    const { inputs, news, oldInputs, outputs } = resource("following");
    const known = { ...oldInputs, vaultId: "v-2" };
    await diff("v-1", outputs, known);
    await check({}, { ...news, vaultId: "v-2" });
    expect(said).toEqual([
        "plan: replace (vaultId v-following → v-2); uninstall 2: i-1, i-2; install 2: i-1, i-2",
        "plan: replace (vaultId v-following → v-2); uninstall 2: i-1, i-2; install 1: i-new",
    ]);
    expect(inputs.instances).not.toEqual(oldInputs.instances);
});

describe("no second plan line", () => {
    test("where a diff has said a replacement in waves, which do not pause", async () => {
        const { news, oldInputs, outputs } = resource("waves-diffed");
        const instances = [{ instanceId: "i-new" }, { instanceId: "i-newer" }];
        const rollout = { waves: [1], pauseAfter: "firstWave" };
        const program = { ...news, vaultId: "v-waves", instances, rollout };
        const { inputs } = (await check({ ...oldInputs }, program)) as { inputs: CanonicalInputs };
        await diff("v-1", outputs, inputs);
        await check({}, program);
        expect(said).toEqual([expect.stringMatching(/without a pause, because the old fleet is gone/)]);
        said.length = 0;
        const more = [...instances, { instanceId: "i-newest" }];
        await diff("v-1", outputs, inputs);
        await check({}, { ...program, instances: more });
        expect(said.at(-1)).toMatch(/install 3: .*without a pause, because the old fleet is gone/);
    });

    test("where the engine replaces what its diff has kept: the clients stay", async () => {
        const { news, inputs, oldInputs, outputs } = resource("kept");
        await check({ ...oldInputs }, news);
        await diff("v-1", outputs, inputs);
        await check({}, news);
        expect(said).toEqual([UPDATE]);
    });

    test("where a diff has said a replacement, and none at all in a destroy", async () => {
        const { news, inputs, oldInputs, outputs } = resource("diffed");
        await expect(remove("v-1", resource("destroyed").outputs)).rejects.toThrow(NO_CREDENTIALS);
        await check({ ...oldInputs }, news);
        await diff("v-1", outputs, { ...inputs, vaultId: "v-2" });
        await check({}, news);
        await expect(remove("v-1", outputs)).rejects.toThrow(NO_CREDENTIALS);
        expect(said).toEqual([
            "plan: replace (vaultId v-diffed → v-2); uninstall 2: i-1, i-2; install 1: i-new",
        ]);
    });

    test("where the engine asks before the program has declared the resource, unless that is replaced", async () => {
        const { news, inputs, oldInputs, outputs } = resource("depending");
        await diff("v-1", outputs, inputs);
        expect(said).toEqual([]);
        await check({ ...oldInputs }, news);
        await diff("v-1", outputs, inputs);
        expect(said).toEqual([UPDATE]);
        await diff("v-1", outputs, { ...inputs, vaultId: "v-2" });
        expect(said.slice(1)).toEqual([expect.stringMatching(/^plan: replace /)]);
    });
});

test("an error names the resource where Pulumi's server prints it, on the row of the stack", async () => {
    const { inputs, outputs } = resource("broken");
    const printed = async (hook: Promise<unknown>): Promise<string> => {
        const error = await hook.then(
            () => new Error("no error"),
            (reason: unknown) => reason as Error,
        );
        // As cmd/dynamic-provider/index.js of @pulumi/pulumi does it.
        return `${String(error)}: ${String(error.stack)}`;
    };
    const line = "pulumi-alicloud-hbr: broken failed; its own messages say why";
    expect(await printed(diff("v-1", { ...outputs, clients: null } as never, inputs))).toBe(line);
    expect(await printed(remove("v-1", outputs))).toBe(line);
});
