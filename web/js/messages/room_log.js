// The room of this page: its lines become rows of the log view, gaps become sentences, and what was missed is counted.
//
// Owns: what each kind of line means for the rows and for the reader's unsent messages; what the page knows of the older
// lines; how the room is closed to strangers.
// Must not know: the transport, the composer's field.
//
// Next: `unread.js`.

import { currentRoom, lineLink } from '../addresses.js';
import { roomUnsent } from '../composer/unsent.js';
import { carriesAllRooms, send } from '../connection/connection.js';
import { followLog } from '../connection/position.js';
import { session } from '../connection/session.js';
import { status } from '../connection/status.js';
import { hasName, isolated } from '../elements.js';
import { pageElement } from '../layout.js';
import { ROWS_PAGE } from '../limits.js';
import { notices } from '../notices.js';
import { roomHeader } from '../panels/panels.js';
import { ignored, people } from '../places/people.js';
import { say, sayCount } from '../words.js';
import { createLogView } from './log_view.js';
import { keepLastRead, startReading, unread } from './unread.js';

/** The log view of the room; `openRoomView` makes it. */
export let roomView = null;

/** The log of the room; `openRoomLog` makes it. */
export let roomLog = null;

/** Makes the log view of the room. */
export function openRoomView() {
  roomView = createLogView({
    box: pageElement('#box'),
    list: pageElement('#rows'),
    linkOf: (seq) => lineLink(currentRoom, seq),
    changeOf: (item) => roomUnsent.changeOf(item),
    unsentTail: () => roomUnsent.tail().map((item) => Object.assign(item, { from: session.name() })),
    isHidden: (item) => ignored.hides(item),
    drawing: (items, isAtBottom) => unread.arrived(items, isAtBottom),
    moved: () => unread.moved(),
    needsOlder: () => roomLog.askOlder(),
    begins: (seq) => roomHeader.begins(seq),
  });
}

// --- From a line to an item -------------------------------------------------------

function itemOfLine(line) {
  const own = Boolean(line.own);
  return {
    kind: 'said',
    type: line.type,
    seq: line.seq,
    id: line.id || '',
    own,
    from: line.from,
    secretSign: line.mark || '',
    classic: Boolean(line.classic),
    text: line.type === 'delete' ? null : line.text,
    at: line.time,
    state: 'sent',
    isToMe: !own && line.type !== 'delete' && hasName(line.text, session.name()),
  };
}

function topicWords(line) {
  return line.text ? say('topicSet', { name: isolated(line.from), topic: isolated(line.text) })
    : say('topicGone', { name: isolated(line.from) });
}

/** Applies an edit or a deletion to the item that `find(seq)` returns. */
function change(line, find) {
  const item = find(line.of);
  if (!item || item.text === null) return;
  item.text = line.type === 'delete' ? null : line.text;
  item.isEdited = line.type === 'edit';
}

/** Returns the item of a line; null if the line only changes another. */
function readLine(line, find) {
  if (line.type === 'topic') {
    return { kind: 'note', seq: line.seq, at: line.time, text: topicWords(line) };
  }
  const isChange = line.type === 'edit' || (line.type === 'delete' && line.of !== line.seq);
  if (!isChange) return itemOfLine(line);
  change(line, find);
  return null;
}

/** Gives a message that the server had lost and has again its old row. Returns false if it is none. */
function replaceLost(item) {
  const [lost] = item.id ? roomView.messages((other) => other.isLost && other.id === item.id && other.from === item.from) : [];
  if (!lost) return false;
  Object.assign(lost, { isLost: false, seq: item.seq, at: item.at, text: item.text });
  roomView.redraw();
  return true;
}

/** Shows another person's line. Returns its item if it is a message. */
function showLine(line) {
  const item = readLine(line, roomView.find);
  if (line.type === 'topic') roomHeader.showTopic(line.text);
  if (!item) roomView.redraw();
  else if (item.kind === 'note') roomView.addNote('note', item.text, item.at, item.seq);
  else if (!replaceLost(item)) roomView.addMessage(item);
  return item && item.kind === 'said' ? item : null;
}

/** Shows older lines, oldest first. */
function showHistory(lines, more) {
  const found = [];
  const find = (seq) => found.find((item) => item.seq === seq) || roomView.find(seq);
  for (const line of lines) {
    const item = readLine(line, find);
    if (item) found.push(item);
  }
  roomView.addOlder(found, more);
}

// --- How the room is closed to strangers ---------------------------------------------

/** The key of the sentence for it. */
const closureWords = ({ hidden, locked }) => (hidden ? (locked ? 'isHiddenLocked' : 'isHidden') : (locked ? 'isLocked' : 'isOpen'));

/** Whether a `set` may be the answer to this change. */
function answers(frame, { hidden = frame.hidden, password }) {
  return hidden === frame.hidden && (password === undefined || Boolean(password) === frame.locked);
}

/**
 * Whether the room is hidden, and has a password. The password that was set here is in this page's memory and nowhere
 * else. The next hello has it: if the server has forgotten the room, the page makes it again.
 */
function keepClosure() {
  // Changes without an answer yet; and sentences that the other request of a stream or a poll will bring once more.
  let asked = [];
  let repeated = [];
  let password = '';

  return {
    /** Asks for a change: `hidden`, or `password` ('' for none). Returns false without a connection. */
    change(wish) {
      const isAsked = send({ type: 'set', room: currentRoom, ...wish });
      if (isAsked) asked.push(wish);
      return isAsked;
    },
    /** Takes a `set`: this page or another device of the room's maker has changed it. */
    changed(frame) {
      const words = say(closureWords(frame), { room: currentRoom });
      const wish = asked.length && answers(frame, asked[0]) ? asked.shift() : null;
      if (wish && !carriesAllRooms()) repeated.push(words);
      else if (!wish && repeated.includes(words)) {
        repeated.splice(repeated.indexOf(words), 1);
        return;
      }
      if (!frame.locked) password = '';
      else if (wish && wish.password) password = wish.password;
      roomView.addNote('note', words);
    },
    refused({ id, reason }) {
      if (!id) asked = [];
      // Another password holds by now.
      if (reason === 'wrong-password') password = '';
    },
    connectionLost() {
      asked = [];
      repeated = [];
    },
    /** What a hello says of it. */
    forHello: () => (password ? { password } : {}),
  };
}

// --- The log of the room ---------------------------------------------------------------

/** Makes the log of the room. `progressed()` is called when the page is in the room, and when it is behind or has caught up. */
export function openRoomLog(progressed) {
  const lastRead = keepLastRead(currentRoom);
  const closure = keepClosure();
  let isNew = true;
  let isBehind = false;
  let isIn = false;
  // The line "n messages while you were away", as long as the page catches up.
  let missed = null;
  let isAskingOlder = false;
  // The oldest number that the server has sent here, and the latest that it has.
  let oldest = 0;
  let latest = 0;

  function joined(frame, isAgain) {
    isBehind = true;
    isIn = true;
    latest = frame.seq;
    startReading(currentRoom, frame);
    roomHeader.showTopic(frame.topic);
    people.count(frame.people);
    if (!isAgain) oldest = frame.from;
    if (!isNew) progressed();
    if (!isAgain || frame.from > frame.seq || missed) return;
    missed = roomView.addNote('stitch', '');
    missed.count = 0;
  }

  function line(frame) {
    if (isBehind) status.drawSoon();
    // For older lines the server says whose they are: the name may have been another person's.
    else if (frame.from === session.name()) frame.own = true;
    const mine = roomUnsent.lineArrived(frame);
    people.stopsTyping(frame.from);
    if (mine && mine.isLost) {
      mine.isLost = false;
      roomView.redraw();
    } else if (mine && (mine.type === 'say' || mine.type === 'me')) {
      mine.from = frame.from;
      // Perhaps another device has changed it meanwhile.
      mine.text = frame.type === 'delete' ? null : frame.text;
      // It had a row already in another epoch of the log.
      if (mine.row) roomView.remove(mine);
      roomView.addMessage(mine);
    } else {
      showOthers(frame);
    }
  }

  function showOthers(frame) {
    const item = showLine(frame);
    if (!item) return;
    // What was there before the reader came is not new.
    item.isRead = isNew;
    if (missed && !ignored.hides(item)) missed.count += 1;
    if (!isNew && !item.own) notices.message(item);
  }

  function gap(name, values) {
    if (name === 'newEpoch') roomView.forgetNumbers();
    const isOne = name === 'tooOld' && values.n === 1;
    roomView.addNote('gap', say(isOne ? 'tooOldOne' : name, values));
  }

  function notStored(from, to, n) {
    for (const item of roomView.messages(({ seq }) => seq >= from && seq <= to)) {
      item.isLost = true;
      if (item.own) roomUnsent.sendAgain(item);
    }
    if (n) roomView.addNote('gap', sayCount(n, 'notKeptOne', 'notKept'));
  }

  function behind() {
    isBehind = true;
    // The server does not say how many lines.
    latest = 0;
    if (!isNew) progressed();
  }

  function caughtUp() {
    isBehind = false;
    isAskingOlder = false;
    send({ type: 'who', room: currentRoom });
    if (missed) {
      missed.text = say('whileAway', { n: missed.count });
      if (!missed.count) roomView.remove(missed);
    }
    missed = null;
    if (isNew) caughtUpFirst();
    roomView.redraw();
    progressed();
  }

  function caughtUpFirst() {
    isNew = false;
    roomView.addOlder([], oldest > 1);
    const before = lastRead.atStart(position.position());
    const news = before ? roomView.messages((item) => item.seq > before && !item.own && !ignored.hides(item)) : [];
    if (news.length) unread.begin(news[0], news.length);
  }

  /** The number before which lines are missing here. */
  const firstHere = () => (roomView.isTrimmed() ? roomView.oldestSeq() : oldest);

  const position = followLog({
    room: currentRoom, listener: { joined, line, gap, notStored, behind, caughtUp },
  });

  roomLog = {
    seq: position.seq,
    epoch: position.epoch,
    /** Whether lines are still to come. */
    isBehind: () => isBehind,
    /** How many lines are still to come, as far as that is known. */
    missingCount: () => Math.max(0, latest - position.seq()),
    /** Whether the server has let this connection into the room. */
    isIn: () => isIn,
    /** Takes a frame about the room. */
    receive(frame) {
      if (frame.type === 'set') closure.changed(frame);
      position.receive(frame);
    },
    /** Asks for a change: `hidden`, or `password` ('' for none). Returns false without a connection. */
    close: closure.change,
    /** The position for a hello. */
    forHello: () => ({ ...position.position(), ...closure.forHello() }),
    /** The reader has read everything. */
    read: () => { if (!isNew) lastRead.set(position.position()); },
    /** Asks for older lines, unless that is under way. */
    askOlder() {
      const before = firstHere();
      if (before > 1 && !isAskingOlder) isAskingOlder = send({ type: 'history', room: currentRoom, before, count: ROWS_PAGE });
    },
    /** Takes older lines. After a lost connection they may come twice. */
    history(frame) {
      isAskingOlder = false;
      const lines = frame.lines.filter(({ seq }) => seq < firstHere());
      if (lines.length) oldest = lines[0].seq;
      else if (frame.lines.length) return;
      showHistory(lines, frame.more && lines.length > 0);
    },
    /** Takes a refusal, perhaps that of the older lines. */
    refused(frame) {
      isAskingOlder = false;
      if (frame.room === currentRoom) closure.refused(frame);
    },
    connectionLost() {
      closure.connectionLost();
      isIn = false;
      // Nobody knows yet what the next connection has to tell.
      isBehind = true;
      latest = 0;
    },
  };
}
