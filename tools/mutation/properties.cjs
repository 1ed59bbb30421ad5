// The same examples for every mutant, so that the score can be compared; and none is narrowed down, which takes time.
const fc = require("fast-check");

fc.configureGlobal({ seed: 1, endOnFailure: true });
