import { transformFileSync } from "@swc/core";
import fs from "node:fs";
import path from "node:path";

/**
 * Copies a program with all of its folder into the project, TypeScript compiled, and returns the program's place
 * there: the package has to be the installed one, and a file of the repository would find the repository itself.
 */
export function copyProgram(file: string, project: string): string {
    const source = path.dirname(file);
    const target = path.join(project, "program");
    fs.rmSync(target, { recursive: true, force: true });
    fs.cpSync(source, target, { recursive: true, filter: (each) => path.basename(each) !== "node_modules" });
    const names = fs.readdirSync(target, { recursive: true, encoding: "utf8" });
    for (const name of names.filter((each) => each.endsWith(".ts"))) {
        const { code } = transformFileSync(path.join(target, name), {
            jsc: { parser: { syntax: "typescript" }, target: "es2022" },
            module: { type: "commonjs" },
            sourceMaps: "inline",
            swcrc: false,
        });
        fs.writeFileSync(path.join(target, compiled(name)), code);
    }
    return path.join(target, compiled(path.basename(file)));
}

function compiled(name: string): string {
    return name.replace(/\.ts$/, ".js");
}
