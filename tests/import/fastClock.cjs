// Loaded before anything else, this makes the time of a process pass forty times as fast.
const FACTOR = 40;
const { setTimeout: wait, performance } = globalThis;
const now = performance.now.bind(performance);
performance.now = () => now() * FACTOR;
globalThis.setTimeout = (run, ms, ...args) => wait(run, ms / FACTOR, ...args);
