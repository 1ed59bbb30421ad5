import { engineAddress } from "./engineAddress";
import { ON_CONSOLE, onConsole } from "./providerError";

/**
 * The first import of what a program and the engine load, so that on an older Node this is said before anything fails
 * that it does not have. This file itself and its imports use nothing newer.
 */

/** The lowest version of Node, as in the `engines` of package.json. */
const [NEEDED_MAJOR, NEEDED_MINOR] = [22, 12];

/** What is wrong with a version of Node; undefined if it suits. */
export function nodeProblem(version: string, executable: string): string | undefined {
    const [major = 0, minor = 0] = version.split(".").map(Number);
    if (major > NEEDED_MAJOR || (major === NEEDED_MAJOR && minor >= NEEDED_MINOR)) return undefined;
    return (
        `pulumi-alicloud-hbr needs Node ${NEEDED_MAJOR}.${NEEDED_MINOR} or later, but ${executable} is Node ${version}: ` +
        "install a later one, and put it first in PATH"
    );
}

const problem = nodeProblem(process.versions.node, process.execPath);
if (problem !== undefined) throw unsuitable(problem);

/** An error that the engine shows as one sentence, whether a program throws it or the provider. */
function unsuitable(message: string): Error {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- only then: the provider does without it
    const { RunError } = require("@pulumi/pulumi") as typeof import("@pulumi/pulumi");
    if (engineAddress === undefined) return new RunError(message);
    // The server that runs the provider also prints error and stack, which would repeat the sentence.
    const short = { stack: onConsole(), toString: () => ON_CONSOLE };
    return Object.assign(new RunError(message), short);
}
