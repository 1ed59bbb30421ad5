import { pulumiBin } from "../../../tools/pulumi";

/** Jest calls this before the tests, because the CLI may have to be built, which takes longer than a test may. */
export default async function setUpCli(): Promise<void> {
    try {
        await pulumiBin();
    } catch (error) {
        // Jest would put a frame and a stack around it.
        process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
        process.exit(1);
    }
}
