import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { faultsOf, type Release } from "../../tools/releaseCheck";

const repository = path.join(__dirname, "..", "..");

const COMPLETE: Release = {
    manifest: {
        version: "1.2.3",
        author: "Example Organization",
        repository: { type: "git", url: "git+https://example.com/a/b.git" },
    },
    changelog: "# Changes\n\n## Unreleased\n\n## 1.2.3\n\n- A change.\n\n## 1.2.2\n\n- Another.\n",
    tag: "v1.2.3",
};

const release = (manifest: Release["manifest"], more: Partial<Release> = {}): Release => ({
    ...COMPLETE,
    ...more,
    manifest: { ...COMPLETE.manifest, ...manifest },
});

describe("the check before a release", () => {
    it("lets a complete release pass, with a tag or by hand", () => {
        expect(faultsOf(COMPLETE)).toEqual([]);
        expect(faultsOf({ ...COMPLETE, tag: undefined })).toEqual([]);
        expect(faultsOf(release({ author: { name: "A" }, repository: "example/repository" }))).toEqual([]);
    });

    it.each([
        ["an author", release({ author: " " }), /^package\.json has no "author"/],
        ["a repository", release({ repository: { type: "git" } }), /^package\.json has no "repository"/],
        ["a version", release({ version: "1.2" }, { tag: "v1.2" }), /^"version" in package\.json is "1\.2"/],
        [
            "the tag of its version",
            release({}, { tag: "v1.2.4" }),
            /^the tag is v1\.2\.4, but the version in package\.json is 1\.2\.3: the tag has to be v1\.2\.3$/,
        ],
        [
            "a section in the changelog",
            release({ version: "1.3.0" }, { tag: "v1.3.0" }),
            /^CHANGELOG\.md has no section "## 1\.3\.0"/,
        ],
        [
            "a change in that section",
            release({}, { changelog: "## Unreleased\n\n- Not yet.\n\n## 1.2.3\n\n## 1.2.2\n" }),
            /^CHANGELOG\.md has nothing under "## 1\.2\.3"/,
        ],
    ])("refuses a release without %s", (_, incomplete, message) => {
        const [first] = faultsOf(incomplete);
        expect(first).toMatch(message);
    });

    it("names everything that is missing at once", () => {
        expect(faultsOf({ manifest: {}, changelog: "", tag: "v1.0.0" })).toHaveLength(5);
    });

    it("is what `npm publish` runs first, and says what this repository lacks", () => {
        const {
            scripts,
            author,
            repository: home,
        } = JSON.parse(fs.readFileSync(path.join(repository, "package.json"), "utf8")) as {
            scripts: Record<string, string>;
            author?: string;
            repository?: unknown;
        };
        expect(scripts["prepublishOnly"]).toBe("node tools/run.mjs release:check");
        const { status, stderr } = spawnSync(
            process.execPath,
            ["tools/run.mjs", "release:check", "--tag", "v0.0.0-none"],
            { cwd: repository, encoding: "utf8" },
        );
        expect(status).toBe(1);
        expect(stderr).toContain("release: the tag is v0.0.0-none");
        expect(stderr.includes('no "author"')).toBe(author === undefined);
        expect(stderr.includes('no "repository"')).toBe(home === undefined);
        expect(stderr).toMatch(/^Nothing is published\.$/m);
    });
});
