import fs from "node:fs";
import path from "node:path";
import { captureRuns, type Capture } from "./previews/capture";

/** The generated page. */
export const PREVIEWS_PAGE = path.join(__dirname, "..", "docs", "previews.md");

const INTRODUCTION = `# What a preview shows

Previews and updates print one plan line for each resource. It appears on the resource's own row and among the diagnostics. At
the end, a terminal shows it only there, and the row says \`1 message\`:

\`plan: install 24: i-a, i-b (+22); reinstall 1: i-d (clusterId cl-1 → cl-2); repair 1: i-e (NOT_INSTALLED); uninstall 1: i-f; keep 37\`

![The plan line of a preview: what is installed, reinstalled and why, uninstalled, and kept](pictures/preview.svg)

A preview does not call the service. It compares the program with the state. Changes in the cloud show up after
\`pulumi refresh\`, or with \`pulumi preview --refresh\`. An update acts on what it finds in the vault. For example, it adopts a
healthy client that already exists instead of installing one.

## The plan line

The parts always come in this order:

| part                                          | meaning                                                                   |
| --------------------------------------------- | ------------------------------------------------------------------------- |
| \`install\`                                     | the instance is new                                                       |
| \`wait for\`                                    | an earlier run has started the work; what follows it, if that is known    |
| \`adopt\`                                       | a client that exists becomes one of this resource                         |
| \`reinstall\`                                   | the agent is uninstalled and installed again, for the reason that follows |
| \`repair\`                                      | a refresh found the client lost or broken                                 |
| \`upgrade\`                                     | the client is behind, and \`upgrades\` is \`"Latest"\`; the versions follow   |
| \`in waves of\`                                 | the sizes of the waves that are left, and where the run pauses or goes on |
| \`refuse\`                                      | a client exists and is not adopted                                        |
| \`uninstall\`, \`uninstall and delete\`, \`retain\` | the instance is no longer declared; \`removal\` decides                     |
| \`leave alone\`                                 | an instance leaves the list, and this resource owns nothing on it         |
| \`keep\`                                        | the number of the clients that stay as they are                           |

- Each part lists at most ten IDs, then the number of the remaining ones. A reason follows its IDs in parentheses.
- \`wait for 1: i-a (then reinstall: useHttps false → true)\`: a wait says what follows it.
- \`uninstall and delete 2: i-a, i-d in cl-1 (their backups may be deleted with their records)\`: every plan that deletes records
  says so. Here \`i-d\` moves to another cluster, and its record in \`cl-1\` is deleted. A destroy has no plan line, so it prints
  this as a warning on the resource's row when it starts.
- \`plan: record settings\`: no call is needed; only the state is updated.
- \`plan: replace (vaultId v-1 → v-2); …\`: what happens to the old clients, then to the new ones.
- The plan never shows the value of an access key.

## Progress and results

During a run, the resource's row shows progress: \`12/40 · 1 failed · 45 % · wave 2/3 · installing · task t-…\`. Of the 40
instances that this run has to work on, 12 are done; 45 % is the progress of the tasks that it waits for. A terminal of 120
columns has room for the first 30 characters, less what the engine puts before them (\`[diff: ~instances]\`). A run without a
terminal logs a line for each change, and one a minute.

At the end, the row shows the results: \`22 installed, 1 failed, 2 uninstalled; their records stay in v-…\`. A result is
\`installed\`, \`reinstalled\`, \`repaired\`, \`upgraded\`, \`not upgraded\`, \`adopted\`, \`uninstalled and deleted\`, \`deleted\` (a record
without an agent), \`already gone\`, \`left alone\`, \`failed\`, \`pending\` (or \`not tried\`) or \`uninstalled\`.

The rest of this page is output of \`pulumi preview\` and \`pulumi up\`. \`npm run docs:previews\` captures it from the real engine on a
simulated service. It is what a pipe shows at the end of a run: one line per resource. Times and request IDs are left out.`;

/** Captures the engine's output and renders the page. */
export async function previewsPage(): Promise<string> {
    return pageOf(await captureRuns());
}

export function pageOf(captures: readonly Capture[]): string {
    const sections = captures.map(({ title, text, command, output }) =>
        [`## ${title}`, text, `\`\`\`text\n$ ${command}\n${output}\n\`\`\``].join("\n\n"),
    );
    return `${[INTRODUCTION, ...sections].join("\n\n")}\n`;
}

if (require.main === module) {
    previewsPage().then(
        (page) => {
            fs.writeFileSync(PREVIEWS_PAGE, page);
        },
        (error: unknown) => {
            console.error(error);
            process.exitCode = 1;
        },
    );
}
