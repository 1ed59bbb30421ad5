import { joined, markup, raw, type Html } from "../../report/markup";
import type { Part, Screen, Style } from "./terminal";

/** The measures of a character. A browser fits the text to them, whatever its font is. */
const WIDTH = 8.4;
const HEIGHT = 18;
const MARGIN = 16;

/** The terminal's palette on a light and on a dark page, by number, and what is no text. All texts have contrast enough. */
const LIGHT = {
    page: "#fbfcfd",
    edge: "#d0d7de",
    text: "#1f2328",
    palette: {
        1: "#b3202c",
        2: "#1a7034",
        3: "#8a5a00",
        4: "#0b5cad",
        5: "#8250df",
        6: "#1b6f7c",
        8: "#59636e",
        9: "#b3202c",
        10: "#1a7034",
        11: "#8a5a00",
        12: "#0b5cad",
        13: "#8a1f8f",
        14: "#1b6f7c",
    },
} as const;

const DARK = {
    page: "#0d1117",
    edge: "#3d444d",
    text: "#e6edf3",
    palette: {
        1: "#ff7b72",
        2: "#56d364",
        3: "#e3b341",
        4: "#79c0ff",
        5: "#d2a8ff",
        6: "#56d4dd",
        8: "#9198a1",
        9: "#ff7b72",
        10: "#56d364",
        11: "#e3b341",
        12: "#79c0ff",
        13: "#f0a3f5",
        14: "#56d4dd",
    },
} as const;

/** Draws what a terminal shows as an SVG that reads on light and dark pages. It needs no network and runs no script. */
export function draw(screen: Screen, title: string): string {
    const columns = Math.max(...screen.map((line) => endOf(line.at(-1))));
    const [width, height] = [columns * WIDTH + 2 * MARGIN, screen.length * HEIGHT + 2 * MARGIN];
    const used = new Set(screen.flat().flatMap(({ style }) => style.colour ?? []));
    const size = `width="${rounded(width)}" height="${rounded(height)}" viewBox="0 0 ${rounded(width)} ${rounded(height)}"`;
    const style = [
        `svg{${variables(LIGHT, used)}}`,
        `@media (prefers-color-scheme:dark){svg{${variables(DARK, used)}}}`,
        "rect{fill:var(--page);stroke:var(--edge)}",
        "text{fill:var(--text);font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre}",
        ".b{font-weight:600}.d{opacity:.7}.u{text-decoration:underline}",
        ...[...used].sort((a, b) => a - b).map((number) => `.c${number}{fill:var(--c${number})}`),
    ];
    const lines = [
        markup`<svg xmlns="http://www.w3.org/2000/svg" ${raw(size)} role="img">`,
        markup`<title>${title}</title>`,
        markup`<style>${raw(style.join("\n"))}</style>`,
        markup`<rect x=".5" y=".5" width="${rounded(width - 1)}" height="${rounded(height - 1)}" rx="8"/>`,
        ...screen.flatMap((line, row) => line.map((part) => textOf(part, row))),
        markup`</svg>\n`,
    ];
    return joined(lines, "\n").text;
}

type Palette = Readonly<Record<number, string>>;

function variables(scheme: typeof LIGHT | typeof DARK, used: ReadonlySet<number>): string {
    const { page, edge, text } = scheme;
    const palette: Palette = scheme.palette;
    return [
        `--page:${page};--edge:${edge};--text:${text}`,
        ...[...used].sort((a, b) => a - b).map((number) => `--c${number}:${palette[number] ?? text}`),
    ].join(";");
}

/** The browser fits it to its columns, because its font may be wider or narrower. */
function textOf({ column, text, style }: Part, row: number): Html {
    const [x, y] = [MARGIN + column * WIDTH, MARGIN + row * HEIGHT + 13];
    const classes = classesOf(style);
    const place = `x="${rounded(x)}" y="${rounded(y)}" textLength="${rounded(text.length * WIDTH)}"`;
    const styled = classes === "" ? "" : ` class="${classes}"`;
    return markup`<text ${raw(place)} lengthAdjust="spacingAndGlyphs"${raw(styled)}>${text}</text>`;
}

function classesOf({ colour, bold, dim, underline }: Style): string {
    return [
        ...(colour === undefined ? [] : [`c${colour}`]),
        ...(bold ? ["b"] : []),
        ...(dim ? ["d"] : []),
        ...(underline ? ["u"] : []),
    ].join(" ");
}

function endOf(part: Part | undefined): number {
    return part ? part.column + part.text.length : 0;
}

function rounded(length: number): string {
    return String(Math.round(length * 10) / 10);
}
