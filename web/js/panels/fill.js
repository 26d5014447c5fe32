// Panels that are filled when the reader comes near them.
//
// Owns: when such a panel is loaded; what the search does until it is loaded.
// Must not know: what stands in a panel.
//
// Part: `chat.js`.

import { loadLater, once } from '../later.js';
import { pageElement } from '../layout.js';
import { say } from '../words.js';

/**
 * Fills a panel when the reader comes near it for the first time: `load()` imports the module, and
 * `fill(module)` returns the functions of the filled panel. Returns a function that fills the
 * panel, if that is not done, and resolves to its functions.
 */
export function fillLater(id, load, fill) {
  const panel = pageElement(`#${id}`);
  const filled = once(async () => fill(await loadLater(load)));
  const quietly = () => { filled().catch(() => { panel.querySelector('.sheet').textContent = say('needsConnection'); }); };
  ['pointerenter', 'focusin', 'toggle'].forEach((what) => panel.addEventListener(what, quietly));
  // The reader may have come near the panel before this function was called.
  if (panel.open || panel.matches(':hover')) quietly();
  return filled;
}

/** Makes the search: its panel is filled when it opens. `searchParts` is what `openSearch` gets. */
export function openSearchLater(searchParts) {
  let search = null;
  const filled = fillLater('search', () => import('./panels/search.js'), ({ openSearch }) => {
    search = openSearch(searchParts);
    return search;
  });
  // Until the panel is filled, sending the form would load another page.
  pageElement('#search form').addEventListener('submit', (event) => {
    event.preventDefault();
    filled().then(({ submit }) => submit(), () => {});
  });
  return {
    start: (text) => filled().then(({ start }) => start(text), () => {}),
    found(frame) { if (search) search.found(frame); },
    refused: (frame) => Boolean(search) && search.refused(frame),
    connectionLost() { if (search) search.connectionLost(); },
    isOpen: () => Boolean(search) && search.isOpen(),
    close: () => Boolean(search) && search.close(),
    redraw() { if (search) search.redraw(); },
    page(direction) { if (search) search.page(direction); },
  };
}
