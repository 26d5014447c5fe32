// Private messages: followed like a room, one log for all who one talks with.
//
// Owns: one's own log of them, as far as it is here, which of them were looked at, and who was
// not there to get the last of them.
// Must not know: the room, the line, how they are shown.
//
// Next: `privately.js`.

import { follow } from './follow.js';
import { keepLastSeen, keepSeenOf, seenBegins } from './lastseen.js';
import { keyOf } from './text.js';
import { keepUnsent } from './unsent.js';

/** No room is called so. */
export const PRIVATE = '@';

/** With whom a letter was exchanged. */
export const otherOf = (letter) => (letter.own ? letter.to || letter.more.to : letter.from);

/**
 * One's private messages, shown by `log()`. `send(message)` hands one to the line,
 * `came(letter)` hears of one from somebody else, `changed(letter)` of whatever changed,
 * `refused(item, told)` of one that could not be sent, `waits(ms)` of a pause; `hides(letter)`: the reader does
 * not want to see it.
 */
export function keepLetters({ log, session, send, came, changed, refused, waits, hides }) {
  const lastSeen = keepLastSeen(PRIVATE);
  const seenOf = keepSeenOf(PRIVATE);
  let read = 0;
  let epoch = '';
  // By name: when they were written to and not there, by the box's clock.
  const awaySince = new Map();
  // Names by which the reader means whoever has them now.
  const meant = new Set();
  const unsent = keepUnsent({ room: null, session, send, changed: itemChanged, refused, waits });
  const place = follow({
    room: null,
    heard: {
      joined(told) {
        if (told.epoch !== epoch) read = lastSeen.before(told);
        epoch = told.epoch;
        seenBegins(PRIVATE, told);
      },
      line(told) {
        const letter = Object.assign(unsent.lineCame(told) || letterOf(told), {
          from: told.from, to: told.to, text: told.text, at: told.time,
        });
        // It was typed as "Big Bo hi", and the box has found whom that means.
        if (letter.more && letter.more.to !== told.to) {
          letter.more.to = told.to;
          if (letter.tellWhom) letter.tellWhom();
        }
        meant.delete(keyOf(otherOf(letter)));
        // In another life of the log it was said before, and is again.
        if (letter.row) log().forgets(letter);
        log().said(letter);
        if (isUnread(letter)) came(letter);
        changed();
      },
      hole(name) {
        // Numbers of another log mean nothing.
        if (name === 'newEpoch') log().numbersEnd();
      },
      notKept(from) { log().those((letter) => letter.seq >= from).forEach(log().forgets); },
      behind() {},
      caughtUp() {},
    },
  });

  /** Whose it is the box knows, whatever its author was called. */
  const letterOf = ({ seq, own }) => ({ kind: 'said', type: 'say', seq, own: Boolean(own), state: 'sent' });

  function itemChanged(letter) {
    if (letter.state === 'sent' && letter.toAway) {
      awaySince.set(keyOf(letter.more.to), letter.at);
    } else if (letter.state === 'sent') awaySince.delete(keyOf(letter.more.to));
    if (letter.note) letter.tellWhom();
    changed(letter);
  }

  /** Somebody came, is there or said something, and is not away, unless that was before. */
  function isThere(name, time = Infinity) {
    if (time > awaySince.get(keyOf(name)) && awaySince.delete(keyOf(name))) changed();
  }

  function isUnread(letter) {
    return !letter.own && letter.seq > read && letter.seq > seenOf.seq(epoch, keyOf(letter.from)) && !hides(letter);
  }

  const unread = () => log().those(isUnread);

  return {
    unread,
    /** Those with this one were looked at. */
    seen(name) {
      const looked = unread().filter((letter) => keyOf(letter.from) === keyOf(name));
      if (!looked.length) return;
      seenOf.is(epoch, keyOf(name), looked[looked.length - 1].seq);
      // Who comes back has all before the first that is new behind it.
      const [first] = unread();
      lastSeen.rises({ ...place.place(), seq: first ? first.seq - 1 : place.seq() });
      changed();
    },
    /** Somebody who wrote, or was written to, is called otherwise now. */
    renamed(from, to) {
      const seen = seenOf.seq(epoch, keyOf(from));
      if (seen) seenOf.is(epoch, keyOf(to), seen);
      isThere(from);
      for (const letter of log().those(() => true)) {
        if (keyOf(letter.from) === keyOf(from)) letter.from = to;
        if (keyOf(letter.to) === keyOf(from)) letter.to = to;
      }
    },
    /** Whether somebody was not there when one wrote last, and was not seen since. */
    isAway: (name) => awaySince.has(keyOf(name)),
    /** What is told of people, in whichever room. */
    heardOf({ type, here, name, names, from, seq, time }) {
      if (type === 'who') names.forEach((one) => isThere(one));
      else if ((type === 'presence' && here) || type === 'typing') isThere(name);
      else if (seq && typeof from === 'string') isThere(from, time);
    },
    /** One's own that have no number yet, oldest first. */
    waiting: () => unsent.all().map((letter) => Object.assign(letter, { from: session.name() })),
    isFull: unsent.isFull,
    place: place.place,
    hear: place.hear,
    take: (to, text, typed) => unsent.take('private', text, { to, typed, anew: meant.has(keyOf(to)) }),
    /** Another person may have this name now, and the reader was told so: that one is meant. */
    means: (name) => meant.add(keyOf(name)),
    sent: (told) => unsent.sent(told, told.seq <= place.seq()),
    refused: unsent.refused,
    takeBack: unsent.takeBack,
    isEmpty: unsent.isEmpty,
    lineOpened: unsent.lineOpened,
    lineLost: unsent.lineLost,
  };
}
