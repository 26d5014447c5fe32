// The browser's storage: strings by name.
//
// Owns: the only access to `localStorage` and `sessionStorage`. If a browser refuses them, strings
// are in memory until the page goes.
// Must not know: what is stored, or why.
//
// Part: `chat.js`.

import { home } from './addresses.js';

/**
 * How all names in storage begin. A browser has one storage for all that is at one host, and there
 * may be several chats, each below a path of its own.
 */
export const STORED = `threadbare${home.slice(0, -1)}.`;

function openStorage(storageOf) {
  const memory = new Map();
  let storage = null;
  try {
    storage = storageOf();
    storage.setItem(STORED, '1');
    storage.removeItem(STORED);
  } catch (refused) {
    storage = null;
  }
  return {
    names: () => [...Object.keys(storage || {}), ...memory.keys()],
    /** Returns a string; '' if there is none. */
    read: (name) => memory.get(name) || (storage && storage.getItem(name)) || '',
    /** Stores a string; '' removes it. */
    write(name, text) {
      memory.delete(name);
      try {
        // A full storage can still remove a string.
        if (text) storage.setItem(name, text);
        else storage.removeItem(name);
      } catch (noneOrFull) {
        memory.set(name, text);
      }
    },
  };
}

// Each storage is opened once, because opening writes to it, and other tabs hear of that.
let ofBrowser = null;
let ofTab = null;

export function browserStorage() {
  ofBrowser = ofBrowser || openStorage(() => localStorage);
  return ofBrowser;
}

/** Returns the storage of this tab, which survives a reload. */
export function tabStorage() {
  ofTab = ofTab || openStorage(() => sessionStorage);
  return ofTab;
}

/**
 * Returns the list of strings that is stored as JSON under `name`; an empty list if it cannot be
 * read.
 */
export function readNames(name) {
  try {
    return JSON.parse(browserStorage().read(name) || '[]').filter((one) => typeof one === 'string');
  } catch (torn) {
    return [];
  }
}

/**
 * Returns a setting that all tabs of this browser share: a word; '' if the reader has chosen
 * nothing.
 */
export function readSetting(name) {
  return browserStorage().read(`${STORED}${name}`);
}

/**
 * For which messages of a room the reader wants notices: 'all', 'none', or '' for those that
 * mention the reader.
 */
export const noticesOf = (room) => readSetting(`notices.${room}`);

/** Returns so many random bytes as hexadecimal digits. */
export function randomHex(bytes) {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)),
    (byte) => byte.toString(16).padStart(2, '0')).join('');
}
