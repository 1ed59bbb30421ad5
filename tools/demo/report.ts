import fs from "node:fs";
import path from "node:path";
import { makeReport } from "../../report/report";

/** It is not committed. */
export const REPORT_FILE = path.join(__dirname, "..", "..", "reports", "demo.html");

/** Writes the page that `pulumi stack export | hbr-report --out demo.html` writes, and returns its content. */
export function writeReport(exported: string): string {
    const document = { name: "stack export", content: Buffer.from(exported) };
    const { content } = makeReport([document], { format: "html", failOn: [] });
    fs.mkdirSync(path.dirname(REPORT_FILE), { recursive: true });
    fs.writeFileSync(REPORT_FILE, content);
    return content;
}
