// Drafts: what stands in the field, stored until it is sent.
//
// Owns: which tab of a browser has which draft.
// Must not know: the field, messages.
//
// Two tabs must not overwrite each other's draft, so each tab has its own, under a name that
// survives a reload. If a page finds a name that no page has left, it is a copy of that tab
// ("duplicate tab") or the tab itself after a crash. Those look the same, so the page takes a new
// name.
//
// Part: `chat.js`.

import { STORED, browserStorage, randomHex, tabStorage } from '../storage.js';

const TAB_NAME = `${STORED}tab`;
const TAB_LEFT_NAME = `${STORED}left`;
const prefixOf = (place) => `${STORED}draft.${place}.`;

/**
 * Joins a text that comes back with what stands in the field; never so that the text becomes part
 * of a command.
 */
export function joinTexts(text, later) {
  if (!later || !text) return text || later;
  return later.startsWith('/') && !later.startsWith('//') ? `${later}\n${text}` : `${text}\n${later}`;
}

/** The name of this tab before it was loaded (again), and now; the same for all its drafts. */
let tabNames = null;

function namesOfTab() {
  if (tabNames) return tabNames;
  const former = tabStorage().read(TAB_NAME);
  const isLeft = former && tabStorage().read(TAB_LEFT_NAME);
  tabNames = { former, tab: isLeft ? former : randomHex(8) };
  tabStorage().write(TAB_NAME, tabNames.tab);
  return tabNames;
}

function readDraft(storage, name) {
  try {
    return JSON.parse(storage.read(name) || '{}') || {};
  } catch (torn) {
    return {};
  }
}

/**
 * Stores a text as this tab's draft in another room, before the draft that is there. The tab finds
 * it when it goes there.
 */
export function leaveDraft(room, text) {
  const name = prefixOf(room) + tabStorage().read(TAB_NAME);
  const later = readDraft(browserStorage(), name).text || '';
  browserStorage().write(name, JSON.stringify({ left: true, text: joinTexts(text, later), at: Date.now() }));
}

/**
 * Opens this tab's draft for a place, in `storage`: a room, or a person. The place's name has no
 * point in it, or is a room's.
 */
export function openDraft(place, storage) {
  const prefix = prefixOf(place);
  const { former, tab } = namesOfTab();
  let left = false;
  let draft = { text: '', at: 0 };

  function store() {
    storage.write(prefix + tab, draft.text ? JSON.stringify({ left, ...draft }) : '');
  }

  /** This page goes, or is back: whether another tab may take its draft. */
  function setLeft(isLeft) {
    left = isLeft;
    tabStorage().write(TAB_LEFT_NAME, left ? '1' : '');
    store();
  }

  /**
   * Takes this tab's own draft; in a new tab the latest that a closed tab has left. The others wait
   * for the next new tab: two drafts in one field would be sent as one message.
   */
  function restore() {
    const all = storage.names().filter((name) => name.startsWith(prefix)).map((name) => [name, readDraft(storage, name)]);
    const [latest] = all.filter(([name, { text, left: wasLeft }]) => (
      text && (former ? name === prefix + former : wasLeft)
    )).sort(([, one], [, other]) => other.at - one.at);
    if (!latest) return;
    storage.write(latest[0], '');
    draft = { text: String(latest[1].text), at: latest[1].at };
  }

  restore();
  setLeft(false);
  addEventListener('pagehide', () => setLeft(true));
  addEventListener('pageshow', (event) => { if (event.persisted) setLeft(false); });

  return {
    text: () => draft.text,
    store(text) {
      if (text !== draft.text) draft = { text, at: Date.now() };
      store();
    },
  };
}
