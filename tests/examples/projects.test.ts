import fs from "node:fs";
import path from "node:path";
import manifest from "../../package.json";
import { Simulator, type WorldInput } from "../../simulator";

const root = path.join(__dirname, "..", "..");
const examples = path.join(root, "examples");
const names = fs
    .readdirSync(examples, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
/** These have resources of `@pulumi/alicloud`, for which there is no simulator. */
const IN_ACCOUNT_ONLY = ["fleet-from-tags", "hana-component"];

interface Manifest {
    name: string;
    engines?: Record<string, string>;
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
}

const read = (...parts: string[]): string => fs.readFileSync(path.join(...parts), "utf8");
const manifestOf = (folder: string): Manifest => JSON.parse(read(folder, "package.json")) as Manifest;

/** What all projects for users depend on. */
const COMMON = {
    dependencies: { "@pulumi/pulumi": "^3.216.0", "pulumi-alicloud-hbr": `^${manifest.version}` },
    devDependencies: { "@types/node": "^22", typescript: "^6" },
};

test("the common dependencies begin where the package's own requirements begin", () => {
    const oldest = (range: string | undefined): string | undefined => /\d+(\.\d+)*/.exec(range ?? "")?.[0];
    expect(oldest(COMMON.dependencies["@pulumi/pulumi"])).toBe(
        oldest(manifest.peerDependencies["@pulumi/pulumi"]),
    );
    expect(oldest(manifest.engines.node)?.split(".")[0]).toBe(oldest(COMMON.devDependencies["@types/node"]));
    expect(COMMON.devDependencies.typescript.slice(1)).toBe(
        oldest(manifest.devDependencies.typescript)?.split(".")[0],
    );
});

test("the index has a line for each example", () => {
    const listed = [...read(examples, "README.md").matchAll(/^\| \[(.+)\]\((.+)\) +\|/gm)];
    expect(listed.map(([, , folder]) => folder).sort()).toEqual(names);
    for (const [, name, folder] of listed) expect(name).toBe(folder);
});

describe.each(names)("the example %s", (name) => {
    const folder = path.join(examples, name);

    it("is a project of that name, for the same versions and compiler settings as the others", () => {
        expect(read(folder, "Pulumi.yaml")).toMatch(new RegExp(`^name: ${name}$`, "m"));
        expect(manifestOf(folder)).toMatchObject({ name, ...COMMON });
        expect(read(folder, "tsconfig.json")).toBe(read(root, "templates", "fleet", "tsconfig.json"));
    });

    it("has a README that says how to run it", () => {
        const readme = read(folder, "README.md");
        expect(readme).toMatch(/^## Run it in your accounts?$/m);
        expect(readme).toContain("\npulumi stack init dev\n");
        const onSimulator = !IN_ACCOUNT_ONLY.includes(name);
        expect(readme.includes("\npulumi stack init simulator\npulumi ")).toBe(onSimulator);
        expect(fs.existsSync(path.join(folder, "Pulumi.simulator.yaml"))).toBe(onSimulator);
    });

    it("describes the configuration that it comes with", () => {
        const described = read(folder, "Pulumi.yaml");
        for (const file of fs.globSync("Pulumi.*.yaml", { cwd: folder })) {
            const own = read(folder, file).matchAll(new RegExp(`^ {2}${name}:(\\w+):`, "gm"));
            for (const [, key = ""] of own) expect(described).toMatch(new RegExp(`^ {2}${key}:$`, "m"));
        }
    });

    it("names vaults that the simulator has", () => {
        const file = path.join(folder, "Pulumi.simulator.yaml");
        const named = fs.existsSync(file)
            ? [...read(file).matchAll(/\bvaultId: (\S+)/g)].map(([, vaultId]) => vaultId)
            : [];
        const simulator = new Simulator();
        const world = path.join(folder, "world.json");
        if (fs.existsSync(world)) {
            simulator.setWorld(JSON.parse(read(world)) as WorldInput);
            named.push(...[...read(folder, "index.ts").matchAll(/vaultId: "(.*)"/g)].map(([, id]) => id));
        }
        const vaults = simulator.world().vaults.map(({ vaultId }) => vaultId);
        expect(vaults).toEqual(expect.arrayContaining(named));
        expect(named.length > 0).toBe(!IN_ACCOUNT_ONLY.includes(name));
    });
});

describe("the template", () => {
    const folder = path.join(root, "templates", "fleet");

    it("is for the same versions as the package and the examples", () => {
        expect(manifestOf(folder)).toEqual({
            name: "${PROJECT}",
            private: true,
            engines: manifest.engines,
            ...COMMON,
        });
        expect(read(folder, "README.md")).toContain(
            `Node ${manifest.engines.node.replace(">=", "")} or later`,
        );
    });
});
