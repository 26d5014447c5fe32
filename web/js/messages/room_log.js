// The room of this page: its lines become rows of the log view, gaps become sentences, and what was
// missed is counted.
//
// Owns: what a line that comes means for the rows and for the reader's unsent messages.
// Must not know: the transport, the composer's field, which older lines the page asks for.
//
// Next: `connection/position.js`.

import { currentRoom, lineLink } from '../addresses.js';
import { followLog } from '../connection/position.js';
import { fillSentence, isolated } from '../elements.js';
import { pageElement } from '../layout.js';
import { SENDING_SHOWN_AFTER_MS } from '../limits.js';
import { say, sayCount } from '../words.js';
import { keepClosure } from './closure.js';
import { itemsOf, readLine, removeLines } from './lines.js';
import { createLogView } from './log_view.js';
import { openOlderLines } from './older_lines.js';
import { keepLastRead, openUnread, startReading } from './unread.js';
import { keepUnsent } from './unsent.js';

// --- The log of the room ---------------------------------------------------------------

/**
 * Gives a message that the server had lost and has again its old row in `view`. Returns false if it
 * is none.
 */
function replaceLost(view, item) {
  const [lost] = item.id ? view.messages((other) => other.isLost && other.id === item.id && other.from === item.from) : [];
  if (!lost) return false;
  Object.assign(lost, { isLost: false, seq: item.seq, at: item.at, text: item.text });
  view.redraw();
  return true;
}

/** Shows another person's line in `view`. Returns its item if it is a message. */
function showLine(view, line, ownName) {
  const item = readLine(line, ownName, view.find);
  if (!item) view.redraw();
  else if (item.kind === 'note') view.addNote('note', item.text, item.at, item.seq).leadsTo = item.leadsTo;
  else if (!replaceLost(view, item)) view.addMessage(item);
  return item && item.kind === 'said' ? item : null;
}

/**
 * Makes the log of the room, shown by `view`. `unsent` are the reader's unsent messages here,
 * `unread` is what is new; the rest is as `openRoom` has it. `askedChanged()`: older lines are
 * asked for, or not any more.
 */
function openRoomLog({ session, connection, view, unsent, unread, isHidden, listener, askedChanged }) {
  const lastRead = keepLastRead(currentRoom);
  const closure = keepClosure(connection, (words) => view.addNote('note', words));
  let isNew = true;
  // How far the reader had read, as far as the server knew.
  let toldRead = 0;
  let isBehind = false;
  let isIn = false;
  // The line "n messages while you were away", as long as the page catches up.
  let missed = null;
  // The latest number that the server has.
  let latest = 0;
  const older = openOlderLines({
    view, askedChanged,
    send: connection.send,
    toItems: (lines) => itemsOf(lines, session.name(), view.find),
  });

  function joined(frame, isAgain) {
    isBehind = true;
    isIn = true;
    closure.joined(frame);
    latest = frame.seq;
    // The server counts the page that it has just sent as read, and that page says what was read
    // before.
    toldRead = Number(document.documentElement.dataset.read || frame.read || 0);
    startReading(currentRoom, frame);
    listener.topic(frame.topic);
    listener.peopleCounted(frame.people);
    if (!isAgain) view.addOlder([], false, frame.from);
    if (!isNew) listener.progressed();
    if (!isAgain || frame.from > frame.seq || missed) return;
    missed = view.addNote('stitch', '');
    missed.count = 0;
  }

  function line(frame) {
    if (isBehind) listener.missedLine();
    // For older lines the server says whose they are: the name may have been another person's.
    else if (frame.from === session.name()) frame.own = true;
    const mine = unsent.lineArrived(frame);
    listener.said(frame.from);
    if (mine && mine.isLost) {
      mine.isLost = false;
      view.redraw();
    } else if (mine && (mine.type === 'say' || mine.type === 'me')) {
      mine.from = frame.from;
      // Another device may have changed the message meanwhile.
      mine.text = frame.type === 'delete' ? null : frame.text;
      // The message may have a row from another epoch of the log.
      if (mine.row) view.remove(mine);
      view.addMessage(mine);
    } else {
      showOthers(frame);
    }
  }

  function showOthers(frame) {
    if (frame.type === 'removed') {
      older.forget();
      removeLines(view, frame);
      // No notice says who has left the room by it, because that would be the name.
      if (!isNew) connection.send({ type: 'who', room: currentRoom });
    }
    const item = showLine(view, frame, session.name());
    if (frame.type === 'topic') listener.topic(frame.text);
    if (!item) {
      unread.changed();
      return;
    }
    // What was there before the reader came is not new.
    item.isRead = isNew;
    if (item.own || item.text === null) return;
    if (missed && !isHidden(item)) missed.count += 1;
    if (!isNew) listener.news(item);
  }

  function gap(name, values) {
    if (name === 'newEpoch') view.forgetNumbers();
    const isOne = name === 'tooOld' && values.n === 1;
    view.addNote('gap', say(isOne ? 'tooOldOne' : name, values));
  }

  function notStored(from, to, n) {
    for (const item of view.messages(({ seq }) => seq >= from && seq <= to)) {
      item.isLost = true;
      if (item.own) unsent.sendAgain(item);
    }
    if (n) view.addNote('gap', sayCount(n, 'notKeptOne', 'notKept'));
  }

  function behind() {
    isBehind = true;
    // The server does not say how many lines wait.
    latest = 0;
    if (!isNew) listener.progressed();
  }

  function caughtUp() {
    isBehind = false;
    older.askNext();
    connection.send({ type: 'who', room: currentRoom });
    if (missed) {
      missed.text = sayCount(missed.count, 'whileAwayOne', 'whileAway');
      if (!missed.count) view.remove(missed);
    }
    missed = null;
    if (isNew) caughtUpFirst();
    view.redraw();
    listener.progressed();
  }

  function caughtUpFirst() {
    isNew = false;
    view.addOlder([], view.start() > 1);
    const before = lastRead.atStart(position.position(), toldRead);
    const news = before >= 0 ? view.messages((item) => item.seq > before && !item.own && item.text !== null && !isHidden(item)) : [];
    if (news.length) unread.begin(news[0], news.length, before + 1);
  }

  const position = followLog({
    room: currentRoom, listener: { joined, line, gap, notStored, behind, caughtUp },
  });

  return {
    seq: position.seq,
    epoch: position.epoch,
    /** Whether the server has lines that the page does not have yet. */
    isBehind: () => isBehind,
    missingCount: () => Math.max(0, latest - position.seq()),
    /** Whether the server has let this connection into the room. */
    isIn: () => isIn,
    receive(frame) {
      if (frame.type === 'set') closure.changed(frame);
      position.receive(frame);
    },
    /**
     * Asks the server for a change: of `hidden`, or of `password` ('' removes it). Returns false
     * without a connection.
     */
    close: closure.change,
    /**
     * Returns what a hello says of this room: the position, and the password if one was set here.
     */
    forHello: () => ({ ...position.position(), ...closure.forHello() }),
    /** The reader has read everything. */
    read: () => { if (!isNew) lastRead.set(position.position()); },
    /**
     * Asks for lines before those that are shown, or behind them, unless something is asked
     * already.
     */
    askOlder: older.askOlder,
    askNewer: older.askNewer,
    /** Asks for lines, unless something is asked already; `wish` is as `openHistory` has it. */
    ask: older.ask,
    isAsking: older.isAsking,
    load: older.load,
    /** Goes to the line of this number, or to the next one that is there. */
    goTo(seq) {
      older.load(seq, () => {
        const found = view.goToSeq(seq);
        if (found > seq && view.start() > seq) listener.notStored(seq);
      });
    },
    history: older.taken,
    /** Takes a refusal, which may answer the request for older lines. */
    refused(frame) {
      older.refused();
      if (frame.room === currentRoom) closure.refused(frame);
    },
    connectionLost() {
      closure.connectionLost();
      older.connectionLost();
      isIn = false;
      // Until the next connection has caught up, lines may be missing.
      isBehind = true;
      latest = 0;
    },
  };
}

// --- The room ----------------------------------------------------------------------------

/**
 * Makes the room: { roomLog, roomView, roomUnsent, unread }. `isHidden(item)`: the reader does not
 * see the message. `reader` is as `drawRow` has it. Calls of `listener`:
 *   progressed()        the page is in the room, or it is behind, or has caught up;
 *   missedLine()        a line came that was said while the page was away;
 *   said(name)          a person has said something;
 *   news(item)          another person's message that is new;
 *   topic(text)         the room has this topic now;
 *   peopleCounted(n)    so many people are here;
 *   seek(seq)           the reader wants to go to this line;
 *   notStored(seq)      that line is older than what is stored;
 *   isCovered()         whether something else stands over the log;
 *   newsBehind(count, toMe)   so much is new behind that, and to the reader;
 *   refused(message, frame), paused(ms)   as `keepUnsent` has them.
 */
export function openRoom({ session, connection, reader, isHidden, listener }) {
  const roomUnsent = keepUnsent({
    room: currentRoom,
    storage: session.storage(),
    send: connection.send,
    changed: unsentChanged,
    epoch: () => roomLog.epoch(),
    refused: (message, frame) => listener.refused(message, frame),
    paused: (ms) => listener.paused(ms),
  });
  const roomView = createLogView({
    box: pageElement('#box'),
    list: pageElement('#rows'),
    linkOf: (seq) => lineLink(currentRoom, seq),
    changeOf: roomUnsent.changeOf,
    // Before the welcome nobody knows the name that stands over them.
    unsentTail: () => (session.name() ? roomUnsent.tail().map((item) => Object.assign(item, { from: session.name() })) : []),
    drawing: (items, isAtBottom) => unread.arrived(items, isAtBottom),
    moved: () => unread.moved(),
    needsOlder: () => roomLog.askOlder(),
    needsNewer: () => roomLog.askNewer(),
    begins: (seq) => drawBeginning(seq),
    seek: (seq) => listener.seek(seq),
    reader, isHidden,
  });
  const unread = openUnread({ view: roomView, isHidden, isCovered: () => listener.isCovered(), read: () => roomLog.read(), newsBehind: (...news) => listener.newsBehind(...news) });
  const roomLog = openRoomLog({ session, connection, view: roomView, unsent: roomUnsent, unread, isHidden, listener, askedChanged: () => drawBeginning() });
  const beginning = pageElement('#older');
  let firstSeq = 0;

  /**
   * Says above the first row whether there are others before it; it begins with the number `seq`, 0
   * if there are not.
   */
  function drawBeginning(seq = firstSeq) {
    firstSeq = seq;
    const start = roomView.start();
    const key = seq ? (roomLog.isAsking() ? 'olderLoading' : 'older') : start > 1 ? 'olderGone' : 'beginning';
    // An empty room says so itself.
    const isSaid = key !== 'beginning' || !pageElement('#box').hasAttribute('data-empty');
    const words = start && isSaid ? say(key, { room: isolated(currentRoom) }) : '';
    beginning.hidden = !words;
    if (beginning.textContent !== words) fillSentence(beginning, words);
  }

  function unsentChanged(message) {
    // The note in the log said that the change waits.
    if (message.note && message.state === 'sent') roomView.remove(message.note);
    if (message.state === 'sending') setTimeout(roomView.redraw, SENDING_SHOWN_AFTER_MS);
    roomView.redraw();
  }

  return { roomLog, roomView, roomUnsent, unread };
}
