import { writeFileSync } from "node:fs";

/** What the package's commands share. */

/** Invalid use of the command line, or of a file that it names; the message is one line. */
export class UsageError extends Error {}

/** A file that cannot be read, written or understood. Nothing in a command's help is about that. */
class FileError extends UsageError {}

/** What is wrong with a file that an option names, without its content: a state holds secrets. */
export function fileError(option: string, file: string, problem: unknown): UsageError {
    const text = problem instanceof Error ? problem.message : String(problem);
    return new FileError(`${option} ${file}: ${text}`);
}

/**
 * Writes what a command makes to the file of its option `--out`, or else to standard output.
 *
 * @throws UsageError if the file cannot be written
 */
export function writeOut(file: string | undefined, content: string): void {
    if (file === undefined) {
        process.stdout.write(content);
        return;
    }
    try {
        writeFileSync(file, content);
    } catch (error) {
        throw fileError("--out", file, error);
    }
}

/** Gives the function by which a command says something beside what it makes, each line with its name. */
export function speakerOf(command: string): (text: string) => void {
    return (text) => {
        for (const line of text.split("\n")) console.error(`${command}: ${line}`);
    };
}

/** The message of an error of the command line, with a hint where the help helps; undefined for any other error. */
export function usageMessage(command: string, error: unknown): string | undefined {
    if (error instanceof FileError) return error.message;
    const isOption =
        error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
    if (!(error instanceof UsageError) && !isOption) return undefined;
    return `${error.message}\ntry ${command} --help`;
}

/** Ends the command if the reader of its output ends early (`| head`), which would give a stack trace. */
export function endWithReader(say: (text: string) => void): void {
    process.stdout.on("error", (error: Error) => {
        say(`stdout: ${error.message}`);
        process.exit(1);
    });
}
