// Asks the server which people of the reader's private talks are here, in any room or in none.
//
// Owns: about whom the page has asked, and when it asked about all of them.
// Must not know: what the page shows of it.
//
// Part: `chat.js`.

import { nameKey } from '../elements.js';

/** The page asks about so many people of the latest talks at once: the server bounds requests. */
const ASKED_MAX = 8;
/** It asks about all of them this often at most. */
const ASKED_AGAIN_MS = 30_000;
/** Who signs out leaves the room first, and is gone a moment later. */
const GONE_AFTER_MS = 2_000;

/**
 * Makes what asks, one person at a time. `names()` returns the people of the talks, the latest
 * first; `namesInRoom()` those whom the page sees in its room; `answered(frame)` gets each answer,
 * a `person`, or null if it is a refusal.
 */
export function openWhoIsHere({ send, names, namesInRoom, answered }) {
  // The first one is asked about now.
  let asked = [];
  let askedAllAt = 0;
  // Names that nobody had when the page asked.
  const nobodys = new Set();

  function ask(more) {
    const isFirst = !asked.length;
    asked.push(...more.filter((name) => !asked.includes(name)));
    if (isFirst) askNext();
  }

  function askNext() {
    if (asked.length && !send({ type: 'whois', name: asked[0] })) asked = [];
  }

  return {
    ask: (name) => ask([name]),
    /** Whether nobody had this name when the page asked, and nobody in its room has it now. */
    isNobodys: (name) => nobodys.has(nameKey(name)) && !namesInRoom().some((one) => nameKey(one) === nameKey(name)),
    /** Asks about those whom the page does not see. */
    askAll() {
      if (Date.now() - askedAllAt < ASKED_AGAIN_MS) return;
      askedAllAt = Date.now();
      const inRoom = new Set(namesInRoom().map(nameKey));
      ask(names().slice(0, ASKED_MAX).filter((name) => !inRoom.has(nameKey(name))));
    },
    /** This person has left the room of the page, and may be in another. */
    left(who) {
      const left = names().filter((name) => nameKey(name) === nameKey(who));
      ask(left);
      if (left.length) setTimeout(ask, GONE_AFTER_MS, left);
    },
    /** There is another connection, on which nothing was asked. */
    connected() { [asked, askedAllAt] = [[], 0]; },
    /** Takes a `person`. Returns true if it answers the question. */
    told(frame) {
      if (!asked.length || nameKey(frame.name) !== nameKey(asked[0])) return false;
      nobodys.delete(nameKey(asked.shift()));
      answered(frame);
      askNext();
      return true;
    },
    /** Takes a refusal. Returns true if it answers the question: nobody has the name. */
    refused(frame) {
      const isOurs = asked.length > 0 && !frame.id && !frame.room;
      if (isOurs) {
        const name = asked.shift();
        if (frame.reason === 'no-such-person') nobodys.add(nameKey(name));
        answered(null);
        askNext();
      }
      return isOurs;
    },
  };
}
