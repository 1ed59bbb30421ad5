"use strict";

/*
 * The script of the page, which is put into it as it is. The first part is about values only, and tests call it without a
 * page. It needs nothing that a browser of the last years does not have.
 */

/** Whether an instance passes all filters; an empty one lets everything pass. All words of the text have to occur. */
function passes(row, { text, show, status, cluster }) {
    if (show !== "" && !row.flags.includes(show)) return false;
    if (status !== "" && row.status !== status) return false;
    if (cluster !== "" && row.cluster !== cluster) return false;
    const words = text.toLowerCase().split(/\s+/);
    return words.every((word) => row.text.includes(word));
}

const collator = new Intl.Collator("en", { numeric: true });

/** The rows by one of their cells, or in the order in which they came if there is no column. */
function sorted(rows, column, isDescending) {
    const sign = isDescending ? -1 : 1;
    if (column === "") return [...rows].sort((a, b) => sign * (a.place - b.place));
    return [...rows].sort(
        (a, b) => sign * collator.compare(a.cells[column], b.cells[column]) || a.place - b.place,
    );
}

/** `3 of 24 instances` */
function countText(shown, all) {
    const noun = all === 1 ? "instance" : "instances";
    return shown === all ? `${all} ${noun}` : `${shown} of ${all} ${noun}`;
}

function readRow(element, place) {
    const cells = [...element.cells].map((cell) => cell.textContent);
    const { flags, status, cluster } = element.dataset;
    return {
        element,
        place,
        cells,
        flags: flags.split(" "),
        status,
        cluster,
        text: cells.join(" ").toLowerCase(),
    };
}

function start() {
    const tools = document.getElementById("tools");
    // A report without instances.
    if (!tools) return;
    const body = document.querySelector("table.instances tbody");
    const heads = [...document.querySelectorAll("table.instances th")];
    const rows = [...body.rows].map(readRow);
    let isDescending = false;

    function filter() {
        const wanted = Object.fromEntries(new FormData(tools));
        let shown = 0;
        for (const row of rows) {
            const isShown = passes(row, wanted);
            row.element.hidden = !isShown;
            if (isShown) shown += 1;
        }
        document.getElementById("shown").textContent = countText(shown, rows.length);
    }

    function sort() {
        const column = tools.elements.sort.value;
        body.append(...sorted(rows, column, isDescending).map(({ element }) => element));
        heads.forEach((head, index) => {
            const isBy = column === String(index);
            head.setAttribute("aria-sort", isBy ? (isDescending ? "descending" : "ascending") : "none");
        });
    }

    /** A second click on the same column turns the order round. */
    function sortBy(column) {
        isDescending = tools.elements.sort.value === column && !isDescending;
        tools.elements.sort.value = column;
        sort();
    }

    function showCode(code) {
        tools.reset();
        tools.elements.text.value = code;
        filter();
        document.getElementById("instances").scrollIntoView();
        tools.elements.text.focus({ preventScroll: true });
    }

    tools.addEventListener("input", (event) => {
        if (event.target !== tools.elements.sort) return filter();
        isDescending = false;
        sort();
    });
    tools.addEventListener("submit", (event) => event.preventDefault());
    tools.addEventListener("reset", () => {
        // The fields are empty only after this event.
        setTimeout(() => {
            isDescending = false;
            filter();
            sort();
        });
    });
    for (const button of document.querySelectorAll("button[data-column]"))
        button.addEventListener("click", () => sortBy(button.dataset.column));
    for (const button of document.querySelectorAll("button[data-code]"))
        button.addEventListener("click", () => showCode(button.dataset.code));
    tools.hidden = false;
    // A browser may have kept what was in the fields before the page was loaded again.
    filter();
    sort();
}

if (typeof document === "undefined") module.exports = { passes, sorted, countText };
else start();
