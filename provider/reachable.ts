import { createRequire } from "node:module";
import { join } from "node:path";
import { RunError } from "@pulumi/pulumi";

const PACKAGE = "pulumi-alicloud-hbr";

// The engine starts the provider in the folder in which it started the program. Taken now: a program may leave it.
const programFolder = process.cwd();

/**
 * The provider process finds this package by its name from the program's folder. A package manager that keeps to what
 * package.json declares (pnpm) hides it there if only another package depends on it.
 *
 * @throws RunError that says what to add where, instead of a module that the provider process does not find
 */
export function assertReachable(folder = programFolder, env = process.env): void {
    // Set by Pulumi's runner of programs. Tests with mocks start no provider, and programs of the Automation API have
    // theirs in a folder that is not known here.
    if (env["PULUMI_NODEJS_MONITOR"] === undefined) return;
    try {
        // Not with this module's own `require`, for which the package is always its own name.
        createRequire(join(folder, "program.js")).resolve(`${PACKAGE}/dynamicProvider`);
    } catch {
        throw new RunError(
            `Pulumi runs the provider in ${folder} and does not find ${PACKAGE} there, as only another package depends ` +
                `on it: add ${PACKAGE} to the dependencies of the program's own package.json (\`pnpm add ${PACKAGE}\`).`,
        );
    }
}
