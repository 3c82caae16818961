// Typed arrays out of the base64 text of the payload.
bandscape.unpacking = (() => {
  const types = { int8: Int8Array, uint8: Uint8Array, uint16: Uint16Array, int16: Int16Array, uint32: Uint32Array, float32: Float32Array };

  function bytesOf(base64) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64); // browsers of 2025; several times as quick
    const raw = atob(base64);
    const bytes = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
    return bytes;
  }

  const unpack = (field) => new types[field.type](bytesOf(field.base64).buffer);

  // Where each list begins in the joined codes: list i is codes[starts[i] .. starts[i + 1]].
  function startsOf(lengths) {
    const starts = new Uint32Array(lengths.length + 1);
    for (let i = 0; i < lengths.length; i++) starts[i + 1] = starts[i] + lengths[i];
    return starts;
  }

  // Text that was packed by gzip; null where the browser cannot.
  async function unzip(base64) {
    if (!canUnzip()) return null;
    return new Response(new Blob([bytesOf(base64)]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  }

  const canUnzip = () => typeof DecompressionStream !== "undefined";

  const payload = () => JSON.parse(document.getElementById("bandscape-data").textContent);

  return { unpack, unzip, canUnzip, startsOf, payload };
})();
