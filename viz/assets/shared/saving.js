// Text as a file. A spreadsheet runs a cell that begins with = + - @ as a formula: such text gets an apostrophe in
// front.
bandscape.saving = (() => {
  function cell(value) {
    if (typeof value === "number") return Number.isNaN(value) ? "" : String(Math.round(value * 1e6) / 1e6);
    const text = value === null || value === undefined ? "" : String(value);
    const tame = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame;
  }

  // rows: lists of numbers and strings
  function csvText(head, rows) {
    return [head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
  }

  function save(text, type, name) {
    const address = URL.createObjectURL(new Blob([text], { type }));
    const link = bandscape.dom.make("a", { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }

  const csv = (text, name) => save("\ufeff" + text, "text/csv;charset=utf-8", name);
  const json = (value, name) => save(JSON.stringify(value, null, 1), "application/json", name);

  return { csv, json, csvText, save };
})();
