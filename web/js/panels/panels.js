// The panels of the header: how they open and close, and how a wide page has two of them as
// columns.
//
// Owns: that one panel is open at a time, beside the columns; which panels are columns now; the
// focus when a panel closes or moves.
// Must not know: what stands in a panel.
//
// Part: `chat.js`.

import { pageElement } from '../layout.js';
import { COLUMNS_REM } from '../limits.js';

/** The sides of the log at which the columns stand. */
const SIDE_OF = { places: '.start', people: '.end' };

/**
 * Makes the panels of the header. Escape, or a click elsewhere, closes the open panel, but no
 * column. `escaped()` is called for an Escape without an open panel.
 */
export function openPanels(escaped) {
  const header = pageElement('header');
  const nav = header.querySelector('nav');
  const all = Array.from(header.querySelectorAll('details'));
  const columns = all.filter((panel) => panel.id in SIDE_OF);
  const sides = columns.map((panel) => pageElement(`aside${SIDE_OF[panel.id]}`));
  // A media query in a style sheet would take the browser's size of letters, and not the one that
  // the reader chose.
  const root = document.documentElement;
  const narrowest = () => `(min-width: ${COLUMNS_REM * parseFloat(getComputedStyle(root).fontSize)}px)`;
  let wide = null;
  const isColumn = (panel) => wide.matches && columns.includes(panel);

  function closeOthers(stays) {
    const open = all.filter((panel) => panel.open && panel !== stays && !isColumn(panel));
    open.forEach((panel) => { panel.open = false; });
    return open.length > 0;
  }

  /**
   * Focuses the word that opens a panel. If the word is not shown, as that of the search on a
   * narrow page, it focuses the first.
   */
  function focusSummary(panel) {
    const summary = panel.querySelector('summary');
    (summary.offsetParent ? summary : header.querySelector('summary')).focus();
  }

  for (const panel of all) {
    panel.addEventListener('toggle', () => { if (panel.open && !isColumn(panel)) closeOthers(panel); });
    panel.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.defaultPrevented || !panel.open || isColumn(panel)) return;
      event.stopPropagation();
      panel.open = false;
      focusSummary(panel);
    });
  }
  for (const panel of all) {
    // A panel must not cover what has the focus.
    panel.addEventListener('focusout', ({ relatedTarget: to }) => {
      if (to && !isColumn(panel) && !panel.contains(to) && !to.closest('[role="menu"]')) panel.open = false;
    });
  }
  addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
    if (!closeOthers(null)) escaped();
  });
  addEventListener('pointerdown', (event) => {
    if (!event.target.closest || !event.target.closest('details, [role="menu"]')) closeOthers(null);
  });

  function moveColumns() {
    root.classList.toggle('columns', wide.matches);
    const focused = columns.some((panel) => panel.contains(document.activeElement)) && document.activeElement;
    if (wide.matches) columns.forEach((panel, nth) => sides[nth].append(panel));
    else nav.prepend(...columns);
    columns.forEach((panel) => { panel.open = wide.matches; });
    // An element that moves loses the focus, and in a panel that closes the focus cannot stay.
    if (focused) (wide.matches && focused.tagName !== 'SUMMARY' ? focused : pageElement(wide.matches ? '#field' : `#${focused.closest('details').id} summary`)).focus();
  }

  /** Measures from which width on the page has columns, by the reader's size of letters. */
  function measure() {
    if (wide) wide.removeEventListener('change', moveColumns);
    wide = matchMedia(narrowest());
    wide.addEventListener('change', moveColumns);
    if (root.classList.contains('columns') !== wide.matches || !columns.some((panel) => panel.open)) moveColumns();
  }

  measure();
  // Panels begin below the header, which may have one row or two.
  new ResizeObserver(() => root.style.setProperty('--header', `${header.offsetHeight}px`)).observe(header);

  return {
    measure,
    close: () => closeOthers(null),
    /**
     * Closes this panel, unless it is a column. If the focus was in the panel, its summary gets it.
     */
    closeFrom(id) {
      const panel = all.find((one) => one.id === id);
      const hadFocus = panel.contains(document.activeElement);
      if (isColumn(panel)) return;
      panel.open = false;
      if (hadFocus) focusSummary(panel);
    },
    /**
     * Opens the panel with this id. The others close at once; the browser's event may come after
     * another call.
     */
    open(id) {
      const panel = all.find((one) => one.id === id);
      panel.open = true;
      closeOthers(panel);
    },
  };
}
