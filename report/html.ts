import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Change } from "./fleets";
import { instancesOf } from "./instanceTable";
import { badge, type Html, joined, markup, raw, under, withCode } from "./markup";
import type { ErrorRow, View } from "./view";
import {
    changeRemarks,
    CLUSTER_FIGURES,
    counted,
    figuresOf,
    NO_CLUSTER,
    noChange,
    shownTime,
    stackOf,
} from "./words";

/** One page that loads nothing: style, script and all data are in it. Without its script it is still complete. */
export function renderHtml(view: View): string {
    const style = asset("page.css");
    const script = asset("page.cjs");
    // Nothing else may run or be loaded, whatever a text in the page may turn out to be.
    const policy = [
        "default-src 'none'",
        `style-src '${hashOf(style)}'`,
        `script-src '${hashOf(script)}'`,
        "base-uri 'none'",
        "form-action 'none'",
    ].join("; ");
    const title = `Cloud Backup clients${view.names ? `: ${stackOf(view.names)}` : ""}`;
    const lines = [
        raw('<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'),
        markup`<meta http-equiv="Content-Security-Policy" content="${policy}">`,
        raw('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        raw('<meta name="color-scheme" content="light dark">'),
        markup`<title>${title}</title>`,
        markup`<style>${raw(style)}</style>\n</head>\n<body>`,
        headerOf(view),
        raw("<main>"),
        ...[notesOf, planOf, errorsOf, clustersOf, instancesOf].flatMap((part) => part(view) ?? []),
        markup`</main>\n<script>${raw(script)}</script>\n</body>\n</html>\n`,
    ];
    return joined(lines, "\n").text;
}

function asset(name: string): string {
    return readFileSync(path.join(__dirname, "page", name), "utf8");
}

function hashOf(content: string): string {
    return `sha256-${createHash("sha256").update(content).digest("base64")}`;
}

function headerOf({ names, takenAt, counts, statuses }: View): Html {
    const origin = [
        ...(names ? [stackOf(names)] : []),
        ...(takenAt === undefined ? [] : [`state of ${shownTime(takenAt)}`]),
    ].join(" · ");
    const figures = figuresOf(counts).map(
        ([count, word, isGrave]) =>
            markup`<li class="${isGrave && count > 0 ? "bad" : "calm"}"><b>${count}</b> ${word}</li>`,
    );
    const all = markup`<li><b>${counts.instances}</b> ${counts.instances === 1 ? "instance" : "instances"}</li>`;
    const each = statuses.map(({ status, count }) => markup`<li>${badge(status)} ${count}</li>`);
    return joined(
        [
            raw("<header>\n<h1>Cloud Backup clients</h1>"),
            markup`<p class="quiet">${origin}</p>`,
            markup`<ul class="figures">${all}${joined(figures)}</ul>`,
            markup`<ul class="statuses" aria-label="Instances by status">${joined(each)}</ul>\n</header>`,
        ],
        "\n",
    );
}

function section(title: string, content: Html): Html {
    return markup`<section>\n<h2>${title}</h2>\n${content}\n</section>`;
}

function notesOf({ gaps, remarks }: View): Html | undefined {
    const texts = [...gaps.map(({ text }) => text), ...remarks];
    if (texts.length === 0) return undefined;
    const items = texts.map((text) => markup`<li>${text}</li>`);
    return section("Notes", markup`<ul class="notes">${joined(items)}</ul>`);
}

function planOf(view: View): Html | undefined {
    const { plan } = view;
    if (plan === undefined) return undefined;
    if (plan.length === 0) return section("Plan", markup`<p>${noChange(view)}</p>`);
    return section("Plan", markup`<ul class="plan">${joined(plan.map(changeOf))}</ul>`);
}

function changeOf(change: Change): Html {
    const { name, operation, line, removes } = change;
    const remarks = changeRemarks(change).join(", ");
    const head = markup`<p><b>${name}</b> <span class="badge ${removes ? "bad" : "plain"}">${operation}</span> ${remarks}</p>`;
    return markup`<li>${head}${line === undefined ? raw("") : markup`<p class="line">${line}</p>`}</li>`;
}

function errorsOf({ errors }: View): Html | undefined {
    if (errors.length === 0) return undefined;
    const articles = joined(errors.map(errorOf), "\n");
    return section("Errors, and what to do", markup`<div class="errors">${articles}</div>`);
}

function errorOf({ code, instanceIds, means, advice, messages }: ErrorRow): Html {
    const count = counted(instanceIds.length, "instance");
    return joined([
        markup`<article><h3><code>${code}</code></h3>`,
        markup`<p>${count}${means === undefined ? raw("") : markup`: ${withCode(means)}`} `,
        markup`<button type="button" class="link" data-code="${code}">Show ${instanceIds.length === 1 ? "it" : "them"}</button></p>`,
        markup`<p><b>What to do:</b> ${withCode(advice)}</p>`,
        ...messages.map((message) => markup`<p class="line">${message}</p>`),
        raw("</article>"),
    ]);
}

function clustersOf({ clusters }: View): Html | undefined {
    if (clusters.length === 0) return undefined;
    const heads = ["Cluster", ...Object.keys(CLUSTER_FIGURES)].map(
        (title) => markup`<th scope="col">${title}</th>`,
    );
    const rows = clusters.map((row) => {
        const figures = Object.values(CLUSTER_FIGURES).map((of) => of(row));
        // A zero is what everyone hopes for, and nobody needs to look at.
        const cells = figures.map(
            (figure) => markup`<td class="${figure === 0 ? "zero" : ""}">${figure}</td>`,
        );
        return markup`<tr><td><span class="id">${row.clusterId ?? NO_CLUSTER}</span>${under(row.vaultId)}</td>${joined(cells)}</tr>`;
    });
    const table = markup`<table class="clusters"><thead><tr>${joined(heads)}</tr></thead>\n<tbody>${joined(rows, "\n")}</tbody></table>`;
    return section(
        "Clusters",
        markup`<div class="scroll" role="region" aria-label="Clusters" tabindex="0">${table}</div>`,
    );
}
