import fs from "node:fs";
import path from "node:path";
import { captureRuns, type Capture } from "./previews/capture";

/** The generated page. */
export const PREVIEWS_PAGE = path.join(__dirname, "..", "docs", "previews.md");

const INTRODUCTION = `# What a preview shows

All output on this page comes from \`pulumi preview\` and \`pulumi up\`. \`npm run docs:previews\` captures it from the real
engine on a simulated service. The captures show what a terminal shows at the end of a run: one line per resource. Times
and request IDs are left out.

The plan is one line. It appears on the resource's own row and among the diagnostics:

\`plan: install 24: i-a, i-b (+22); reinstall 1: i-d (clusterId cl-1 → cl-2); repair 1: i-e (NOT_INSTALLED); uninstall 1: i-f; keep 37\`

- \`install\`: the instance is new.
- \`reinstall\`: settings that take effect only at installation have changed, so the agent is uninstalled and installed again.
  The reason follows the IDs.
- \`repair\`: a refresh found the client lost or broken.
- \`upgrade\`: a refresh or an update found a later version of the agent, and \`upgrades\` is \`"Latest"\`. The versions follow
  the IDs.
- \`in waves of\`: the sizes of the waves that are left, if \`rollout\` has \`waves\`. It also says where the run pauses, or which
  wave it continues with.
- \`uninstall\` (or \`uninstall and delete\`, or \`retain\`, depending on \`removal\`): the instance is no longer declared. If the
  plan deletes records, it says that their backups may be deleted with them.
- \`plan: record settings\`: no call is needed; only the state is updated.

Each part lists at most ten IDs, then the number of the remaining ones. A reason follows its IDs. The plan never shows the
value of an access key.

A preview does not call the service. It compares the program with the state. Changes in the cloud show up after
\`pulumi refresh\`, or with \`pulumi preview --refresh\`. An update acts on what it finds in the vault. For example, it adopts a
healthy client that already exists instead of installing one. The last line of a run says what was done.`;

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
