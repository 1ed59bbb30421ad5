import fs from "node:fs";
import path from "node:path";
import { adviceFor, errorClassOf, type ErrorClass } from "../provider/hbr/errors";
import { KNOWN_ERRORS, OWN_ERRORS, SERVICE_ERRORS, WITH_PROGRAM } from "../provider/hbr/knownErrors";
import { OUTCOME_ERRORS, STATUS_ERRORS } from "../provider/hbr/resultErrors";

/** The generated page. */
export const ERRORS_PAGE = path.join(__dirname, "..", "docs", "errors.md");

const INTRODUCTION = `# Errors

What the provider does about an error of the Cloud Backup API, and what you can do. The run reports each failed instance
with the code, the message of the service, the request ID and the advice on this page. The outputs hold the code and the
message too (\`clients["i-…"].errorCode\`, \`.errorMessage\`). An error that concerns the whole run comes first.
[Failures](failures.md) describes how a run goes on.

The provider handles a code that is not listed here by its HTTP status.`;

const NO_MODULE = `## A module is not found

The engine runs the provider in the program's folder, and the provider looks for its modules there. If a module is
missing, Pulumi fails before anything changes, and the state stays as it is.

- \`Cannot find module '@pulumi/pulumi/cmd/dynamic-provider'\`: the packages are not installed. A destroy or a refresh
  needs them too. Run \`npm ci\` (or \`pnpm install\`, \`yarn install\`) in the program's folder first.
- \`Cannot find module 'pulumi-alicloud-hbr/dynamicProvider'\`: only another package depends on this one, so pnpm hides it
  from the program. Run \`pnpm add pulumi-alicloud-hbr\` in the program's folder. In a preview or an update, the provider
  itself reports this.`;

/** What the provider does about each class of errors, in the order of the page. */
const CLASSES: Readonly<Record<ErrorClass, readonly [title: string, what: string]>> = {
    booting: [
        "The instance is not ready",
        "The instance may be booting, so the provider tries it again every 10 to 30 seconds, for `rollout.bootTimeout` (5 minutes by default), or for a minute if it did not come up in the last run either. After that, the instance fails. The others are installed in the meantime.",
    ],
    notFound: [
        "Something does not exist",
        "The instance fails, and the others are installed. A vault that does not exist ends the run. In a refresh, the resource then leaves the state; in a destroy, it counts as removed. Removing a client that does not exist is never an error.",
    ],
    rejected: [
        "The request is refused",
        "A retry would not help. If the service refuses a request for several instances as a whole, the provider splits it until it is clear which instances are at fault. The others are installed.",
    ],
    account: [
        "Account, rights, credentials",
        "Nothing works until this is fixed. The run ends, submits nothing more, and lists what was not done. `pulumi refresh`, `pulumi destroy` and `--refresh` take a changed configuration only with `--run-program`: see [Credentials and secrets](secrets.md#rotate-the-providers-key).",
    ],
    throttled: [
        "Throttling",
        "This covers all codes with `Throttling`, `FlowControl` or `TooManyRequests`, and HTTP 429. All resources of the run slow down together and continue. No instance fails because of throttling within the timeout.",
    ],
    unavailable: [
        "The service, or the way to it",
        "This also covers every HTTP 5xx, reset connection and timeout. The provider retries a call that only reads, with back-off. After a call that changes something, it first checks whether the call took effect, and submits only what is not in progress yet.",
    ],
};

/** What an instance can end with although its calls were answered. */
const RESULTS = `## The result of an instance

These codes are the provider's own. A code that a task reports for an instance (\`InstallScriptFailed\`, say) is the service's,
and comes with the service's message.`;

const STATUSES = `## A status as a code

If neither the service nor its task names a reason, the code is the status with which the work on the client ended.`;

/** The page on errors, generated from the table in the code. */
export function errorsPage(): string {
    const ofCalls = [...Object.keys(SERVICE_ERRORS), ...Object.keys(OWN_ERRORS)];
    const sections = Object.entries(CLASSES).map(([errorClass, [title, what]]) => {
        const codes = ofCalls.filter((code) => errorClassOf(code) === errorClass);
        return [`## ${title}`, what, ...(codes.length > 0 ? [table(codes)] : [])].join("\n\n");
    });
    const results = [RESULTS, table(Object.keys(OUTCOME_ERRORS))];
    const statuses = [STATUSES, table(Object.keys(STATUS_ERRORS))];
    return `${[INTRODUCTION, ...sections, ...results, ...statuses, NO_MODULE].join("\n\n")}\n`;
}

/** Without what the text of its class says for all. */
function adviceOf(code: string): string {
    return (adviceFor(code) ?? "").replace(WITH_PROGRAM, "");
}

/** Padded as Prettier does it, so that the generated page passes the format check. */
function table(codes: readonly string[]): string {
    const rows = [
        ["Code", "What it means", "What to do"],
        ...codes.map((code) => [`\`${code}\``, KNOWN_ERRORS.get(code)?.means ?? "", adviceOf(code)]),
    ];
    const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
    const line = (cells: readonly string[], fill = " "): string =>
        `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(" | ")} |`;
    const [head = [], ...body] = rows;
    return [line(head), line(["", "", ""], "-"), ...body.map((row) => line(row))].join("\n");
}

if (require.main === module) fs.writeFileSync(ERRORS_PAGE, errorsPage());
