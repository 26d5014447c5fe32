// The draft: what stands in the field, kept until it is said.
//
// Owns: whose draft is whose, among the tabs of one browser.
// Must not know: the field, messages.
//
// Two tabs must not write over each other's draft, so each tab has one of its own,
// under a name that survives its reload. A page that finds a name which no page
// left is a copy of that tab ("duplicate tab") or the tab itself after a crash.
// Those look the same, so it takes a new name.
//
// Next: `lastseen.js`.

import { withText } from './commands.js';
import { openShelf, randomHex } from './shelf.js';

const prefixOf = (room) => `threadbare.draft.${room}.`;

/** What this tab was called before and is called now; the same for all its drafts. */
let tabNames = null;

function namesOfTab(tabShelf) {
  if (tabNames) return tabNames;
  const former = tabShelf.read('threadbare.tab');
  const isLeft = former && tabShelf.read('threadbare.left');
  tabNames = { former, tab: isLeft ? former : randomHex(8) };
  tabShelf.write('threadbare.tab', tabNames.tab);
  return tabNames;
}

/** Leaves a text where this tab finds it when it goes to `room`, before what is there. */
export function leaveDraft(room, text) {
  const shelf = openShelf(() => localStorage);
  const name = prefixOf(room) + openShelf(() => sessionStorage).read('threadbare.tab');
  let later = '';
  try {
    later = (JSON.parse(shelf.read(name) || '{}') || {}).text || '';
  } catch (torn) {
    // Nobody could read it there either.
  }
  shelf.write(name, JSON.stringify({ left: true, text: withText(text, later), at: Date.now() }));
}

/** The draft of `session` for `room`, or whatever else has a name without a point, of this tab. */
export function keepDraft(room, session) {
  const shelf = session.shelf();
  const tabShelf = openShelf(() => sessionStorage);
  const prefix = prefixOf(room);
  const { former, tab } = namesOfTab(tabShelf);
  let left = false;
  let draft = { text: '', at: 0 };

  function save() {
    shelf.write(prefix + tab, draft.text ? JSON.stringify({ left, ...draft }) : '');
  }

  /** This page goes, or is back: whether another tab may take its draft over. */
  function leave(isLeft) {
    left = isLeft;
    tabShelf.write('threadbare.left', left ? '1' : '');
    save();
  }

  /** All drafts for this room: [name, draft]. */
  function kept() {
    return shelf.names().filter((one) => one.startsWith(prefix)).map((name) => {
      try {
        return [name, JSON.parse(shelf.read(name)) || {}];
      } catch (torn) {
        return [name, {}];
      }
    });
  }

  /**
   * Takes over this tab's own draft, or in a new tab the latest that a closed
   * one left. The others wait for the next new tab: two drafts in one field
   * would be sent as one message.
   */
  function restore() {
    const [latest] = kept().filter(([name, one]) => (
      one.text && (former ? name === prefix + former : one.left)
    )).sort(([, one], [, other]) => other.at - one.at);
    if (!latest) return;
    shelf.write(latest[0], '');
    draft = { text: String(latest[1].text), at: latest[1].at };
  }

  restore();
  leave(false);
  addEventListener('pagehide', () => leave(true));
  addEventListener('pageshow', (event) => { if (event.persisted) leave(false); });

  return {
    text: () => draft.text,
    keep(text) {
      if (text !== draft.text) draft = { text, at: Date.now() };
      save();
    },
  };
}
