// What a loosely written name usually means, as embeddings/groups.py has it: a decade in short or in words ("80s",
// "nineties"), a part of a genre that has several ("folk" of "folk/country"), a label without or with "Records".
bandscape.usualNames = (() => {
  const spelled = { fifties: 1950, sixties: 1960, seventies: 1970, eighties: 1980, nineties: 1990 };
  const company = /\s+(?:records|recordings|record|recs|label)\.?/gi;

  // "90s", "'90s" and "90's", "1990's", "nineties"; of short ones those before 30 are of this century.
  function decade(key) {
    const [, long, short] = /^(?:(\d{3}0)'s|'?(\d0)'?s)$/.exec(key) || [];
    const first = spelled[key] || Number(long) || (short && Number(short) + (Number(short) >= 30 ? 1900 : 2000));
    return first ? `${first}s` : "";
  }

  const parts = (name) => name.split(/\s*[/,]\s*/).slice(0, 9);

  const withoutCompany = (name) => name.replace(company, "");

  return { decade, parts, withoutCompany };
})();
