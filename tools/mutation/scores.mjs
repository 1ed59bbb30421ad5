// Prints the score of the last `npm run test:mutation`, and fails if one is too low.
import fs from "node:fs";

const CORE = /^provider\/(fleet\/|hbr\/(classify|errors|errorClasses|knownErrors|resultErrors|tls)\.ts$)/;
const groups = [
    { name: "the pure core", least: 95, has: (file) => CORE.test(file) },
    { name: "all that acts", least: 85, has: (file) => !CORE.test(file) },
];

const { files } = JSON.parse(fs.readFileSync("reports/mutation/report.json", "utf8"));
for (const { name, least, has } of groups) {
    const mutants = Object.entries(files).flatMap(([file, each]) => (has(file) ? each.mutants : []));
    const found = mutants.filter(({ status }) => status === "Killed" || status === "Timeout").length;
    const missed = mutants.filter(({ status }) => status === "Survived" || status === "NoCoverage").length;
    if (found + missed === 0) continue;
    const score = (100 * found) / (found + missed);
    const of = `${found} of ${found + missed} mutants found`;
    console.log(`${name}: ${score.toFixed(1)} % (${of}); it must be at least ${least} %`);
    if (score < least) process.exitCode = 1;
}
