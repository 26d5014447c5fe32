// What can be done with a message: answer, write privately, edit, delete, link.
//
// Owns: the one button "More" that goes from row to row, and the row of buttons that
// it opens.
// Must not know: what an action does.
//
// With a mouse the button stands at the end of the row under it, with keys in the
// row that has the focus; with a finger the time of a message opens the same.
//
// Next: `commands.js`.

import { button, element } from './text.js';

/**
 * Watches the rows of `list` in `box`. `itemOf(row)` is the message of a row; what can
 * be done: `edit(item)`, `remove(item)`, `answer(name)`, `write(name)`, `ignore(name)`; `link(item)` is
 * its address.
 */
export function watchActions({ box, list, itemOf, say, edit, remove, answer, write, ignore, link }) {
  let opened = null;
  const more = button(say('more'), () => open(more.closest('li')));
  more.classList.add('more');

  function close() {
    if (!opened) return;
    const row = opened.closest('li');
    const hadFocus = opened.contains(document.activeElement);
    opened.remove();
    opened = null;
    if (hadFocus && row) row.focus();
  }

  function can(item) {
    const done = (does) => () => { close(); does(); };
    const all = [];
    if (item.own) {
      all.push(button(say('edit'), done(() => edit(item))));
      all.push(button(say('delete'), () => ask(item)));
    } else {
      all.push(button(say('answer'), done(() => answer(item.from))));
      // Nothing can be said to one classic client alone.
      if (!item.classic) all.push(button(say('writePrivately'), done(() => write(item.from))));
      all.push(button(say('ignore'), done(() => ignore(item.from))));
    }
    all.push(button(say('link'), () => show(item)));
    return all;
  }

  function put(parts) {
    opened.replaceChildren(...parts.flatMap((part) => [part, ' ']));
    (opened.querySelector('button, input') || opened).focus();
  }

  /** Deleting is asked for in place. */
  function ask(item) {
    put([say('deleteReally'), button(say('yes'), () => { close(); remove(item); }), button(say('no'), close)]);
  }

  /** An address that can be copied: over plain http no script may do that. */
  function show(item) {
    const address = element('input', '');
    address.readOnly = true;
    address.value = link(item);
    address.setAttribute('aria-label', say('link'));
    put([address, button(say('close'), close)]);
    address.focus();
    address.select();
  }

  function open(row) {
    const item = itemOf(row);
    close();
    if (!item || !item.seq || item.text === null) return;
    more.remove();
    opened = element('p', 'actions');
    row.append(opened);
    put(can(item));
  }

  function offer(row) {
    // Nobody takes it away from under the keys.
    if (document.activeElement === more) return;
    const item = row && itemOf(row);
    if (!item || !item.seq || item.text === null || (opened && opened.parentNode === row)) more.remove();
    else if (more.parentNode !== row) row.append(more);
    more.tabIndex = row && row.contains(document.activeElement) ? 0 : -1;
  }

  const rowOf = (event) => event.target.closest('li.said');
  list.addEventListener('pointerover', (event) => {
    if (event.pointerType === 'mouse') offer(rowOf(event));
  });
  // A finger leaves with each touch, before what it has touched hears of the click.
  list.addEventListener('pointerleave', (event) => {
    if (event.pointerType === 'mouse' && document.activeElement !== more) more.remove();
  });
  list.addEventListener('focusin', (event) => { if (event.target.matches('li')) offer(event.target); });
  list.addEventListener('click', (event) => {
    if (event.target.matches('.head time')) open(rowOf(event));
  });
  box.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !opened) return;
    event.stopPropagation();
    close();
  }, true);
}
