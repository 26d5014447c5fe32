// What the page loads later: its second stage, as soon as it is live; and modules that the reader needs now and then, with the
// words and the style of panels.
//
// Owns: that each is loaded once, and again after a failure; what waits for the second stage, in its order.
// Must not know: what is in it.
//
// The server joins all other modules into one script for each stage. A module that comes later imports from those scripts.
//
// Part: `chat.js`.

import { STAGE_LATE_MS } from './limits.js';
import { loadPanelWords } from './words.js';

/** Adds a style sheet to the page. Resolves when it is there. */
function addStyle(file) {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = new URL(`../${file}`, import.meta.url).href;
  return new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = () => {
      link.remove();
      reject(new Error(file));
    };
    document.head.append(link);
  });
}

/** Makes a function that calls `load()` once, and again if that failed. */
export function once(load) {
  let loading = null;
  return () => {
    loading = loading || load().catch((broken) => {
      loading = null;
      throw broken;
    });
    return loading;
  };
}

const loadPanelParts = once(() => Promise.all([loadPanelWords(), addStyle('panels.css')]));

/** Resolves to the module that `load()` imports, when words and style of panels are there, too. */
export async function loadLater(load) {
  const [module] = await Promise.all([load(), loadPanelParts()]);
  return module;
}

/**
 * Makes the way to the parts of the second stage. `load(again)` loads its modules; `again` is 0, then the number of failures.
 * `make(modules)` makes the parts. `loaded()` and `failed()` hear what came of it.
 */
export function openSecondStage({ load, make, loaded, failed }) {
  const waiting = [];
  let parts = null;
  let isWanted = false;
  let isLoading = false;
  let isActing = false;
  let failures = 0;

  /** Does what waits, the oldest first: what is added meanwhile comes last. */
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
      modules = await Promise.race([load(failures), isLate]);
    } catch (broken) {
      failures += 1;
    }
    isLoading = false;
    if (!modules) {
      failed();
      return;
    }
    parts = make(modules);
    act();
    loaded();
  }

  return {
    /** Loads them, unless they are there or on their way. */
    want,
    /** There is a connection again: if they could not be loaded, they are loaded now. */
    connected() { if (isWanted) want(); },
    /** The parts; null if they are not there yet. */
    parts: () => parts,
    /** Calls `does(parts)`: now if they are there, else when they are. */
    use(does) {
      waiting.push(does);
      act();
    },
  };
}
