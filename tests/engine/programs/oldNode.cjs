// Loaded before anything else, this makes a process look like Node 20: the version, and without what came later. What
// touches any of that before the version is checked fails.
Object.defineProperty(process.versions, "node", { value: "20.19.0" });
const later = [
    [Map, "groupBy"],
    [Object, "groupBy"],
    [Promise, "withResolvers"],
    [Promise, "try"],
    [Array, "fromAsync"],
    ...["union", "intersection", "difference", "isSubsetOf"].map((name) => [Set.prototype, name]),
    ...["map", "filter", "flatMap", "some", "every", "find", "toArray"].map((name) => [
        Iterator.prototype,
        name,
    ]),
];
for (const [owner, name] of later) delete owner[name];
