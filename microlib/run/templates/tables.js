"use strict";
// Tables whose heads sort, by mouse and by keyboard; fields that narrow the rows; figures that can be saved. Nothing is
// fetched or kept.
(() => {
  const shown = cell => cell ? (cell.dataset.v ?? cell.textContent).trim() : "";
  const number = text => {
    if (/^\d{4}-\d{2}/.test(text)) return NaN;
    const found = text.replaceAll(",", "").replace("−", "-").match(/^[▲▽=<>≤≥+\s]{0,3}(-?\d+(\.\d+)?)/);
    return found ? parseFloat(found[1]) : NaN;
  };
  const sort = (table, place, up) => {
    const body = table.tBodies[0], rows = [...body.rows], texts = new Map(rows.map(row => [row, shown(row.cells[place])]));
    const told = [...texts.values()].filter(text => text && text !== "—");
    const numeric = told.every(text => !Number.isNaN(number(text)));
    const value = row => numeric ? number(texts.get(row)) : texts.get(row);
    const blank = row => { const text = texts.get(row); return !text || text === "—"; };
    rows.sort((a, b) => {
      if (blank(a) || blank(b)) return blank(a) - blank(b);
      const order = numeric ? value(a) - value(b) : value(a).localeCompare(value(b), "zh");
      return up ? order : -order;
    });
    body.append(...rows);
  };
  const choose = (table, head) => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    sort(table, head.cellIndex, up);
  };
  const said = document.documentElement.lang.startsWith("zh")
    ? { filter: "筛选行", rows: "行", save: "存为图片" } : { filter: "Filter rows", rows: "rows", save: "Save as picture" };
  const LONG = 10;  // rows that are seen at a glance
  const filter = table => {
    const rows = [...table.tBodies[0].rows], texts = rows.map(row => row.textContent.toLowerCase());
    const box = document.createElement("p"), label = document.createElement("label"), field = document.createElement("input");
    const count = document.createElement("span");
    box.className = "find rows";
    field.type = "search";
    label.append(said.filter, " ", field);
    box.append(label, " ", count);
    field.addEventListener("input", () => {
      const wanted = field.value.trim().toLowerCase();
      rows.forEach((row, place) => { row.hidden = !texts[place].includes(wanted); });
      count.textContent = wanted ? `${rows.filter(row => !row.hidden).length} / ${rows.length} ${said.rows}` : "";
    });
    table.before(box);
  };
  const save = (image, number) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "save";
    button.textContent = said.save;
    button.addEventListener("click", () => {
      const { src: data } = image, kind = data.slice(11, data.indexOf(";"));
      const link = Object.assign(document.createElement("a"), { href: data, download: `figure${number + 1}.${kind}` });
      link.click();
    });
    image.after(button);
  };
  const ready = () => {
    document.querySelectorAll("figure > img").forEach(save);
    for (const table of document.querySelectorAll("table.wb-table")) {
      if (table.tHead && table.tBodies[0]?.rows.length > LONG) filter(table);
    }
    for (const table of document.querySelectorAll("table.sortable, table.wb-table")) {
      if (!table.tHead || !table.tBodies[0] || table.tBodies[0].rows.length < 2) continue;
      for (const head of table.tHead.rows[0].cells) {
        if (head.classList.contains("fixed")) continue;
        const button = document.createElement("button");
        button.type = "button";
        button.append(...head.childNodes);
        button.addEventListener("click", () => choose(table, head));
        head.append(button);
      }
    }
    for (const field of document.querySelectorAll("input[data-narrows]")) {
      field.closest("[hidden]")?.removeAttribute("hidden");
      const bodies = document.getElementById(field.dataset.narrows).tBodies;
      field.addEventListener("input", () => {
        const wanted = field.value.trim().toLowerCase();
        for (const body of bodies) for (const row of body.rows) {
          if (row.dataset.name) row.hidden = !row.dataset.name.toLowerCase().includes(wanted);
        }
      });
    }
  };
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", ready) : ready();
})();
