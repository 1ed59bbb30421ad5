import fs from "node:fs";
import path from "node:path";
import type { Finding } from "./findings";
import { readPage, type Link, type Page } from "./page";

export interface Repository {
    readonly root: string;
    /** The files of the package, from the root. */
    readonly packed: ReadonlySet<string>;
}

/** Whether every link of the page leads somewhere: on disk, and in the package if the page is in it. */
export function checkLinks(page: Page, repository: Repository): readonly Finding[] {
    const at = ({ line }: Link, text: string): Finding => ({ file: page.file, line, text });
    return [
        ...page.undefinedReferences.map((link) => at(link, `${link.target} has no definition in this page`)),
        ...page.links.flatMap((link) => {
            const fault = faultOf(link.target, page, repository);
            return fault === undefined ? [] : [at(link, fault)];
        }),
    ];
}

function faultOf(target: string, page: Page, repository: Repository): string | undefined {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return faultOfUrl(target);
    if (target.startsWith("/"))
        return `${target} is an absolute path: link from this page's folder, such as ../README.md`;
    const [name = "", anchor] = target.split("#", 2);
    const file = name === "" ? page.file : path.posix.join(path.posix.dirname(page.file), name);
    return faultOfFile(file, page, repository) ?? faultOfAnchor(file, anchor, page, repository);
}

/** Only the form: the check needs no network. */
function faultOfUrl(target: string): string | undefined {
    const url = URL.parse(target);
    if (url === null) return `${target} is not a URL`;
    if (url.protocol === "mailto:") return undefined;
    const isLocal = ["127.0.0.1", "localhost"].includes(url.hostname);
    if (url.protocol !== "https:" && !(url.protocol === "http:" && isLocal))
        return `${target}: use https, as for every link to the web`;
    return isLocal || /[^.]\.[a-z]{2,}$/i.test(url.hostname)
        ? undefined
        : `${target}: ${url.hostname} is not the name of a host`;
}

function faultOfFile(file: string, page: Page, { root, packed }: Repository): string | undefined {
    if (file.startsWith("..")) return `${file} is outside of the repository`;
    if (!fs.existsSync(path.join(root, file))) return `no file ${file}${nearest(root, file)}`;
    const folder = `${file.replace(/\/$/, "")}/`;
    const isPacked = packed.has(file) || [...packed].some((each) => each.startsWith(folder));
    if (!packed.has(page.file) || isPacked) return undefined;
    return `${file} is not in the package, but this page is: add it to "files" in package.json, or link to it absolutely`;
}

/** A file of the same name elsewhere. */
function nearest(root: string, file: string): string {
    const wanted = path.posix.basename(file);
    const [found] = fs
        .globSync(`{*,docs/**/*,examples/*/*,templates/*/*}`, { cwd: root })
        .map((each) => each.split(path.sep).join("/"))
        .filter((each) => path.posix.basename(each) === wanted);
    return found === undefined ? "" : `; is it ${found}?`;
}

function faultOfAnchor(
    file: string,
    anchor: string | undefined,
    page: Page,
    { root }: Repository,
): string | undefined {
    if (anchor === undefined) return undefined;
    if (!file.endsWith(".md")) return `${file}#${anchor}: only a page has anchors`;
    const { anchors } = file === page.file ? page : readPage(root, file);
    if (anchors.has(anchor)) return undefined;
    return `${file} has no heading #${anchor}; it has ${[...anchors].map((each) => `#${each}`).join(", ")}`;
}
