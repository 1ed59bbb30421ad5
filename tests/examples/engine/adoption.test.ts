import fs from "node:fs";
import path from "node:path";
import type { WorldInput } from "../../../simulator";
import { expectOk } from "../../engine/harness";
import { hbrImport, pulumiImport } from "../../engine/importing";
import { countOf, operationsOf, saidOf, type Scene, scenes } from "../../engine/support";

const example = path.join(__dirname, "..", "..", "..", "examples", "adoption");
const program = { file: path.join(example, "index.ts") };
const source = fs.readFileSync(program.file, "utf8");
const readme = fs.readFileSync(path.join(example, "README.md"), "utf8");
const world = JSON.parse(fs.readFileSync(path.join(example, "world.json"), "utf8")) as WorldInput;
const NAMES = ["hana-cl-000prd", "hana-cl-000qas"];

const scene = scenes();

/** The arguments of each call of a command in the README. */
function callsOf(command: string): string[][] {
    const lines = readme.split("\n").filter((line) => line.startsWith(`${command} `));
    return lines.map((line) => line.slice(command.length + 1).split(" "));
}

function expectNothingWritten(simulator: Scene["simulator"]): void {
    expect(simulator.requests().total).toBe(countOf(simulator, "DescribeClients"));
}

const unindented = (code: string): string => code.replaceAll(/\s|,(?=\s*[\])])/g, "");

describe("the example of adoption", () => {
    it("adopts the clients that are there, and installs none", async () => {
        const { stack, simulator } = await scene({ world });
        const up = expectOk(await stack.up(program));
        expect(NAMES.map((name) => saidOf(up, name).at(-1))).toEqual(["info: 2 adopted", "info: 1 adopted"]);
        const { clients } = simulator.world();
        expect(up.outputs.clientIds).toEqual(
            Object.fromEntries(clients.map(({ instanceId, clientId }) => [instanceId, clientId])),
        );
        expectNothingWritten(simulator);
    });

    it("imports them with the commands of its README; the program is what they print, and changes nothing then", async () => {
        const { stack, simulator } = await scene({ world });
        const [write = [], print = []] = callsOf("npx hbr-import");
        expect(await hbrImport(stack, write)).toMatchObject({ code: 0, stdout: "" });
        const [args = []] = callsOf("pulumi import");
        const imported = await pulumiImport(stack, args);
        expect(imported.stdout).toMatch(/= 2 imported/);

        const { code, stdout } = await hbrImport(stack, print);
        expect(code).toBe(0);
        const printed = [...stdout.matchAll(/new hbr\.BackupClients\(.*?\}\);/gs)].map(([text]) => text);
        expect(printed).toHaveLength(NAMES.length);
        for (const declaration of printed) expect(unindented(source)).toContain(unindented(declaration));

        const up = expectOk(await stack.up(program));
        expect(operationsOf(up)).toEqual(Object.fromEntries(NAMES.map((name) => [name, "same"])));
        expectNothingWritten(simulator);
    });
});
