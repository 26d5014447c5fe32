// The panels on a narrow page, where each of them is as wide as the page; and under a finger.
//
// Owns: the button that closes such a panel; that the browser's Back button closes it first; that a
// tap beside an open panel only closes it.
// Must not know: what stands in a panel.
//
// Part: `chat.js`.

import { elementWith } from '../elements.js';
import { pageElement } from '../layout.js';
import { hasColumns } from '../layout_more.js';
import { say } from '../words.js';

/**
 * A finger's tap beside an open panel only closes it: what is under the finger hears nothing. With
 * a mouse one sees what one presses. `isOpen()`: a panel is open over the log.
 */
function keepTapsFromBelow(isOpen) {
  let isClosing = false;
  // This comes before the panel has closed.
  addEventListener('pointerdown', ({ target, pointerType }) => {
    isClosing = pointerType === 'touch' && isOpen() && Boolean(target.closest) && !target.closest('details, [role="menu"]');
  }, true);
  for (const what of ['mousedown', 'click']) {
    addEventListener(what, (event) => {
      // A click by a key has no detail.
      if (!isClosing || !event.detail) return;
      event.preventDefault();
      event.stopPropagation();
      isClosing = what !== 'click';
    }, true);
  }
}

/** Adds all this to the panels of the header. `covers` is the place over the log. */
export function openNarrowPanels({ panels, covers }) {
  const narrow = matchMedia('(max-width: 29.99rem)');
  const all = ['room-menu', 'places', 'people', 'search', 'me'].map((id) => pageElement(`#${id}`));
  const open = () => all.filter((panel) => panel.open);
  const cover = { isPanel: true, hide: () => open().forEach(({ id }) => panels.closeFrom(id)) };

  function changed() {
    if (narrow.matches && open().length) covers.enter(cover, true);
    else covers.leave(cover);
  }

  for (const panel of all) {
    const shut = elementWith('button', { type: 'button', class: 'shut', 'aria-label': say('close') }, '\u00d7');
    shut.addEventListener('click', () => panels.closeFrom(panel.id));
    panel.querySelector('summary').after(shut);
    panel.addEventListener('toggle', changed);
    // Another page takes the place of the open panel in the browser's history, unless the panel is
    // over a private talk, which stays there.
    panel.addEventListener('click', (event) => {
      const link = event.target.closest('a[href]:not([target], [download])');
      if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || !covers.isOpen(cover)) return;
      event.preventDefault();
      if (location.hash) {
        panels.closeFrom(panel.id);
        location.assign(link.href);
      } else location.replace(link.href);
    });
  }
  const isColumn = ({ id }) => hasColumns() && ['places', 'people'].includes(id);
  keepTapsFromBelow(() => open().some((panel) => !isColumn(panel)));
  narrow.addEventListener('change', changed);
  changed();
}
