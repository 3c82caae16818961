// "radiohead - rock + electronic" into signed terms. Names hold blanks, hyphens and plus signs, so every sign is
// only a possible cut. The best reading has the fewest unknown names (and none that swallows a sign with blanks
// around it), then the fewest cuts at signs without blanks, then the fewest names spelled loosely, then the fewest terms.
bandscape.queryParser = (() => {
  const signs = { "+": 1, "-": -1, "−": -1, "–": -1, "—": -1 };
  const costs = { unknown: 1000, swallowed: 2000, tight: 10, loose: 3, term: 1 };
  const mostSigns = 24; // a name made of a thousand signs must not cost a thousand readings squared
  const longest = 400;

  function cuts(text) {
    const found = [];
    let quoted = false;
    for (let i = 0; i < text.length && found.length < mostSigns; i++) {
      if (/["“”]/.test(text[i])) quoted = !quoted;
      else if (!quoted && text[i] in signs) found.push(i);
    }
    return found;
  }

  const spaced = (text, at) => (at === 0 || /\s/.test(text[at - 1])) && (at + 1 >= text.length || /\s/.test(text[at + 1]));

  // Cheapest reading of text from `start` on; `sign` belongs to the term that begins there.
  function readings(text, lookUp) {
    const all = cuts(text);
    const memory = new Map();

    function costOf(name, from, to) {
      const found = lookUp(name);
      const signed = name[0] in signs && !found.exact ? 2 * costs.tight : 0; // "-coil" takes coil away
      if (found.status !== "unknown") return costs.term + (found.exact ? 0 : costs.loose) + signed;
      if (/^[-+−–—\s]*$/.test(name)) return Infinity; // signs alone are no name, unless somebody bears it
      const swallowed = all.filter((at) => at >= from && at < to && spaced(text, at)).length;
      return costs.term + costs.unknown + swallowed * costs.swallowed;
    }

    function best(start) {
      if (memory.has(start)) return memory.get(start);
      let winner = { cost: Infinity, terms: [] };
      for (const end of [...all.filter((at) => at >= start), text.length]) {
        const name = text.slice(start, end).trim();
        let cost = name === "" ? Infinity : costOf(name, start, end);
        if (cost === Infinity) continue;
        let rest = { cost: 0, terms: [] };
        if (end < text.length) {
          if (!spaced(text, end)) cost += costs.tight;
          rest = best(end + 1);
          if (rest.cost === Infinity) continue;
          rest = { cost: rest.cost, terms: [{ ...rest.terms[0], sign: signs[text[end]] }, ...rest.terms.slice(1)] };
        }
        if (cost + rest.cost < winner.cost) {
          winner = { cost: cost + rest.cost, terms: [{ sign: 1, text: name }, ...rest.terms] };
        }
      }
      memory.set(start, winner);
      return winner;
    }

    return best;
  }

  // Returns [{ sign: 1 | -1, text }]; an empty or sign-only text gives no term.
  function terms(text, lookUp) {
    const cut = text.slice(0, longest).trim();
    const best = readings(cut, lookUp);
    const plain = best(0);
    if (cut && cut[0] in signs) {
      const signed = best(1);
      if (signed.cost + (spaced(cut, 0) ? 0 : costs.tight) < plain.cost && signed.terms.length) {
        return [{ ...signed.terms[0], sign: signs[cut[0]] }, ...signed.terms.slice(1)];
      }
    }
    return plain.terms;
  }

  // Terms with what they mean: { sign, text, status, entity | candidates, others }. Signs may be words, where the
  // text is no name as it stands ("a minus b").
  function parse(text) {
    const { lookUp, resolve } = bandscape.entities;
    const read = (sum) => terms(sum, lookUp).map((term) => ({ ...term, ...resolve(term.text) }));
    const plain = read(text);
    const signed = text.replace(/\s(plus|minus)(?=\s)/giu, (_, word) => (word.toLowerCase() === "plus" ? " +" : " −"));
    if (signed === text || plain.every(({ status }) => status === "known")) return plain;
    const spoken = read(signed);
    return spoken.some(({ status }) => status === "known") ? spoken : plain;
  }

  // Where the term under the cursor begins, for suggestions: after the last sign that has a blank before it.
  function lastTermStart(text) {
    let start = 0;
    for (const at of cuts(text)) {
      if ((at === 0 || /\s/.test(text[at - 1])) && (at + 1 === text.length || /\s/.test(text[at + 1]))) start = at + 1;
    }
    return start + (/^\s*/.exec(text.slice(start))[0].length);
  }

  return { terms, parse, lastTermStart };
})();
