// What was typed here and is not said yet: the draft, and one's own messages
// until their echo.
//
// Owns: the queue of own messages, their states, and the shelf (localStorage,
// or memory where there is none) that carries both across a reload.
// Must not know: sockets, the document.
//
// The classic wire has no ids. The server sends everything to everybody, the
// sender included, in the order in which it heard it. So an arriving text that
// equals the oldest text that waits for its echo is taken as that echo. What
// this cannot know: if somebody else says the very same text in that moment,
// theirs is taken for ours and ours, a moment later, for theirs. Both are
// shown, once each, in the right places; only "you" may stand at the wrong one.
// And a server that changes texts would leave ours waiting for ever.
//
// Next: `log.js`.

import { UNSENT_MAX } from './limits.js';

const utf8 = new TextEncoder();

/**
 * A text as the server will make it: newlines become spaces, white space at the
 * ends goes. Rust's `trim` and JavaScript's differ (U+0085, U+FEFF), hence the
 * property. Half a surrogate pair would become U+FFFD on the wire anyway.
 */
export function clean(text) {
  return text.replace(/\n/g, ' ')
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    .replace(/^\p{White_Space}+|\p{White_Space}+$/gu, '');
}

/** Length of a text on the wire, in bytes of UTF-8. */
export function bytesOf(text) {
  return utf8.encode(text).length;
}

/** The shelf: strings by name, kept by the browser where it lets us. */
function openShelf(storageOf) {
  const memory = new Map();
  let storage = null;
  try {
    storage = storageOf();
    storage.setItem('threadbare.probe', '1');
    storage.removeItem('threadbare.probe');
  } catch (refused) {
    // A hotspot's pop-up, a private window: kept until the page goes.
    storage = null;
  }
  return {
    names: () => (storage ? Object.keys(storage) : Array.from(memory.keys())),
    read: (name) => (storage ? storage.getItem(name) : memory.get(name)) || '',
    write(name, text) {
      try {
        if (!storage) memory.set(name, text);
        else if (text) storage.setItem(name, text);
        else storage.removeItem(name);
      } catch (full) {
        storage = null;
        memory.set(name, text);
      }
    },
  };
}

/**
 * What is unsaid in `room`.
 *
 * `send(text)` hands a text to the line and says whether there was one.
 * `changed(item)` hears of every item whose state or place changed. States:
 *   waiting  no line yet; goes out by itself, in order, when there is one;
 *   sending  handed to the line, its echo has not come;
 *   unsure   its line broke before the echo: it may have been heard or not, so
 *            only the person decides whether it is said again;
 *   sent     its echo came (and it is no longer in here).
 */
export function keepUnsent({ room, send, changed }) {
  const shelf = openShelf(() => localStorage);
  const tabShelf = openShelf(() => sessionStorage);
  const draftPrefix = `threadbare.draft.${room}.`;
  const listPrefix = `threadbare.unsent.${room}.`;
  // Two tabs must not send the same waiting text twice, nor write over each
  // other's draft, so each tab has a list and a draft of its own, under a name
  // that survives its reload. A page that finds a name which no page left is a
  // copy of that tab ("duplicate tab") or the tab itself after a crash. Those
  // look the same, so it takes a new name.
  const former = tabShelf.read('threadbare.tab');
  const tab = former && tabShelf.read('threadbare.left') ? former : newTab();
  let left = false;
  let queue = [];
  let draft = { text: '', at: 0 };

  function newTab() {
    const name = String(Math.random()).slice(2);
    tabShelf.write('threadbare.tab', name);
    return name;
  }

  function item(text, state) {
    return { kind: 'said', own: true, text, state, at: Date.now(), handedAt: 0 };
  }

  function save() {
    const list = queue.map(({ text, state }) => ({ text, state }));
    shelf.write(listPrefix + tab, list.length ? JSON.stringify({ left, list }) : '');
  }

  function saveDraft() {
    shelf.write(draftPrefix + tab, draft.text ? JSON.stringify({ left, ...draft }) : '');
  }

  /** This page goes, or is back: whether others may take over what is its own. */
  function leave(isLeft) {
    left = isLeft;
    tabShelf.write('threadbare.left', left ? '1' : '');
    save();
    saveDraft();
  }

  /** What is kept under names with this beginning: [name, value]. */
  function keptUnder(prefix) {
    return shelf.names().filter((one) => one.startsWith(prefix)).map((name) => {
      try {
        return [name, JSON.parse(shelf.read(name)) || {}];
      } catch (torn) {
        return [name, {}];
      }
    });
  }

  /** Takes over what this tab had before its reload, and what closed tabs left. */
  function restore() {
    for (const [name, kept] of keptUnder(listPrefix)) {
      if (!Array.isArray(kept.list)) continue;
      // A list that its tab did not leave belongs to a tab that is alive, or
      // that crashed. Only ours is taken, and nothing of it is sent by itself.
      if (!kept.left && name !== listPrefix + former) continue;
      shelf.write(name, '');
      for (const { text, state } of kept.list.slice(0, UNSENT_MAX)) {
        queue.push(item(String(text), kept.left && state === 'waiting' ? 'waiting' : 'unsure'));
      }
    }
    queue.forEach(changed);
  }

  /**
   * Takes over this tab's own draft, or in a new tab the latest that a closed
   * one left. The others wait for the next new tab: two drafts in one field
   * would be sent as one message.
   */
  function restoreDraft() {
    const [latest] = keptUnder(draftPrefix).filter(([name, kept]) => (
      kept.text && (former ? name === draftPrefix + former : kept.left)
    )).sort(([, one], [, other]) => other.at - one.at);
    if (!latest) return;
    shelf.write(latest[0], '');
    draft = { text: String(latest[1].text), at: latest[1].at };
  }

  function hand(one) {
    one.state = send(one.text) ? 'sending' : 'waiting';
    one.handedAt = Date.now();
    changed(one);
  }

  function drop(one) {
    queue = queue.filter((other) => other !== one);
    save();
  }

  restore();
  restoreDraft();
  leave(false);
  addEventListener('pagehide', () => leave(true));
  addEventListener('pageshow', (event) => {
    if (!event.persisted) return;
    // Back from the browser's own cache: another tab may have taken the list.
    if (queue.length && !shelf.read(listPrefix + tab)) {
      const gone = queue;
      queue = [];
      gone.forEach(changed);
    }
    leave(false);
  });

  return {
    /** Own messages without an echo, oldest first. */
    queue: () => queue,
    isFull: () => queue.length >= UNSENT_MAX,

    /** Takes a text over from the field; from here on it cannot be lost. */
    take(text) {
      const one = item(text, 'waiting');
      queue.push(one);
      hand(one);
      save();
      return one;
    },

    /** The own message whose echo `text` is, now sent; or nothing. */
    echoOf(text) {
      const head = queue.find((one) => one.state === 'sending');
      if (!head || head.text !== text) return null;
      head.state = 'sent';
      head.at = Date.now();
      drop(head);
      return head;
    },

    /** There is a line: what waited goes out, once, in order. */
    lineOpened() {
      queue.filter((one) => one.state === 'waiting').forEach(hand);
      save();
    },

    /** The line is gone, and with it the echoes. Returns what became unsure. */
    lineLost() {
      const unsure = queue.filter((one) => one.state === 'sending');
      for (const one of unsure) {
        one.state = 'unsure';
        changed(one);
      }
      save();
      return unsure;
    },

    /** Says it again, behind what waits already. */
    retry(one) {
      drop(one);
      queue.push(one);
      hand(one);
      save();
    },

    /** Gives the text back and forgets the message. */
    takeBack(one) {
      drop(one);
      changed(one);
      return one.text;
    },

    draft: () => draft.text,
    keepDraft(text) {
      if (text !== draft.text) draft = { text, at: Date.now() };
      saveDraft();
    },
  };
}
