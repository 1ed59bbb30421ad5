import fs from "node:fs";
import path from "node:path";
import { captureRuns, type Capture } from "./previews/capture";

/** The page that this file writes. */
export const PREVIEWS_PAGE = path.join(__dirname, "..", "docs", "previews.md");

const INTRODUCTION = `# What a preview shows

Everything on this page is what \`pulumi preview\` and \`pulumi up\` print, captured by \`npm run docs:previews\` from the
real engine on a simulated service. The captures are as a terminal shows them in the end, which is one line a resource;
times and request ids are left out.

The plan is one line on the resource's own row, and among the diagnostics:

\`plan: install 24: i-a, i-b (+22); reinstall 1: i-d (clusterId cl-1 → cl-2); repair 1: i-e (NOT_INSTALLED); uninstall 1: i-f; keep 37\`

- \`install\`: an instance that is new. \`reinstall\`: settings that a client gets when it is installed have changed, so its
  agent is uninstalled and installed anew; the reason stands behind. \`repair\`: a refresh has found the client lost or
  broken. \`uninstall\` (or \`uninstall and delete\`, or \`retain\`, as \`removal\` says): an instance that is no longer declared.
  Wherever records are deleted, the plan says that their backups may be deleted with them.
- At most ten ids a part, then how many more there are. A reason stands behind the ids it belongs to.
- \`plan: record settings\`: nothing has to be called, only the state is brought up to date.
- A value of an access key is never shown.

A preview asks nobody: it compares the program with the state. What has changed in the cloud shows up after
\`pulumi refresh\`, or with \`pulumi preview --refresh\`. In an update, what is really there decides: a client that is already
there and healthy is taken over instead of being installed, for one. The last line of a run says what was done.`;

/** The page, from the engine's own output. */
export async function previewsPage(): Promise<string> {
    return pageOf(await captureRuns());
}

/** The page, from captures. */
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
