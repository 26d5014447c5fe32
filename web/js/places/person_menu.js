// The menu of a person, which opens from the list of people and from a name in the log. It is
// loaded when it opens first.
//
// Owns: what can be done with a person, where the menu stands, its keys, and the focus when it
// closes.
// Must not know: who has opened it, how any of that is done.
//
// Part: `chat.js`.

import { button, elementWith, fillSentence, isolated } from '../elements.js';
import { pageElement } from '../layout.js';
import { say } from '../words.js';

/** How far the menu of a person stays from the edges of the page. */
const MENU_EDGE_PX = 8;
/** So long after it was opened the page may still move around the menu, in ms. */
const MENU_SETTLES_MS = 600;

export function createPersonMenu({ session, ignored, composer, privateTalk, panels, commands, keeping, showReader }) {
  const menu = elementWith('div', { id: 'person-menu', role: 'menu' });
  let anchor = null;
  let openedAt = 0;

  const items = () => Array.from(menu.children);

  /** Closes the menu; `returns`: the focus goes back to the element that opened it. */
  function close(returns) {
    if (!anchor) return;
    const before = anchor;
    anchor = null;
    menu.remove();
    before.removeAttribute('aria-expanded');
    if (returns && before.isConnected) before.focus();
  }

  function item(words, act) {
    const made = button('', () => {
      // First the menu closes, because `act` may move the focus.
      close(true);
      panels.close();
      act();
    });
    fillSentence(made, words);
    made.setAttribute('role', 'menuitem');
    made.className = '';
    made.tabIndex = -1;
    return made;
  }

  /** Something to know, in the place of an item: arrow keys reach it, and it does nothing. */
  function fact(words) {
    const made = item(words, () => {});
    made.setAttribute('aria-disabled', 'true');
    made.className = 'small';
    return made;
  }

  /** Puts the menu below its anchor, or above it, inside the page. */
  function place() {
    const at = anchor.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = menu;
    const isBelow = at.bottom + height + MENU_EDGE_PX <= innerHeight;
    const start = getComputedStyle(anchor).direction === 'rtl' ? at.right - width : at.left;
    menu.style.top = `${Math.max(MENU_EDGE_PX, isBelow ? at.bottom : at.top - height)}px`;
    menu.style.left = `${Math.max(MENU_EDGE_PX, Math.min(start, innerWidth - width - MENU_EDGE_PX))}px`;
  }

  function key(event) {
    const all = items();
    const now = all.indexOf(document.activeElement);
    const goesTo = { ArrowDown: now + 1, ArrowUp: now - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (goesTo !== undefined) all[goesTo % all.length].focus();
    else if (event.key === 'Escape' || event.key === 'Tab') close(true);
    else return;
    if (event.key !== 'Tab') event.preventDefault();
    event.stopPropagation();
  }

  menu.addEventListener('keydown', key);
  menu.addEventListener('focusout', ({ relatedTarget }) => { if (relatedTarget && !menu.contains(relatedTarget)) close(false); });
  // The browser's Back button may close the panel in which the menu was opened.
  document.addEventListener('toggle', ({ target }) => {
    if (!anchor || target.open || !target.contains(anchor)) return;
    close(false);
    target.querySelector('summary').focus();
  }, true);
  // A finger's tap beside the menu only closes it.
  let hasClosed = false;
  addEventListener('pointerdown', ({ target, pointerType }) => {
    const isBeside = anchor && !menu.contains(target) && !anchor.contains(target);
    hasClosed = isBeside && pointerType === 'touch';
    if (isBeside) close(false);
  });
  addEventListener('click', (event) => {
    // A click by a key has no detail.
    if (!hasClosed || !event.detail) return;
    hasClosed = false;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  // The log moves when a message comes, or a keyboard goes because the field has lost the focus to
  // the menu. The menu stays at its anchor, as long as that is in sight.
  ['resize', 'scroll'].forEach((what) => addEventListener(what, () => {
    if (!anchor) return;
    const { top, bottom } = anchor.getBoundingClientRect();
    if (performance.now() - openedAt < MENU_SETTLES_MS || (bottom > 0 && top < innerHeight)) place();
    else close(false);
  }, true));

  return {
    /**
     * Opens the menu of this person at an element, or closes it if it is open there. For the reader
     * it calls `showReader()`. `secretSign`: the mark of the secret of the name, if it has one;
     * `beside`: the message at which it opens; '' as `name`: its author has left for good.
     */
    open(name, at, secretSign, beside) {
      const was = beside ? beside.from : name;
      const isOpenThere = anchor === at;
      close(isOpenThere);
      if (isOpenThere) return;
      if (name === session.name()) {
        showReader();
        return;
      }
      anchor = at;
      anchor.setAttribute('aria-expanded', 'true');
      menu.setAttribute('aria-label', name || was);
      if (!name) menu.replaceChildren(fact(say('hasLeft', { name: isolated(was) })));
      else menu.replaceChildren(
        ...(name === was ? [] : [fact(say('nowCalled', { name: isolated(name) }))]),
        item(say('writePrivately'), () => privateTalk.open(name, true)),
        item(say('mention'), () => {
          privateTalk.close();
          composer.mention(name);
        }),
        item(say(ignored.hides({ from: name }) ? 'hearAgain' : 'ignore', { name: isolated(name) }), () => commands.ignore(name, beside)),
        ...keeping.onPerson(name).map(([words, act]) => item(words, act)),
      );
      if (secretSign) menu.append(fact(say('nameSign', { name: isolated(name), code: secretSign })));
      openedAt = performance.now();
      pageElement('main').append(menu);
      place();
      items()[0].focus({ preventScroll: true });
    },
  };
}
