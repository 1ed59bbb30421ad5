import { badge, type Html, joined, markup, raw, under } from "./markup";
import type { InstanceRow, View } from "./view";
import { counted, INSTANCE_COLUMNS, NO_CLUSTER, NOTHING, remarksOf } from "./words";

/** The table of instances in the page, with the fields to filter and to sort it. `page.cjs` works on what is written here. */
export function instancesOf(view: View): Html {
    const { instances } = view;
    const heading = raw('<section id="instances">\n<h2>Instances</h2>');
    if (instances.length === 0) return markup`${heading}\n<p>${NOTHING}</p>\n</section>`;
    const heads = INSTANCE_COLUMNS.map(
        (title, column) =>
            markup`<th scope="col" role="columnheader" aria-sort="none"><button type="button" data-column="${column}">${title}</button></th>`,
    );
    return joined(
        [
            heading,
            toolsOf(view),
            markup`<p id="shown" role="status" class="quiet">${counted(instances.length, "instance")}</p>`,
            markup`<table class="instances" role="table">`,
            markup`<thead role="rowgroup"><tr role="row">${joined(heads)}</tr></thead>`,
            markup`<tbody role="rowgroup">${joined(instances.map(rowOf), "\n")}</tbody>`,
            raw("</table>\n</section>"),
        ],
        "\n",
    );
}

/** Hidden until the script is there to serve it. */
function toolsOf({ clusters, statuses }: View): Html {
    const clusterNames = [...new Set(clusters.map(({ clusterId }) => clusterId ?? NO_CLUSTER))].sort();
    const sortings = INSTANCE_COLUMNS.map((title, column) => [String(column), title] as const);
    return joined(
        [
            raw('<form class="tools" id="tools" hidden>'),
            raw(
                '<label>Search <input type="search" name="text" placeholder="ID, name, error …" autocomplete="off"></label>',
            ),
            select("Show", "show", [
                ["", "all"],
                ["failed", "failed"],
                ["drift", "drifted"],
                ["pending", "with work pending"],
            ]),
            select("Status", "status", [
                ["", "any"],
                ...statuses.map(({ status }) => [status, status] as const),
            ]),
            select("Cluster", "cluster", [["", "any"], ...clusterNames.map((name) => [name, name] as const)]),
            select("Sort by", "sort", [["", "urgency"], ...sortings]),
            raw('<button type="reset">Reset</button>\n</form>'),
        ],
        "\n",
    );
}

function select(
    label: string,
    name: string,
    options: readonly (readonly [value: string, text: string])[],
): Html {
    const items = options.map(([value, text]) => markup`<option value="${value}">${text}</option>`);
    return markup`<label class="of-${name}">${label} <select name="${name}">${joined(items)}</select></label>`;
}

function rowOf(row: InstanceRow): Html {
    const { instanceId, instanceName, clusterId = NO_CLUSTER, status, fleet, clientId, clientVersion } = row;
    const flags = [
        ...(row.isFailed ? ["failed"] : []),
        ...(row.isDrift ? ["drift"] : []),
        ...(row.pendingAction === undefined ? [] : ["pending"]),
    ];
    const cells = [
        markup`<b class="id">${instanceId}</b>${under(instanceName === instanceId ? undefined : instanceName)}`,
        markup`<span class="id">${clusterId}</span>`,
        markup`${badge(status)}${under(row.statusMessage)}`,
        markup`<span>${fleet}</span>`,
        clientId === undefined ? raw("") : markup`<span class="id">${clientId}</span>${under(clientVersion)}`,
        remarksCell(row),
    ];
    const written = cells.map((cell, column) =>
        // No space in a cell without content: on phones its label goes too.
        joined([markup`<td role="cell" data-label="${INSTANCE_COLUMNS[column] ?? ""}">`, cell, raw("</td>")]),
    );
    return markup`<tr role="row" data-flags="${flags.join(" ")}" data-status="${status}" data-cluster="${clusterId}">${joined(written)}</tr>`;
}

function remarksCell(row: InstanceRow): Html {
    const { errorCode, errorMessage } = row;
    const remarks = remarksOf(row).map((remark) => markup`<span class="remark">${remark}</span>`);
    return joined([
        ...(errorCode === undefined ? [] : [markup`<code>${errorCode}</code>`, under(errorMessage)]),
        ...(remarks.length === 0 ? [] : [markup`<div>${joined(remarks, " ")}</div>`]),
    ]);
}
