// The room as it is told: lines become rows, holes are said, what was missed counted.
//
// Owns: what a line means for one's own messages and for the rows; how far one had
// read before.
// Must not know: the socket, the field.
//
// Next: `news.js`.

import { follow } from './follow.js';
import { keepLastSeen, seenBegins } from './lastseen.js';
import { ROWS_PAGE } from './limits.js';
import { keepNature } from './nature.js';
import { openReader } from './said.js';

/**
 * The room. `unsent()`, `people()` and `news()` are its neighbours, made later; `ask(message)`
 * hands a request to the line; `heard(item)` is told of what another said now,
 * `topic(text)` of a topic, `here()` each time that one has everything, `comes()` of each
 * line until then; what
 * `hides(item)` counts for nothing; `isTwofold()` is as `keepNature` has it.
 */
export function openRoom({ room, session, log, say, ask, unsent, people, news, heard, topic, here, comes, hides, isTwofold }) {
  const lastSeen = keepLastSeen(room);
  const reader = openReader({ log, say, name: session.name, topic });
  const nature = keepNature({ room, log, say, ask, isTwofold });
  let isNew = true;
  let isBehind = false;
  let missed = null;
  let asksHistory = false;
  let isIn = false;
  // The oldest number that was told, whatever became of its line; and the latest there is.
  let oldest = 0;
  let latest = 0;

  function joined(told, before) {
    isBehind = true;
    isIn = true;
    latest = told.seq;
    seenBegins(room, told);
    topic(told.topic);
    people().count(told.people);
    if (!before) oldest = told.from;
    if (!isNew) here();
    if (!before || told.from > told.seq || missed) return;
    missed = log.tell('stitch', '');
    missed.count = 0;
  }

  function lineCame(told) {
    if (isBehind) comes();
    // Of what was said before, the box says it: a name may have been another's.
    else if (told.from === session.name()) told.own = true;
    const mine = unsent().lineCame(told);
    people().stops(told.from);
    if (mine && mine.isLost) {
      mine.isLost = false;
      log.redraw();
    } else if (mine && (mine.type === 'say' || mine.type === 'me')) {
      mine.from = told.from;
      // Perhaps it was changed meanwhile, on another device.
      mine.text = told.type === 'delete' ? null : told.text;
      // In another life of the log it was said before, and is again.
      if (mine.row) log.forgets(mine);
      log.said(mine);
    } else {
      another(told);
    }
  }

  function another(told) {
    const item = reader.line(told);
    if (!item) return;
    // What was there before one came is not news.
    item.isSeen = isNew;
    if (missed && !hides(item)) missed.count += 1;
    if (!isNew && !item.own) heard(item);
  }

  function hole(name, values) {
    if (name === 'newEpoch') log.numbersEnd();
    const isOne = name === 'tooOld' && values.n === 1;
    log.tell('gap', say(isOne ? 'tooOldOne' : name, values));
  }

  function notKept(from, to, n) {
    for (const item of log.those((one) => one.seq >= from && one.seq <= to)) {
      item.isLost = true;
      if (item.own) unsent().again(item);
    }
    if (n) log.tell('gap', say(n === 1 ? 'notKeptOne' : 'notKept', { n }));
  }

  function behind() {
    isBehind = true;
    // How many, the box does not say.
    latest = 0;
    if (!isNew) here();
  }

  function caughtUp() {
    isBehind = false;
    asksHistory = false;
    ask({ type: 'who', room });
    if (missed) {
      missed.text = say('whileAway', { n: missed.count });
      if (!missed.count) log.forgets(missed);
    }
    missed = null;
    if (isNew) begins();
    log.redraw();
    here();
  }

  /** The number before which lines are missing here. */
  const firstHere = () => (log.isTrimmed() ? log.oldest() : oldest);

  /** Everything is here for the first time. */
  function begins() {
    isNew = false;
    log.before([], oldest > 1);
    const before = lastSeen.before(place.place());
    const unseen = before ? log.those((item) => item.seq > before && !item.own && !hides(item)) : [];
    if (unseen.length) news().since(unseen[0], unseen.length);
  }

  const place = follow({
    room, heard: { joined, line: lineCame, hole, notKept, behind, caughtUp },
  });

  return {
    place: place.place,
    seq: place.seq,
    isBehind: () => isBehind,
    /** So many are still to come, as far as that is known. */
    toGo: () => Math.max(0, latest - place.seq()),
    hear(told) {
      if (told.type === 'set') nature.told(told);
      return place.hear(told);
    },
    sets: nature.sets,
    /** The same with what only a hello says. */
    known: () => ({ ...place.place(), ...nature.known() }),
    /** Everything up to here was seen. */
    seen: () => { if (!isNew) lastSeen.is(place.place()); },
    /** Older lines, if nobody asked yet. */
    askOlder() {
      if (firstHere() > 1 && !asksHistory) asksHistory = ask({ type: 'history', room, before: firstHere(), count: ROWS_PAGE });
    },
    history(told) {
      asksHistory = false;
      // Over a cut it may have been asked for twice.
      const lines = told.lines.filter(({ seq }) => seq < firstHere());
      if (lines.length) oldest = lines[0].seq;
      else if (told.lines.length) return;
      reader.history(lines, told.more && lines.length > 0);
    },
    /** Something was refused: perhaps the older lines. */
    refused(told) {
      asksHistory = false;
      if (told.room === room) nature.refused(told);
    },
    isIn: () => isIn,
    lost() {
      nature.lost();
      isIn = false;
      // Of the next line nobody knows yet what it has to tell.
      isBehind = true;
      latest = 0;
    },
  };
}
