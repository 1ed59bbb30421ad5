import sequencerModule from "@jest/test-sequencer";

const Sequencer = sequencerModule.default ?? sequencerModule;

/**
 * Puts the tests that start processes of the engine first: they take the longest, and mostly wait. Otherwise the last of them
 * would run alone while the other workers have nothing left to do.
 */
export default class EngineFirst extends Sequencer {
    sort(tests) {
        const isEngine = ({ context }) => context.config.displayName?.name === "engine";
        const sorted = super.sort(tests);
        return [...sorted.filter(isEngine), ...sorted.filter((test) => !isEngine(test))];
    }
}
