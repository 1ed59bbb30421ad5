// Every mutant gets the same examples, so that scores are comparable. Shrinking is off, because it takes time.
const fc = require("fast-check");

fc.configureGlobal({ seed: 1, endOnFailure: true });
