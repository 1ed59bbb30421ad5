import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pulumiBin } from "../../tools/pulumi";
import { cacheFolder, cachedFolder, pinnedVersion, type Machine } from "../../tools/pulumi/find";
import type { Source } from "../../tools/pulumi/obtain";

const LAUNCHER = "pulumi-resource-pulumi-nodejs";

let root: string;
let machine: Machine;
let said: string[];
let tried: string[];

beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-bin-"));
    machine = { env: { PATH: "", XDG_CACHE_HOME: path.join(root, "cache") }, platform: "linux", home: root };
    said = [];
    tried = [];
});

afterEach(() => {
    fs.rmSync(root, { recursive: true });
});

/** A program that answers as the CLI of that version does. */
function fakeCli(folder: string, version: string, names = ["pulumi", LAUNCHER]): string {
    fs.mkdirSync(folder, { recursive: true });
    for (const name of names) {
        fs.writeFileSync(path.join(folder, name), `#!/bin/sh\necho v${version}\n`, { mode: 0o755 });
    }
    return folder;
}

function source(name: string, fill: (bin: string) => number): Source {
    return {
        name,
        fill: (folder) => {
            tried.push(name);
            return Promise.resolve({ code: fill(path.join(folder, "bin")), output: `${name} says no` });
        },
    };
}

const works = (name: string, version = pinnedVersion()): Source =>
    source(name, (bin) => {
        fakeCli(bin, version, ["pulumi"]);
        return 0;
    });
const fails = (name: string): Source =>
    source(name, (bin) => {
        fs.writeFileSync(path.join(bin, "pulumi"), "half of it");
        return 1;
    });

const find = (...sources: Source[]): Promise<string> =>
    pulumiBin({ machine, sources, say: (line) => said.push(line) });

describe("finding a Pulumi CLI", () => {
    it("takes the one on PATH if it is new enough", async () => {
        machine.env.PATH = fakeCli(path.join(root, "new"), "3.216.0");
        expect(await find()).toBe(path.join(root, "new"));
        expect(said).toEqual([]);
    });

    it("passes over one on PATH that is too old, and says why", async () => {
        const old = fakeCli(path.join(root, "old"), "3.215.9");
        const newer = fakeCli(path.join(root, "newer"), "3.300.1-alpha.2");
        machine.env.PATH = [old, newer].join(path.delimiter);
        expect(await find()).toBe(newer);
        expect(said).toEqual([expect.stringMatching(/old.*3\.215\.9.*3\.216\.0/)]);
    });

    it("passes over one on PATH without the launcher for dynamic providers", async () => {
        machine.env.PATH = fakeCli(path.join(root, "bare"), pinnedVersion(), ["pulumi"]);
        const cached = fakeCli(cachedFolder(machine), pinnedVersion());
        expect(await find()).toBe(cached);
        expect(said).toEqual([expect.stringContaining(LAUNCHER)]);
    });

    it("follows a link on PATH to the folder that has both programs", async () => {
        const real = fakeCli(path.join(root, "real"), pinnedVersion());
        const linked = path.join(root, "linked");
        fs.mkdirSync(linked);
        fs.symlinkSync(path.join(real, "pulumi"), path.join(linked, "pulumi"));
        machine.env.PATH = linked;
        expect(await find()).toBe(fs.realpathSync(real));
    });

    it("prefers PATH to the cache, and the cache to any work", async () => {
        const cached = fakeCli(cachedFolder(machine), pinnedVersion());
        expect(await find(works("download"))).toBe(cached);
        const onPath = (machine.env.PATH = fakeCli(path.join(root, "path"), "3.260.0"));
        expect(await find(works("download"))).toBe(onPath);
        expect(tried).toEqual([]);
    });

    it.each<[NodeJS.Platform, NodeJS.ProcessEnv, string]>([
        ["linux", { XDG_CACHE_HOME: "/xdg" }, "/xdg/pulumi-alicloud-hbr"],
        ["linux", {}, "/home/me/.cache/pulumi-alicloud-hbr"],
        ["linux", { XDG_CACHE_HOME: "relative" }, "/home/me/.cache/pulumi-alicloud-hbr"],
        ["darwin", {}, "/home/me/Library/Caches/pulumi-alicloud-hbr"],
        ["win32", { LOCALAPPDATA: "/local" }, "/local/pulumi-alicloud-hbr"],
    ])("caches where %s keeps such things (%j)", (platform, env, expected) => {
        expect(cacheFolder({ platform, env, home: "/home/me" })).toBe(expected);
    });
});

describe("setting up a Pulumi CLI", () => {
    const entries = (): string[] => fs.readdirSync(cacheFolder(machine));

    it("tries one source after the other, and adds the launcher", async () => {
        const folder = await find(fails("download"), works("build"), works("never"));
        expect(folder).toBe(cachedFolder(machine));
        expect(fs.readdirSync(folder).sort()).toEqual(["pulumi", LAUNCHER]);
        expect(tried).toEqual(["download", "build"]);
        expect(entries()).toEqual([`pulumi-${pinnedVersion()}`]);
    });

    it("does not accept another version than the one asked for", async () => {
        await expect(find(works("download", "3.1.0"))).rejects.toThrow("got version 3.1.0");
        expect(entries()).toEqual([]);
    });

    it("says what went wrong everywhere, and leaves nothing half made", async () => {
        await expect(find(fails("download"), fails("build"))).rejects.toThrow(
            /download says no[^]*build says no/,
        );
        expect(entries()).toEqual([]);
    });

    it("ignores and replaces what a killed run left", async () => {
        fs.mkdirSync(cachedFolder(machine), { recursive: true });
        fs.writeFileSync(path.join(cachedFolder(machine), "pulumi"), "half of it");
        fs.mkdirSync(path.join(cacheFolder(machine), `pulumi-${pinnedVersion()}.partial-1`));
        expect(await find(works("build"))).toBe(cachedFolder(machine));
        expect(entries()).toEqual([`pulumi-${pinnedVersion()}`]);
    });

    it("lets a second run wait for the first", async () => {
        const folders = await Promise.all([find(works("one")), find(works("two"))]);
        expect(new Set(folders)).toEqual(new Set([cachedFolder(machine)]));
        expect(tried).toHaveLength(1);
    });
});
