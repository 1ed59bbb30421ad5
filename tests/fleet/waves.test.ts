import fc from "fast-check";
import type { ClientEntry, FleetSpec, FleetState, RolloutSettings } from "../../provider/fleet/model";
import { planFleet } from "../../provider/fleet/plan";
import { cutIntoWaves, limitsOf, rolloutLeft, roundsOf, shownWaves } from "../../provider/fleet/waves";
import { UNKNOWN_VALUE, type Unknown } from "../../provider/unknown";
import { declared, entry, foreign, nothing, spec, state } from "./builders";

type Given = RolloutSettings<Unknown> | Unknown;

const DEFAULT: RolloutSettings = { batchSize: 20, bootTimeout: "5m" };

describe("a rollout in numbers", () => {
    test.each([
        [{}, 100, { batches: 10, batchesAtFirst: 4, inFlight: 200, isCut: false }],
        [{ batchSize: 3 }, 100, { batches: 10, batchesAtFirst: 4, inFlight: 30, isCut: false }],
        [{ parallelism: 4 }, 100, { batches: 4, inFlight: 80, isCut: false }],
        [{ batchSize: 5, parallelism: 3 }, 100, { batches: 3, inFlight: 15 }],
        [{ parallelism: "10%" }, 25, { batches: 2, inFlight: 3, isCut: true }],
        [{ parallelism: "1%" }, 25, { batches: 2, inFlight: 1 }],
        [{ parallelism: "100%" }, 25, { batches: 3, inFlight: 25 }],
        [{ maxFailures: 3 }, 100, { maxFailures: 3 }],
        [{ maxFailures: "10%" }, 25, { maxFailures: 2 }],
        [{ maxFailures: "1%" }, 25, { maxFailures: 0 }],
        [{ waves: [1, "10%", "100%"] }, 25, { waves: [1, 3, 25], maxFailures: 0 }],
        [{ waves: ["1%"], maxFailures: 2 }, 25, { waves: [1], maxFailures: 2 }],
        [{ soak: "5m" }, 25, { maxFailures: 0 }],
    ] as const)("%j of %i instances", (rollout, count, expected) => {
        expect(limitsOf({ ...DEFAULT, ...rollout }, count)).toMatchObject(expected);
    });

    test("attempts every instance where nothing says otherwise", () => {
        const [atFirst, most] = [{ batchesAtFirst: 4 }, { batchSize: 20, batches: 10, inFlight: 200 }];
        expect(limitsOf(DEFAULT, 100)).toEqual({ ...most, ...atFirst, isCut: false });
    });

    test.each([
        [200, 20, 1],
        [201, 20, 2],
        [31, 3, 2],
    ])(
        "%i instances in batches of %i are %i rounds, by the most that are allowed",
        (count, batchSize, rounds) => {
            expect(roundsOf(count, limitsOf({ batchSize }, count))).toBe(rounds);
        },
    );

    test.each([4, 10, "5%", "100%"])("starts with all batches of parallelism %j", (parallelism) => {
        expect(limitsOf({ ...DEFAULT, parallelism }, 100)).not.toHaveProperty("batchesAtFirst");
    });

    test.each([
        [{ waves: [1] }, true],
        [{ soak: "5m" }, true],
        [{ waves: [1], maxFailures: 0 }, undefined],
    ] as const)("knows whether maxFailures is a default: %j", (rollout, isDefault) => {
        expect(limitsOf({ ...DEFAULT, ...rollout }, 9).maxFailuresIsDefault).toBe(isDefault);
    });

    test("rounds a percentage as if it were calculated exactly", () => {
        const hundredths = fc.integer({ min: 1, max: 10_000 });
        fc.assert(
            fc.property(hundredths, fc.integer({ min: 1, max: 2_000 }), (share, count) => {
                const percentage = `${share / 100}%`;
                const { inFlight, maxFailures } = limitsOf(
                    { batchSize: 20, parallelism: percentage, maxFailures: percentage },
                    count,
                );
                const [whole, rest] = [Math.floor((share * count) / 10_000), (share * count) % 10_000];
                expect(inFlight).toBe(Math.max(1, rest > 0 ? whole + 1 : whole));
                expect(maxFailures).toBe(whole);
            }),
            { numRuns: 1_000 },
        );
    });
});

describe("work cut into waves", () => {
    const items = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
    const sizesOf = (waves: readonly (readonly unknown[])[]): number[] => waves.map(({ length }) => length);

    test.each([
        ["the last size repeats", [1, 4], 0, 10, 0, 0, [1, 4, 4, 1]],
        ["one that is larger than the rest takes it", [1, 100], 0, 10, 0, 0, [1, 9]],
        ["what was begun fills the first", [4, 2], 3, 5, 0, 0, [4, 2, 2]],
        ["what was begun is in the first even if it is too large", [2, 3], 5, 3, 0, 0, [5, 3]],
        ["those that are done are skipped", [1, 2, 3], 0, 7, 1, 0, [2, 3, 2]],
        ["more may be done than there are sizes", [1, 2], 0, 5, 7, 0, [2, 2, 1]],
        ["what counts towards the first leaves it less room", [4, 3], 0, 5, 0, 3, [1, 3, 1]],
        ["a first that is filled by what counts is empty", [2, 3], 0, 4, 0, 9, [0, 3, 1]],
        ["without work there are none", [2, 3], 0, 0, 0, 2, []],
    ] as const)("%s", (_, waves, begun, rest, done, counted, sizes) => {
        const all = items(begun + rest);
        const cut = cutIntoWaves({ waves }, all.slice(0, begun), all.slice(begun), done, counted);
        expect(sizesOf(cut)).toEqual(sizes);
        expect(cut.flat()).toEqual(all);
    });

    test("without waves is one", () => {
        expect(cutIntoWaves({}, ["a"], ["b", "c"], 3, 5)).toEqual([["a", "b", "c"]]);
    });

    test("is all there, once and in order, and no wave is larger than its size", () => {
        const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
        const count = fc.nat({ max: 40 });
        fc.assert(
            fc.property(
                sizes,
                count,
                count,
                fc.nat({ max: 5 }),
                count,
                (waves, begun, rest, done, counted) => {
                    const all = items(begun + rest);
                    const cut = cutIntoWaves({ waves }, all.slice(0, begun), all.slice(begun), done, counted);
                    expect(cut.flat()).toEqual(all);
                    cut.forEach((wave, index) => {
                        const size = waves[Math.min(done + index, waves.length - 1)] ?? 0;
                        const isFirst = index === 0;
                        expect(wave.length).toBeLessThanOrEqual(isFirst ? Math.max(size, begun) : size);
                        if (!isFirst && index < cut.length - 1) expect(wave.length).toBe(size);
                    });
                },
            ),
        );
    });
});

describe("the waves that a preview shows", () => {
    const three = spec([declared("i-1"), declared("i-2"), declared("i-3")]);
    const rollout: RolloutSettings = { ...DEFAULT, waves: [1, 5] };

    function shown(recorded: FleetState, given: Given = rollout): ReturnType<typeof shownWaves> {
        return shownWaves(planFleet(three, recorded), given, 3, recorded);
    }

    test("are those of everything that it installs, and of what is still under way", () => {
        expect(shown(nothing(three))).toEqual({ sizes: [1, 2], wavesDone: 0 });
        const waiting = state([entry("i-1", "INSTALLING", { pendingAction: "install" })], three);
        expect(shown(waiting)).toEqual({ sizes: [1, 2], wavesDone: 0 });
    });

    test.each([
        ["the rollout is not known", UNKNOWN_VALUE],
        ["a part of it is not known", { ...rollout, batchSize: UNKNOWN_VALUE }],
        ["a size is not known", { ...rollout, waves: [1, UNKNOWN_VALUE] }],
        ["the program names none", DEFAULT],
    ])("are none where %s", (_, given) => {
        expect(shown(nothing(three), given)).toBeUndefined();
    });

    test("are none where there is nothing to roll out", () => {
        const kept = state([entry("i-1"), entry("i-2"), entry("i-3"), entry("i-4")], three);
        expect(shown(kept)).toBeUndefined();
    });
});

describe("the number of waves that are done", () => {
    const two = spec([declared("i-1"), declared("i-2")]);
    const pending = foreign("i-2", "NOT_INSTALLED", { pendingAction: "install" });

    function done(entries: readonly ClientEntry[], program: FleetSpec = two, recorded = two): number {
        const before = { ...state(entries, recorded), rollout: { wavesDone: 1 } };
        return rolloutLeft(planFleet(program, before), before)?.wavesDone ?? 0;
    }

    test("is the recorded one where only work of the same rollout is left", () => {
        expect(done([entry("i-1"), pending])).toBe(1);
    });

    test("is the recorded one also where a client has broken meanwhile", () => {
        expect(done([entry("i-1", "DEACTIVATED"), pending])).toBe(1);
    });

    test("is the recorded one where a move of the same program is still refused, whatever a refresh has left of that", () => {
        const moved = spec([declared("i-1", "cl-2"), declared("i-2")]);
        expect(done([entry("i-1"), pending], moved, moved)).toBe(1);
    });

    test.each([
        ["an instance more", spec([declared("i-1"), declared("i-2"), declared("i-3")]), entry("i-1")],
        ["a reinstallation", spec([declared("i-1"), declared("i-2")], { triggers: [1] }), entry("i-1")],
        [
            "a reinstallation of a client that is pending for nothing but its soak",
            spec([declared("i-1"), declared("i-2")], { triggers: [1] }),
            entry("i-1", "ACTIVATED", { pendingAction: "install" }),
        ],
        [
            "the upgrade of a client that was to be kept as it is",
            spec([declared("i-1"), declared("i-2")], { upgrades: "Latest" }),
            entry("i-1", "ACTIVATED", { clientVersion: "1.0", latestVersion: "1.1" }),
        ],
    ])("is none where the program adds work: %s", (_, program, first) => {
        expect(done([first, pending], program)).toBe(0);
    });

    describe("if a later version became known", () => {
        const latest = spec([declared("i-1"), declared("i-2")], { upgrades: "Latest" });
        const behind = { clientVersion: "1.0", latestVersion: "1.1" };
        const failed = { ...pending, errorCode: "DiskFull" };

        test("is the recorded one as long as something of the rollout is still to be tried", () => {
            expect(done([entry("i-1", "ACTIVATED", behind), pending], latest, latest)).toBe(1);
        });

        test("is none once only failures are left, unless the upgrade itself is one", () => {
            expect(done([entry("i-1", "ACTIVATED", behind), failed], latest, latest)).toBe(0);
            const tried = { ...behind, pendingAction: "upgrade", errorCode: "NoSpace" } as const;
            expect(done([entry("i-1", "ACTIVATED", tried), failed], latest, latest)).toBe(1);
        });
    });
});
