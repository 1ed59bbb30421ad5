import fs from "node:fs";
import path from "node:path";
import ts from "typescript";
import type { Fault } from "./data";
import type { Finding } from "./findings";

/** A block of TypeScript, and where it stands. */
export interface Snippet {
    readonly file: string;
    /** The line of its fence. */
    readonly line: number;
    readonly text: string;
    /** Whether it is a part of a program. */
    readonly isFragment: boolean;
}

/** What a fragment may use without declaring it, each with the line that declares it here. */
const PRELUDE: Readonly<Record<string, string>> = {
    pulumi: `import * as pulumi from "@pulumi/pulumi";`,
    alicloud: `import * as alicloud from "@pulumi/alicloud";`,
    hbr: `import * as hbr from "pulumi-alicloud-hbr";`,
    args: `declare const args: import("pulumi-alicloud-hbr").BackupClientsArgs;`,
    instances: `declare const instances: import("pulumi-alicloud-hbr").InstanceArgs[];`,
    vaultId: `declare const vaultId: string;`,
    fleet: `declare const fleet: import("pulumi-alicloud-hbr").BackupClients;`,
};

/** A fragment of an object is one of these. */
const PROPERTIES = `const properties: Partial<import("pulumi-alicloud-hbr").BackupClientsArgs> & import("@pulumi/pulumi").CustomResourceOptions = {`;

/** Type-checks all snippets in one program: in strict mode, as a user's, with the types of the package's exports. */
export function checkTypes(repository: string, snippets: readonly Snippet[]): readonly Finding[] {
    const folder = path.join(repository, "docs-check");
    // ES modules, in which `await` may stand anywhere.
    const sources = new Map(
        snippets.map((snippet, index) => [
            path.join(folder, `${index}.mts`),
            { snippet, text: wrapped(snippet) },
        ]),
    );
    const options = compilerOptions(repository);
    const disk = ts.createCompilerHost(options);
    const textOf = (name: string): string | undefined => sources.get(path.normalize(name))?.text;
    const host: ts.CompilerHost = {
        ...disk,
        fileExists: (name) => textOf(name) !== undefined || disk.fileExists(name),
        readFile: (name) => textOf(name) ?? disk.readFile(name),
        getSourceFile: (name, target, ...rest) => {
            const text = textOf(name);
            return text === undefined
                ? disk.getSourceFile(name, target, ...rest)
                : ts.createSourceFile(name, text, target);
        },
    };
    const program = ts.createProgram([...sources.keys()], options, host);
    return [...sources].flatMap(([name, { snippet }]) => {
        const source = program.getSourceFile(name);
        const syntactic = program.getSyntacticDiagnostics(source);
        const faults = syntactic.length > 0 ? syntactic : program.getSemanticDiagnostics(source);
        return faults.map((fault) => findingOf(snippet, fault));
    });
}

function compilerOptions(repository: string): ts.CompilerOptions {
    return {
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        esModuleInterop: true,
        target: ts.ScriptTarget.ES2023,
        lib: ["lib.es2024.d.ts"],
        module: ts.ModuleKind.Node16,
        moduleResolution: ts.ModuleResolutionKind.Node16,
        resolveJsonModule: true,
        types: ["node"],
        typeRoots: [path.join(repository, "node_modules", "@types")],
        paths: exportedPaths(repository),
    };
}

/** The sources behind the exports of package.json, and nothing that is not exported. */
export function exportedPaths(repository: string): Record<string, string[]> {
    const manifest = JSON.parse(fs.readFileSync(path.join(repository, "package.json"), "utf8")) as {
        name: string;
        exports: Record<string, string | { types: string }>;
    };
    return Object.fromEntries(
        Object.entries(manifest.exports).flatMap(([subpath, target]) => {
            if (typeof target === "string") return [];
            const source = target.types.replace(/^\.\/dist\//, "").replace(/\.d\.ts$/, ".ts");
            return [[path.posix.join(manifest.name, subpath), [path.join(repository, source)]]];
        }),
    );
}

/** The code with one line above it. */
function wrapped({ text, isFragment }: Snippet): string {
    if (!isFragment) return `export {};\n${text}`;
    const object = `${PROPERTIES}\n${text}\n};`;
    if (isSyntax(object)) return `${preludeFor(text)} ${object}`;
    return `export {}; ${preludeFor(text)}\n${text}`;
}

function isSyntax(text: string): boolean {
    const { diagnostics = [] } = ts.transpileModule(text, { reportDiagnostics: true });
    return diagnostics.length === 0;
}

function preludeFor(text: string): string {
    const source = ts.createSourceFile("fragment.mts", text, ts.ScriptTarget.ES2023);
    const declared = source.statements.map((statement) => namesIn(statement, source)).join(" ");
    return Object.entries(PRELUDE)
        .filter(([name]) => mentions(text, name) && !mentions(declared, name))
        .map(([, line]) => line)
        .join(" ");
}

/** The text of what a statement declares: its imports, variables, functions and classes. */
function namesIn(statement: ts.Statement, source: ts.SourceFile): string {
    if (ts.isImportDeclaration(statement)) return statement.importClause?.getText(source) ?? "";
    if (ts.isVariableStatement(statement))
        return statement.declarationList.declarations.map(({ name }) => name.getText(source)).join(" ");
    if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement))
        return statement.name?.text ?? "";
    return "";
}

function mentions(text: string, name: string): boolean {
    return new RegExp(`(?<![\\w.$])${name}(?![\\w$])`).test(text);
}

function findingOf(
    { file, line, text }: Snippet,
    { messageText, start = 0, file: source }: ts.Diagnostic,
): Finding {
    const within = source === undefined ? 0 : source.getLineAndCharacterOfPosition(start).line;
    const last = text.split("\n").length - 1;
    const message = ts.flattenDiagnosticMessageText(messageText, " ").replaceAll(/\s+/g, " ");
    return { file, line: line + Math.min(within, last), text: message };
}

/** The first error of syntax in JavaScript, by its line from 1. */
export function faultOfJavaScript(text: string): Fault | undefined {
    const { diagnostics = [] } = ts.transpileModule(text, {
        reportDiagnostics: true,
        fileName: "block.js",
        compilerOptions: { allowJs: true },
    });
    const [first] = diagnostics;
    if (first === undefined) return undefined;
    const before = text.slice(0, first.start ?? 0);
    return {
        line: before.split("\n").length,
        text: ts.flattenDiagnosticMessageText(first.messageText, " "),
    };
}
