// What the page loads by itself: style sheets; the second stage, as soon as the page is live; and
// some modules when the reader first needs them.
//
// Owns: that a stage or module is loaded once, and again after a failure; what waits for the second
// stage, in its order.
// Must not know: what is in the second stage.
//
// The server joins most modules into two scripts, one for each stage. A module that is loaded by
// itself imports from them.
//
// Part: `chat.js`.

import { STAGE_AGAIN_MS, STAGE_LATE_MS } from './limits.js';
import { loadPanelWords } from './words.js';

/**
 * Makes a link for the page's head. The server's page has none, because text browsers would show
 * it.
 */
export function headLink(rel, file) {
  const link = document.createElement('link');
  link.rel = rel;
  link.href = new URL(`../${file}`, import.meta.url).href;
  return link;
}

/**
 * Adds a style sheet to the page, for this medium. Resolves to its link when the browser has loaded
 * it.
 */
export function addStyle(file, medium = 'all') {
  const link = headLink('stylesheet', file);
  link.media = medium;
  return new Promise((resolve, reject) => {
    link.onload = () => resolve(link);
    link.onerror = () => {
      link.remove();
      reject(new Error(file));
    };
    document.head.append(link);
  });
}

/**
 * Returns what an attempt to load a module adds to its path. Some browsers remember that a module
 * could not be loaded, so each attempt after a failure has an address of its own.
 */
const attempt = (failures) => (failures ? `?${failures}` : '');

/**
 * Makes a function that calls `load(again)` the first time it is called, and again only after a
 * failure. `again` is what the attempt adds to the path of a module.
 */
export function once(load) {
  let loading = null;
  let failures = 0;
  return () => {
    loading = loading || load(attempt(failures)).catch((broken) => {
      loading = null;
      failures += 1;
      throw broken;
    });
    return loading;
  };
}

const loadPanelParts = once((again) => Promise.all([loadPanelWords(again), addStyle('panels.css')]));

/**
 * Makes a function that loads the module at this path once, after a failure again, with the words
 * and the style of panels. It resolves to what `use(module)` returns. The browser resolves the path
 * from the joined script, which stands in `js/`.
 */
export const laterModule = (path, use) => once(async (again) => {
  const [module] = await Promise.all([import(path + again), loadPanelParts()]);
  return use(module);
});

/**
 * Makes the way to the parts of the second stage, which gets these functions:
 *   load(again)      loads the stage's modules; `again` as in `once`;
 *   make(modules)    makes the parts;
 *   loaded()         the parts are there;
 *   failed()         the stage could not be loaded;
 *   isConnected()    whether there is a connection to the server now.
 */
export function openSecondStage({ load, make, loaded, failed, isConnected }) {
  const waiting = [];
  let parts = null;
  let isWanted = false;
  let isLoading = false;
  let isActing = false;
  let failures = 0;
  let againTimer = 0;

  /** Calls what waits, the oldest first. What is added during a call comes last. */
  function act() {
    while (parts && waiting.length && !isActing) {
      isActing = true;
      try {
        waiting.shift()(parts);
      } finally {
        isActing = false;
      }
    }
  }

  async function want() {
    isWanted = true;
    if (parts || isLoading) return;
    isLoading = true;
    let modules = null;
    try {
      // A connection that only looks open may never answer.
      const isLate = new Promise((resolve, reject) => { setTimeout(reject, STAGE_LATE_MS); });
      modules = await Promise.race([load(attempt(failures)), isLate]);
    } catch (broken) {
      failures += 1;
    }
    isLoading = false;
    if (!modules) {
      failed();
      clearTimeout(againTimer);
      // Without a connection the stage is loaded when the next one is open.
      againTimer = setTimeout(() => { if (isConnected()) want(); }, STAGE_AGAIN_MS);
      return;
    }
    parts = make(modules);
    act();
    loaded();
  }

  return {
    /** Loads the second stage, unless it is there or is being loaded. */
    want,
    /** There is a connection again: loads the second stage if that has failed. */
    connected() { if (isWanted) want(); },
    /** The parts of the second stage; null if they are not there yet. */
    parts: () => parts,
    /** Returns what `question(parts)` says; `otherwise` if the parts are not there yet. */
    ask: (question, otherwise) => (parts ? question(parts) : otherwise),
    /** Calls `does(parts)`: now if the parts are there, else when they are. */
    use(does) {
      waiting.push(does);
      act();
    },
  };
}
