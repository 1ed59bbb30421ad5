/** Invalid use of the command line, or of a file that it names; the message is one line. */
export class UsageError extends Error {}

/** What is wrong with a file that an option names, without its content: a state holds secrets. */
export function fileError(option: string, file: string, problem: unknown): UsageError {
    const text = problem instanceof Error ? problem.message : String(problem);
    return new UsageError(`${option} ${file}: ${text}`);
}
