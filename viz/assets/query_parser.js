// "radiohead - rock + electronic" into signed terms. Names hold blanks, hyphens and plus signs, so every sign is
// only a possible cut; the best reading is the one with the fewest unknown names, then the fewest cuts that have
// no blanks around them, then the fewest terms.
bandscape.queryParser = (() => {
  const signs = { "+": 1, "-": -1, "−": -1, "–": -1, "—": -1 };
  const costs = { unknown: 1000, tight: 10, term: 1 };
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
  function readings(text, resolve) {
    const all = cuts(text);
    const known = new Map();
    const memory = new Map();

    function term(from, to) {
      const name = text.slice(from, to).trim();
      if (!known.has(name)) known.set(name, name !== "" && resolve(name).status !== "unknown");
      return { name, known: known.get(name) };
    }

    function best(start) {
      if (memory.has(start)) return memory.get(start);
      let winner = { cost: Infinity, terms: [] };
      for (const end of [...all.filter((at) => at >= start), text.length]) {
        const { name, known: isKnown } = term(start, end);
        if (name === "") continue;
        let cost = costs.term + (isKnown ? 0 : costs.unknown);
        let rest = { cost: 0, terms: [] };
        if (end < text.length) {
          if (!spaced(text, end)) cost += isKnown ? costs.tight : costs.tight + costs.unknown;
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
  function terms(text, resolve) {
    const cut = text.slice(0, longest).trim();
    const best = readings(cut, resolve);
    const plain = best(0);
    if (cut && cut[0] in signs) {
      const signed = best(1);
      if (signed.cost + (spaced(cut, 0) ? 0 : costs.tight) < plain.cost && signed.terms.length) {
        return [{ ...signed.terms[0], sign: signs[cut[0]] }, ...signed.terms.slice(1)];
      }
    }
    return plain.terms;
  }

  // Terms with what they mean: { sign, text, status, entity | candidates, others }.
  function parse(text) {
    const strictly = (name) => bandscape.entities.resolve(name, { strict: true });
    return terms(text, strictly).map((term) => ({ ...term, ...bandscape.entities.resolve(term.text) }));
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
