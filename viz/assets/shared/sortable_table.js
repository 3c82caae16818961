// A table that sorts by its column heads and turns pages.
// columns: [{ key, label, value(i), number, text(i), cell(i) }]: what sorts, how it is written, or the element shown.
// The first column heads the row and opens it.
bandscape.sortableTable = (() => {
  const { make, name, fill, announce } = bandscape.dom;
  const pageSize = 50;

  // parts: { head, body, pager, scroll }; rows(): the indices to show; choose(i): a row was pressed.
  function create({ parts, columns, rows, choose, sort }) {
    let page = 0;

    function compare(a, b) {
      if (typeof a === "string") return (a === "") - (b === "") || (sort.down ? b.localeCompare(a) : a.localeCompare(b));
      if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
      return sort.down ? b - a : a - b;
    }

    function sorted() {
      const column = columns.find(({ key }) => key === sort.key);
      return rows().map((i) => [column.value(i), i]).sort((a, b) => compare(a[0], b[0])).map(([, i]) => i);
    }

    function headCell({ key, label, number }) {
      const state = sort.key === key ? (sort.down ? "descending" : "ascending") : "none";
      const press = () => {
        sort.down = sort.key === key ? !sort.down : Boolean(number);
        sort.key = key;
        page = 0;
        draw(key);
      };
      const arrow = state === "none" ? "" : state === "descending" ? " ↓" : " ↑";
      return make("th", { scope: "col", class: number ? "number" : "", "aria-sort": state },
        make("button", { class: "plain", "data-key": key, onclick: press }, label + arrow));
    }

    function bodyRow(i) {
      const cells = columns.map(({ number, value, text, cell }, at) => {
        if (at === 0) return make("th", { scope: "row" }, make("button", { class: "plain", onclick: () => choose(i) }, name(value(i))));
        return make("td", { class: number ? "number" : "" }, cell ? cell(i) : make("bdi", {}, text ? text(i) : String(value(i))));
      });
      return make("tr", {}, ...cells);
    }

    function pager(count) {
      const pages = Math.max(1, Math.ceil(count / pageSize));
      const turn = (by) => {
        page = Math.min(Math.max(page + by, 0), pages - 1);
        draw();
        parts.scroll.scrollTop = 0;
        announce(`page ${page + 1} of ${pages}`);
      };
      return [
        make("button", { class: "chip", disabled: page === 0, onclick: () => turn(-1) }, "previous"),
        make("span", { class: "number" }, `page ${page + 1} of ${pages}`),
        make("button", { class: "chip", disabled: page >= pages - 1, onclick: () => turn(1) }, "next"),
      ];
    }

    // Returns how many rows there are.
    function draw(focusKey) {
      const found = sorted();
      page = Math.min(page, Math.max(0, Math.ceil(found.length / pageSize) - 1));
      fill(parts.head, make("tr", {}, ...columns.map(headCell)));
      fill(parts.body, ...found.slice(page * pageSize, (page + 1) * pageSize).map(bodyRow));
      fill(parts.pager, ...pager(found.length));
      parts.pager.hidden = found.length <= pageSize;
      if (focusKey) parts.head.querySelector(`[data-key="${focusKey}"]`).focus();
      return found.length;
    }

    function first() {
      page = 0;
      return draw();
    }

    return { draw, first, sorted };
  }

  return { create };
})();
