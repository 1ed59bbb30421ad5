import { type Curve, shown } from "./results";

/** Curves by name. Both axes are logarithmic, because fleets range from one to thousands of instances. */
export interface Chart {
    readonly title: string;
    readonly x: string;
    readonly y: string;
    readonly curves: Readonly<Record<string, Curve>>;
}

const WIDTH = 720;
const HEIGHT = 420;
const LEFT = 76;
const RIGHT = 140;
const TOP = 44;
const BOTTOM = 54;
/** Each curve also has its own line style, for readers who cannot distinguish the colours. */
const STYLES = [
    { colour: "#b3400f", dash: "7 4" },
    { colour: "#0b5cad", dash: "none" },
    { colour: "#4a6b2a", dash: "2 4" },
] as const;

/** Draws a chart as SVG that is readable on light and dark pages. */
export function draw({ title, x, y, curves }: Chart): string {
    const points = Object.values(curves).flat();
    const across = new Axis(
        points.map(([size]) => size),
        LEFT,
        WIDTH - RIGHT,
    );
    const up = new Axis(
        points.map(([, value]) => value),
        HEIGHT - BOTTOM,
        TOP,
    );
    const parts = [
        `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escape(title)}" font-family="system-ui, sans-serif" font-size="13">`,
        `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
        text(LEFT, 24, title, 'font-size="15" font-weight="600"'),
        ...across.ticks.flatMap((tick) => [
            line(across.at(tick), TOP, across.at(tick), HEIGHT - BOTTOM),
            text(across.at(tick), HEIGHT - BOTTOM + 18, shownTick(tick), 'text-anchor="middle"'),
        ]),
        ...up.ticks.flatMap((tick) => [
            line(LEFT, up.at(tick), WIDTH - RIGHT, up.at(tick)),
            text(LEFT - 8, up.at(tick) + 4, shownTick(tick), 'text-anchor="end"'),
        ]),
        text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, x, 'text-anchor="middle"'),
        `<text transform="translate(18 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle" fill="#222222">${escape(y)}</text>`,
        ...curvesOf(curves, across, up),
        "</svg>",
    ];
    return `${parts.join("\n")}\n`;
}

/** A logarithmic axis between two powers of ten. */
class Axis {
    readonly ticks: readonly number[];
    private readonly first: number;
    private readonly last: number;

    constructor(
        values: readonly number[],
        private readonly from: number,
        private readonly to: number,
    ) {
        this.first = Math.floor(Math.log10(Math.min(...values)));
        this.last = Math.max(this.first + 1, Math.ceil(Math.log10(Math.max(...values))));
        this.ticks = Array.from(
            { length: this.last - this.first + 1 },
            (_, step) => 10 ** (this.first + step),
        );
    }

    at(value: number): number {
        const part = (Math.log10(value) - this.first) / (this.last - this.first);
        return Math.round((this.from + part * (this.to - this.from)) * 10) / 10;
    }
}

function curvesOf(curves: Chart["curves"], across: Axis, up: Axis): string[] {
    const names = Object.entries(curves).map(([name, curve], index) => {
        const style = STYLES[index % STYLES.length] ?? STYLES[0];
        const places = curve.map(([size, value]) => [across.at(size), up.at(value)] as const);
        const end = places.at(-1) ?? [LEFT, TOP];
        return { name, style, places, labelX: end[0] + 10, labelY: end[1] + 4 };
    });
    spreadLabels(names);
    return names.flatMap(({ name, style: { colour, dash }, places, labelX, labelY }) => [
        `<polyline fill="none" stroke="${colour}" stroke-width="2.5" stroke-dasharray="${dash}" points="${places.map((place) => place.join(",")).join(" ")}"/>`,
        ...places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`),
        `<text x="${labelX}" y="${labelY}" fill="${colour}" font-weight="600">${escape(name)}</text>`,
    ]);
}

/** Moves labels apart if their curves end close to each other. */
function spreadLabels(labels: { labelY: number }[]): void {
    const sorted = labels.toSorted((a, b) => a.labelY - b.labelY);
    sorted.forEach((label, index) => {
        const above = sorted[index - 1];
        if (above) label.labelY = Math.max(label.labelY, above.labelY + 16);
    });
}

function shownTick(value: number): string {
    return value < 1 ? String(value) : shown(value, 0);
}

function line(x1: number, y1: number, x2: number, y2: number): string {
    return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#dddddd"/>`;
}

function text(x: number, y: number, content: string, more: string): string {
    return `<text x="${x}" y="${y}" fill="#222222" ${more}>${escape(content)}</text>`;
}

function escape(content: string): string {
    return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
