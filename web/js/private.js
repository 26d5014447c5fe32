// Private messages: followed like a room, shown in a panel.
//
// Owns: one's own log of them, as far as it is here.
// Must not know: the room, the line.
//
// Next: `frame.js`.

import { LETTERS_MAX } from './limits.js';
import { follow } from './follow.js';
import { keepLastSeen, seenBegins } from './lastseen.js';
import { keepUnsent } from './unsent.js';

/** No room is called so. */
export const PRIVATE = '@';

/** What is said beside one of one's own: nothing, once it is kept. */
function stateOf(mine) {
  if (!mine || mine.state === 'sent') return '';
  return mine.state === 'waiting' ? 'waits' : 'sending';
}

/**
 * One's private messages, shown by `list()`. `send(message)` hands one to the line,
 * `came(letter)` hears of one from somebody else, `refused(item, told)` of one that
 * could not be sent; `hides(letter)`: the reader does not want to see it.
 */
export function keepLetters({ list, session, send, came, refused, hides }) {
  const lastSeen = keepLastSeen(PRIVATE);
  let letters = [];
  let read = 0;
  let epoch = '';
  const unsent = keepUnsent({ room: null, send, changed: draw, refused });
  const place = follow({
    room: null,
    heard: {
      joined(told) {
        if (told.epoch !== epoch) read = lastSeen.before(told);
        epoch = told.epoch;
        seenBegins(PRIVATE, told);
      },
      line(told) {
        const mine = unsent.lineCame(told);
        letters.push({ ...told, at: told.time, mine });
        letters = letters.slice(-LETTERS_MAX);
        draw();
        if (isUnread(told)) came(told);
      },
      hole(name) {
        // Numbers of another log mean nothing.
        if (name === 'newEpoch') letters = letters.map((letter) => ({ ...letter, seq: 0 }));
      },
      notKept(from) { letters = letters.filter((letter) => letter.seq < from); },
      behind() {},
      caughtUp() {},
    },
  });

  function isUnread(letter) {
    return letter.seq > read && !session.isOwn(letter.from) && !hides(letter);
  }

  /** They were looked at. */
  function seen() {
    read = place.seq();
    lastSeen.is(place.place());
    draw();
  }

  function draw() {
    const told = letters.filter((letter) => !hides(letter)).map((letter) => ({ ...letter, state: stateOf(letter.mine) }));
    const waiting = unsent.all().map((one) => ({
      from: session.name(), to: one.more.to, text: one.text, at: one.at, state: stateOf(one),
    }));
    list().show([...told, ...waiting], letters.filter(isUnread).length);
  }

  return {
    seen,
    draw,
    place: place.place,
    hear: place.hear,
    take: (to, text) => unsent.take('private', text, { to }),
    sent: (told) => unsent.sent(told, told.seq <= place.seq()),
    refused: unsent.refused,
    isEmpty: unsent.isEmpty,
    lineOpened: unsent.lineOpened,
    lineLost: unsent.lineLost,
  };
}
