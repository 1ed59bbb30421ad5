import { spawnSync } from "node:child_process";
import { isDeepStrictEqual } from "node:util";
import { Terminal, type IBufferCell } from "@xterm/headless";

/** The size of the terminal: the status of a rollout fits, and so do all rows of the engine's table. */
const COLUMNS = 128;
const ROWS = 100;

/** What a terminal shows, line by line. */
export type Screen = readonly Line[];

/** The parts of a line that differ in style, without spaces at its end. */
export type Line = readonly Part[];

export interface Part {
    readonly column: number;
    readonly text: string;
    readonly style: Style;
}

export interface Style {
    /** The number in the palette of 16; absent for the terminal's own. */
    readonly colour?: number;
    readonly bold?: true;
    readonly dim?: true;
    readonly underline?: true;
}

/** Environment for a run that is shown: a terminal with colours, and with the engine's display for people. */
export const TERMINAL_ENV = {
    TERM: "xterm-256color",
    COLORTERM: undefined,
    NO_COLOR: undefined,
    PULUMI_DISABLE_CI_DETECTION: "true",
    SHELL: "/bin/sh",
};

/** Why there is no terminal for a command on this machine; undefined if there is one. */
export function noTerminal(): string | undefined {
    const { error } = spawnSync("script", ["--version"], { stdio: "ignore" });
    return error && `a terminal needs the command script (Linux: util-linux; macOS has it): ${error.message}`;
}

/**
 * Starts a command in a terminal of its own and passes its stream on. Node has no pseudo-terminals, so `script` makes one:
 * Linux has it in util-linux, macOS in its base system.
 */
export function inTerminal(command: string, args: readonly string[]): { command: string; args: string[] } {
    const words = [command, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    const line = `stty cols ${COLUMNS} rows ${ROWS} && exec ${words.join(" ")}`;
    return process.platform === "linux"
        ? { command: "script", args: ["--quiet", "--flush", "--return", "--command", line, "/dev/null"] }
        : { command: "script", args: ["-q", "/dev/null", "/bin/sh", "-c", line] };
}

/**
 * What the terminal shows at the end of a stream, or at the first moment at which it shows a certain text.
 *
 * @throws Error if there is no such moment
 */
export async function screenOf(stream: string, moment?: RegExp): Promise<Screen> {
    const terminal = new Terminal({ cols: COLUMNS, rows: ROWS, scrollback: 10_000, allowProposedApi: true });
    try {
        // The engine draws its table anew from the top, so the one before is complete.
        // eslint-disable-next-line no-control-regex -- it moves the cursor up
        const frames = moment ? stream.split(/(?=\u001b\[\d+A)/) : [stream];
        for (const frame of frames) {
            await new Promise<void>((resolve) => {
                terminal.write(frame, resolve);
            });
            const screen = linesOf(terminal);
            if (!moment || moment.test(textOf(screen))) return screen;
        }
    } finally {
        terminal.dispose();
    }
    throw new Error(`the terminal never shows ${String(moment)}`);
}

/** The text of a screen, with every part in its column. */
export function textOf(screen: Screen): string {
    return screen
        .map((line) => line.reduce((text, part) => text.padEnd(part.column) + part.text, ""))
        .join("\n");
}

function linesOf(terminal: Terminal): Line[] {
    const buffer = terminal.buffer.active;
    const lines = Array.from({ length: buffer.length }, (_, row): Line => {
        const line = buffer.getLine(row);
        const cells = Array.from({ length: line?.length ?? 0 }, (_, column) => line?.getCell(column));
        return partsOf(cells.filter((cell) => cell !== undefined));
    });
    const last = lines.findLastIndex((line) => line.length > 0);
    return lines.slice(0, last + 1);
}

/** Two spaces end a part: what follows is in another column of a table, and keeps its place there. */
function partsOf(cells: readonly IBufferCell[]): Line {
    const parts: { column: number; text: string; style: Style }[] = [];
    for (const [column, cell] of cells.entries()) {
        if (cell.getWidth() !== 1) throw new Error(`a character is not one column wide: ${cell.getChars()}`);
        const [style, last] = [styleOf(cell), parts.at(-1)];
        const text = cell.getChars() || " ";
        const isNext = last && last.column + last.text.length === column && !last.text.endsWith("  ");
        if (isNext && isDeepStrictEqual(style, last.style)) last.text += text;
        else if (text !== " ") parts.push({ column, text, style });
    }
    return parts.map((part) => ({ ...part, text: part.text.trimEnd() })).filter(({ text }) => text !== "");
}

function styleOf(cell: IBufferCell): Style {
    const colour = cell.getFgColor();
    if (cell.isFgRGB() || (cell.isFgPalette() && colour > 15) || !cell.isBgDefault() || cell.isInverse())
        throw new Error(`the picture has no style for the colours of ${cell.getChars()}`);
    return {
        ...(cell.isFgPalette() && { colour }),
        ...(cell.isBold() !== 0 && { bold: true }),
        ...(cell.isDim() !== 0 && { dim: true }),
        ...(cell.isUnderline() !== 0 && { underline: true }),
    };
}
