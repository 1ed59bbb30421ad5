import fs from "node:fs";
import path from "node:path";
import { adviceFor, errorClassOf, knownErrorCodes, type ErrorClass } from "../provider/hbr/errors";

/** The page that this file writes. */
export const ERRORS_PAGE = path.join(__dirname, "..", "docs", "errors.md");

const INTRODUCTION = `# Errors

What the provider does about an error of the Cloud Backup API, and what you can do. An instance that has failed is one
line among the errors of the run, with the code, the text of the service, the request id and the advice of this page;
code and text also stand in the outputs (\`clients["i-…"].errorCode\`, \`.errorMessage\`). An error that concerns the
whole run stands before them.

A code that is not listed here is treated by its HTTP status.`;

const NO_MODULE = `## A module is not found

The engine runs the provider in the program's folder and has it look for its modules there. If they are missing, Pulumi
says so before anything is done, and the state stays as it is.

- \`Cannot find module '@pulumi/pulumi/cmd/dynamic-provider'\`: the packages are not installed; a destroy or a refresh
  needs them too. Run \`npm ci\` (or \`pnpm install\`, \`yarn install\`) in the program's folder first.
- \`Cannot find module 'pulumi-alicloud-hbr/dynamicProvider'\`: only another package depends on this one, and pnpm keeps it
  from the program. Run \`pnpm add pulumi-alicloud-hbr\` in the program's folder. In a preview or an update the provider
  itself says this in one sentence.`;

/** In the order of the page: what the provider does about each class. */
const CLASSES: Readonly<Record<ErrorClass, readonly [title: string, what: string]>> = {
    booting: [
        "The instance is not ready",
        "The instance is tried again for a minute, as it may be booting; then it has failed. The others are installed meanwhile.",
    ],
    notFound: [
        "Something does not exist",
        "The instance has failed, the others are installed. A vault that does not exist ends the run; in a refresh the resource leaves the state, and in a destroy it counts as removed. A client that does not exist is never an error when it is to be removed.",
    ],
    rejected: [
        "The request is refused",
        "Repeating it would not help. Where a request for several instances is refused as a whole, it is split until it is clear whom it is about; the others are installed.",
    ],
    account: [
        "Account, rights, credentials",
        "Nothing would work until this is mended: the run ends, nothing further is submitted, and what was not done is listed.",
    ],
    throttled: [
        "Throttling",
        "All codes with `Throttling`, `FlowControl` or `TooManyRequests`, and HTTP 429. All resources of the run slow down together and go on; no instance fails for it within the time-out.",
    ],
    unavailable: [
        "The service, or the way to it",
        "Also every HTTP 5xx, reset and time-out. A call that only reads is repeated, with growing pauses. After a call that changes something the provider first looks whether it has acted, and submits only what is not under way.",
    ],
};

/** The page on errors, made from the one table in the code. */
export function errorsPage(): string {
    const sections = Object.entries(CLASSES).map(([errorClass, [title, what]]) => {
        const codes = knownErrorCodes().filter((code) => errorClassOf(code) === errorClass);
        return [`## ${title}`, what, ...(codes.length > 0 ? [table(codes)] : [])].join("\n\n");
    });
    return `${[INTRODUCTION, ...sections, NO_MODULE].join("\n\n")}\n`;
}

/** Padded as Prettier would do it. */
function table(codes: readonly string[]): string {
    const rows = [["Code", "What to do"], ...codes.map((code) => [`\`${code}\``, adviceFor(code) ?? ""])];
    const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
    const line = (cells: readonly string[], fill = " "): string =>
        `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(" | ")} |`;
    const [head = [], ...body] = rows;
    return [line(head), line(["", ""], "-"), ...body.map((row) => line(row))].join("\n");
}

if (require.main === module) fs.writeFileSync(ERRORS_PAGE, errorsPage());
