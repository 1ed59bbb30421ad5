import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { MutantRunStatus } from "@stryker-mutator/api/test-runner";

/** The working copy, and not Stryker's sandbox. */
export const workingCopy = path.dirname(path.dirname(import.meta.dirname));
const FILE = "reports/mutation/journal.jsonl";

/**
 * What became of each mutant, so that a run that was stopped goes on where it was. A mutant that was killed is not tried
 * again while its file is the same, and one that survived while the tests are the same too.
 */
export class Journal {
    #results;
    #hashes = new Map();
    #tests;

    find(mutant) {
        this.#results ??= this.#read();
        const { status, tests } = this.#results.get(this.#keyOf(mutant)) ?? {};
        if (status === MutantRunStatus.Survived && tests !== this.#hashOfTests()) return undefined;
        if (status === MutantRunStatus.Survived) return { status, nrOfTests: 0 };
        if (status === MutantRunStatus.Killed)
            return { status, killedBy: [], failureMessage: "", nrOfTests: 0 };
        return status === MutantRunStatus.Timeout ? { status } : undefined;
    }

    add(mutant, { status }) {
        const { fileName, location, mutatorName, replacement } = mutant;
        const at = `${path.relative(workingCopy, fileName)}:${location.start.line + 1}:${location.start.column + 1}`;
        const about = { at, mutatorName, replacement, tests: this.#hashOfTests() };
        const line = JSON.stringify({ status, ...about, key: this.#keyOf(mutant) });
        fs.appendFileSync(path.join(workingCopy, FILE), `${line}\n`);
    }

    #read() {
        const file = path.join(workingCopy, FILE);
        const lines = fs.existsSync(file) ? fs.readFileSync(file, "utf8").split("\n") : [];
        const complete = lines.filter((line) => line.endsWith("}")).map((line) => JSON.parse(line));
        return new Map(complete.map((each) => [each.key, each]));
    }

    #keyOf({ fileName, location: { start, end }, replacement }) {
        const name = path.relative(workingCopy, fileName);
        const where = `${start.line}:${start.column}-${end.line}:${end.column}`;
        return hash(`${this.#hashOf(name)} ${name} ${where} ${replacement}`);
    }

    #hashOf(name) {
        const known = this.#hashes.get(name) ?? hash(fs.readFileSync(path.join(workingCopy, name)));
        this.#hashes.set(name, known);
        return known;
    }

    #hashOfTests() {
        const names = () => fs.readdirSync(path.join(workingCopy, "tests"), { recursive: true }).sort();
        this.#tests ??= hash(
            names()
                .filter((name) => name.endsWith(".ts"))
                .map((name) => this.#hashOf(path.join("tests", name)))
                .join(),
        );
        return this.#tests;
    }
}

function hash(text) {
    return createHash("sha256").update(text).digest("hex");
}
