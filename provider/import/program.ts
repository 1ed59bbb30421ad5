import { Script } from "node:vm";
import type { Declaration } from "./declarations";

const WIDTH = 100;

/**
 * The TypeScript that declares the resources as they are imported.
 *
 * @param parent the URN of their parent
 */
export function programText(declarations: readonly Declaration[], parent: string | undefined): string {
    const variables = variablesOf(declarations.map(({ name }) => name));
    const note = parent === undefined ? [] : [`// parent: ${parent}`];
    // As the code that Pulumi itself generates for an import: without it, the next `up` would end the protection.
    const options = parent === undefined ? "{ protect: true }" : "{ parent, protect: true }";
    const resources = declarations.map(({ name, args }, index) =>
        [
            ...note,
            `const ${variables[index] ?? ""} = new hbr.BackupClients(${JSON.stringify(name)}, {`,
            ...Object.entries(args).map(([argument, value]) => `    ${argument}: ${literal(value, 1)},`),
            `}, ${options});`,
        ].join("\n"),
    );
    return ['import * as hbr from "pulumi-alicloud-hbr";', ...resources].join("\n\n");
}

/** A value as a program writes it: on one line if it fits. */
function literal(value: unknown, depth: number): string {
    const flat = flatLiteral(value);
    const isList = Array.isArray(value);
    if (flat.length + depth * 4 <= WIDTH && !(isList && value.some(isObject))) return flat;
    const [open, close] = isList ? "[]" : "{}";
    const lines = isList
        ? value.map((each) => literal(each, depth + 1))
        : Object.entries(value as object).map(
              ([name, each]) => `${keyOf(name)}: ${literal(each, depth + 1)}`,
          );
    const indent = "    ".repeat(depth);
    return [open, ...lines.map((line) => `${indent}    ${line},`), `${indent}${close ?? ""}`].join("\n");
}

function flatLiteral(value: unknown): string {
    if (Array.isArray(value)) return `[${value.map(flatLiteral).join(", ")}]`;
    if (!isObject(value)) return JSON.stringify(value);
    const members = Object.entries(value).map(([name, each]) => `${keyOf(name)}: ${flatLiteral(each)}`);
    return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

function isObject(value: unknown): value is object {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function keyOf(name: string): string {
    return /^[a-z_$][\w$]*$/i.test(name) ? name : JSON.stringify(name);
}

/** `hana-cl-000prd` → `hanaCl000prd`; never a reserved word, and never twice the same. */
function variablesOf(names: readonly string[]): readonly string[] {
    const taken = new Set<string>(["hbr", "parent"]);
    return names.map((name) => {
        const camel = name.replace(
            /[^a-z0-9]+(.)?/gi,
            (_, next: string | undefined) => next?.toUpperCase() ?? "",
        );
        const lower = camel.charAt(0).toLowerCase() + camel.slice(1);
        const base = /^[a-z]/.test(lower) && !isReserved(lower) ? lower : `fleet${camel}`;
        let variable = base;
        for (let number = 2; taken.has(variable); number += 1) variable = `${base}${number}`;
        taken.add(variable);
        return variable;
    });
}

function isReserved(word: string): boolean {
    try {
        // The parser knows them all, those of a module too. Nothing is run.
        new Script(`"use strict"; async () => { const ${word} = 0; }`);
        return false;
    } catch {
        return true;
    }
}
