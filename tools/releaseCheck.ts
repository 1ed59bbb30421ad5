import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

/** The part of package.json that a release depends on. */
export interface Manifest {
    readonly version?: string;
    readonly author?: unknown;
    readonly repository?: unknown;
}

/** What is to be released, as it is on disk. */
export interface Release {
    readonly manifest: Manifest;
    readonly changelog: string;
    /** The tag that started the release; missing when it is published by hand. */
    readonly tag?: string | undefined;
}

const VERSION = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;

/** What is missing or does not fit, one sentence each. Nobody but the publisher knows it, so nothing has a default. */
export function faultsOf({ manifest, changelog, tag }: Release): readonly string[] {
    const { version = "", author, repository } = manifest;
    const faults: string[] = [];
    if (nameOf(author) === undefined)
        faults.push(
            'package.json has no "author": set it to the name of the person or organization that publishes',
        );
    if (urlOf(repository) === undefined)
        faults.push(
            'package.json has no "repository" with a URL: set it to {"type": "git", "url": "git+https://…"}; a release with provenance must name the repository that it is built in',
        );
    if (!VERSION.test(version))
        faults.push(
            `"version" in package.json is ${JSON.stringify(version)}: it has to be like 1.2.3 or 1.2.3-beta.1`,
        );
    if (tag !== undefined && tag !== `v${version}`)
        faults.push(
            `the tag is ${tag}, but the version in package.json is ${version}: the tag has to be v${version}`,
        );
    return [...faults, ...faultsOfChangelog(changelog, version)];
}

function faultsOfChangelog(changelog: string, version: string): readonly string[] {
    const sections = changelog.split(/^## /m).slice(1);
    const section = sections.find((each) => /^\[?([^\]\s]+)/.exec(each)?.[1] === version);
    if (section === undefined)
        return [`CHANGELOG.md has no section "## ${version}": move what is under "## Unreleased" there`];
    return section.split("\n").slice(1).join("").trim() === ""
        ? [`CHANGELOG.md has nothing under "## ${version}": say what has changed`]
        : [];
}

function nameOf(author: unknown): string | undefined {
    return filled(typeof author === "object" && author !== null && "name" in author ? author.name : author);
}

function urlOf(repository: unknown): string | undefined {
    return filled(
        typeof repository === "object" && repository !== null && "url" in repository
            ? repository.url
            : repository,
    );
}

function filled(value: unknown): string | undefined {
    return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

function main(): void {
    const { values } = parseArgs({ options: { tag: { type: "string" } } });
    const read = (name: string): string => fs.readFileSync(path.join(__dirname, "..", name), "utf8");
    const manifest = JSON.parse(read("package.json")) as Manifest;
    const faults = faultsOf({ manifest, changelog: read("CHANGELOG.md"), tag: values.tag });
    for (const fault of faults) console.error(`release: ${fault}`);
    if (faults.length === 0) return;
    console.error("Nothing is published.");
    process.exitCode = 1;
}

if (require.main === module) main();
