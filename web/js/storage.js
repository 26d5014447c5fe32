// The browser's storage: strings by name.
//
// Owns: the only access to `localStorage` and `sessionStorage`. A browser may refuse them (a private
// window, a hotspot's pop-up); then strings are in memory until the page goes.
// Must not know: what is stored, or why.
//
// Part: `chat.js`.

/** Makes { names, read, write } over the storage that `storageOf` returns. */
function openStorage(storageOf) {
  const memory = new Map();
  let storage = null;
  try {
    storage = storageOf();
    storage.setItem('threadbare.probe', '1');
    storage.removeItem('threadbare.probe');
  } catch (refused) {
    storage = null;
  }
  return {
    /** Returns the names of all strings. */
    names: () => [...Object.keys(storage || {}), ...memory.keys()],
    /** Returns a string; '' if there is none. */
    read: (name) => memory.get(name) || (storage && storage.getItem(name)) || '',
    /** Stores a string; '' removes it. */
    write(name, text) {
      memory.delete(name);
      try {
        // A full storage must still let a string go.
        if (text) storage.setItem(name, text);
        else storage.removeItem(name);
      } catch (noneOrFull) {
        memory.set(name, text);
      }
    },
  };
}

// Each storage is opened once: to open one is to write to it, and other tabs hear of that.
let ofBrowser = null;
let ofTab = null;

/** Returns the storage that all tabs of this browser share. */
export function browserStorage() {
  ofBrowser = ofBrowser || openStorage(() => localStorage);
  return ofBrowser;
}

/** Returns the storage of this tab, which survives a reload. */
export function tabStorage() {
  ofTab = ofTab || openStorage(() => sessionStorage);
  return ofTab;
}

/** Returns a list of strings that is stored as JSON; an empty one if nobody can read it. */
export function readNames(name) {
  try {
    return JSON.parse(browserStorage().read(name) || '[]').filter((one) => typeof one === 'string');
  } catch (torn) {
    return [];
  }
}

/** Returns a setting of the reader, for all pages and tabs: a word, '' for the usual. */
export function readSetting(name) {
  return browserStorage().read(`threadbare.${name}`);
}

/** Stores a setting. */
export function writeSetting(name, word) {
  browserStorage().write(`threadbare.${name}`, word);
}

/** Returns so many random bytes as hexadecimal digits; works without https, too. */
export function randomHex(bytes) {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)),
    (byte) => byte.toString(16).padStart(2, '0')).join('');
}
