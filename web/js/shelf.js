// The shelf: strings by name, kept by the browser where it lets us.
//
// Owns: the one place where the page touches storage.
// Must not know: what is kept, or why.
//
// Next: `line.js`.

/** A shelf over the storage that `storageOf` gives; in memory if it refuses. */
export function openShelf(storageOf) {
  const memory = new Map();
  let storage = null;
  try {
    storage = storageOf();
    storage.setItem('threadbare.probe', '1');
    storage.removeItem('threadbare.probe');
  } catch (refused) {
    // A hotspot's pop-up, a private window: kept until the page goes.
    storage = null;
  }
  return {
    names: () => [...Object.keys(storage || {}), ...memory.keys()],
    read: (name) => memory.get(name) || (storage && storage.getItem(name)) || '',
    write(name, text) {
      memory.delete(name);
      try {
        // A full one has still to let go of what is over.
        if (text) storage.setItem(name, text);
        else storage.removeItem(name);
      } catch (noneOrFull) {
        memory.set(name, text);
      }
    },
  };
}

/** So many random bytes, as hexadecimal digits; also where there is no https. */
export function randomHex(bytes) {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)),
    (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const chosenOnce = new Map();

/** What the reader chose once for all pages: a word, or nothing. One for all who ask. */
export function keepChoice(name) {
  if (!chosenOnce.has(name)) {
    // Which writes to it, and other tabs hear of that.
    const shelf = openShelf(() => localStorage);
    chosenOnce.set(name, {
      is: () => shelf.read(`threadbare.${name}`),
      set: (word) => shelf.write(`threadbare.${name}`, word),
    });
  }
  return chosenOnce.get(name);
}
