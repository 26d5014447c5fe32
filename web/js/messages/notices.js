// What a reader who does not look learns of messages: sentences for screen readers, notifications,
// a tone.
//
// Owns: the words of these, the two settings for notifications and the one of each room, and that
// nothing is shown or played without them.
// Must not know: what a row looks like, when a message comes.
//
// Browsers allow notifications on secure addresses only. With plain http,
// which is usual for a server on its own network, the setting says so.
//
// Part: `chat.js`.

import { currentRoom, lineLink } from '../addresses.js';
import { isolated, nameKey, speaksTo, withoutOverrides } from '../elements.js';
import { STORED, noticesOf, readSetting, tabStorage } from '../storage.js';
import { PRIVATE } from '../storage_more.js';
import { say } from '../words.js';
import { isRead } from './unread.js';

/** A notification waits this long for another tab that shows the message already. */
const NOTIFY_AFTER_MS = 400;

/** The tone of a notification: short and soft. */
const TONE_MS = 120;
const TONE_HERTZ = 660;
const TONE_LOUDNESS = 0.15;

/** The class that plays the tone; undefined if the browser has none. */
export const AudioContextClass = window.AudioContext || window.webkitAudioContext;
let audio = null;

function soundTone() {
  const [from, until] = [audio.currentTime, audio.currentTime + TONE_MS / 1000];
  const loudness = audio.createGain();
  loudness.gain.setValueAtTime(0, from);
  loudness.gain.linearRampToValueAtTime(TONE_LOUDNESS, from + TONE_MS / 4000);
  loudness.gain.linearRampToValueAtTime(0, until);
  const voice = audio.createOscillator();
  voice.frequency.value = TONE_HERTZ;
  voice.connect(loudness).connect(audio.destination);
  voice.start(from);
  voice.stop(until);
}

/**
 * A page is silent until its reader touches it. When that happens, it must not play the tone of an
 * earlier message.
 */
async function wakeAudio() {
  const asked = Date.now();
  try {
    await audio.resume();
    if (Date.now() - asked < 1000) soundTone();
  } catch (refused) {
    // The browser allows no sound yet: the page stays silent.
  }
}

export function playTone() {
  audio = audio || new AudioContextClass();
  if (audio.state === 'running') soundTone();
  else wakeAudio();
}

/** Whether the browser lets this page show notifications at all. */
export const canNotify = window.isSecureContext && 'Notification' in window;

/** Whether there is a way by which notices come. */
export const hasNotices = () => Boolean((AudioContextClass && readSetting('sound')) || (canNotify && readSetting('notice') && Notification.permission === 'granted'));

/** Whether the reader wants a notice of a message in this room. */
function isWanted(room, isToMe) {
  const which = noticesOf(room);
  return which === 'all' || (isToMe && which !== 'none');
}

/** The latest notification of each log: { shown, seq }. */
const latestOf = new Map();

function notifyNow(words, log, seq, title) {
  if (readSetting('sound') && AudioContextClass) playTone();
  if (!canNotify || !readSetting('notice') || Notification.permission !== 'granted') return;
  try {
    // One at a time, for all tabs: the newest replaces the one before.
    const shown = new Notification(title, { body: words, tag: `threadbare ${log}` });
    shown.onclick = () => { window.focus(); shown.close(); };
    latestOf.set(log, { shown, seq });
  } catch (onPhone) {
    // Some phones have `Notification`, but only a service worker may use it.
  }
}

/**
 * Notifies the reader of the line `seq` of a log, if the reader looks at something else. Another
 * tab, where the line is read at once, has a moment to say so; a visible page shows it itself, so
 * it does not wait.
 */
function notify(words, log, seq, title = currentRoom) {
  if (!document.hidden) {
    if (!document.hasFocus()) notifyNow(words, log, seq, title);
    return;
  }
  setTimeout(() => { if (!isRead(log, seq)) notifyNow(words, log, seq, title); }, NOTIFY_AFTER_MS);
}

/**
 * In the tab's storage: in which room's log a note stands that another device has signed in, and as
 * whom, until the reader has opened the settings by that note.
 */
const ELSEWHERE = `${STORED}elsewhere`;

/**
 * In the tab's storage, for each person with unread private messages: how many of them the page's
 * note has counted, and in which room's log that note stands. So the page shows no second note in
 * other rooms that the reader opens. The list of chats counts these messages in each room.
 */
const TOLD = `${STORED}told`;

/** Makes what remembers that for the reader whom `ownName()` names. */
function openToldOf(ownName) {
  function all() {
    try {
      const { name, of } = JSON.parse(tabStorage().read(TOLD) || '{}');
      return name === ownName() && of ? of : {};
    } catch (torn) {
      return {};
    }
  }

  const store = (of) => tabStorage().write(TOLD, Object.keys(of).length ? JSON.stringify({ name: ownName(), of }) : '');
  return {
    /** Whether a note in another room has counted as many messages of this person. */
    isElsewhere(key, n) {
      const { [key]: told } = all();
      return Boolean(told) && told.n >= n && told.room !== currentRoom;
    },
    add: (key, n) => store({ ...all(), [key]: { n, room: currentRoom } }),
    /** Forgets all other people: the reader has read their messages. */
    keep: (keys) => store(Object.fromEntries(Object.entries(all()).filter(([key]) => keys.has(key)))),
  };
}

/**
 * Makes the notices: what a reader who does not look learns of messages. `ownName()` is that of the
 * reader; `isHidden(item)`: the reader does not see the message; `notes` is the room's log view, in
 * which notes stand; `currentView()` is the one in sight; `openTalk(name)` opens the private talk;
 * `goTo(seq)` goes to a line of the room; `showReader()` opens the settings. `above` is what tells
 * of a note that is not in sight.
 */
export function openNotices({ speaker, ownName, isHidden, notes, currentView, openTalk, goTo, showReader, above }) {
  // For each person whose private messages are not read: the note about them in the room's log.
  const noteOf = new Map();
  const toldOf = openToldOf(ownName);
  // Notes about messages that call the reader, and that the reader does not see: one for each room,
  // in each log view that shows it: { room, view, note, calls }. A call is { seq, from, isReply,
  // act }, and `act()` leads to it.
  let mentions = [];

  /** Whether a message replies to the reader: what calls them without their name does. */
  const isReply = ({ reply, reply_to: answered, text }) => (answered ? answered === ownName() : Boolean(reply) && !speaksTo(ownName(), { text }));

  function tellOfElsewhere() {
    const words = say('signedInElsewhere');
    const note = notes.addNote('note', words);
    note.action = {
      words: say('openIt'),
      act() {
        tabStorage().write(ELSEWHERE, '');
        notes.remove(note);
        showReader();
      },
    };
    speaker.speak(words);
  }

  const hereAndNow = () => `${currentRoom} ${ownName()}`;
  // The page was loaded again before the reader has done something about it.
  if (tabStorage().read(ELSEWHERE) === hereAndNow()) tellOfElsewhere();

  /** Returns what a note says: it tells of the newest call by its person. */
  function mentionWords({ room, calls }) {
    const { from, isReply: isAnswer } = calls[calls.length - 1];
    const key = calls.length > 1 ? 'callsInRoom' : isAnswer ? 'repliedToYou' : 'spokeToYou';
    return say(key, { name: isolated(from), room: isolated(room), n: calls.length });
  }

  /**
   * Adds a mention to the note of its room in this log view. The note has the place of its newest
   * call, and leads to the first one. Returns its words.
   */
  function addMention(view, room, call) {
    const before = mentions.find((one) => one.room === room && one.view === view);
    const known = before ? before.calls.filter(({ seq }) => !isRead(room, seq) && seq !== call.seq) : [];
    const one = { room, view, calls: [...known, call] };
    if (before) remove(before);
    mentions = [...mentions.filter((other) => other !== before), one];
    one.note = view.addNote('note', mentionWords(one));
    const act = () => one.calls[0].act();
    one.note.action = { words: say('openIt'), act };
    if (view === currentView()) above.tell(one.note, act);
    return one.note.text;
  }

  function remove({ view, note }) {
    view.remove(note);
    above.forget(note);
  }

  function removeMentions(isOver) {
    for (const one of mentions) {
      const left = one.calls.filter((call) => !isOver({ room: one.room, ...call }));
      if (left.length === one.calls.length) continue;
      one.calls = left;
      if (!left.length) remove(one);
      // The row is made again.
      else Object.assign(one.note, { text: mentionWords(one), row: null });
      (one.view.redraw || notes.redraw)();
    }
    mentions = mentions.filter(({ calls }) => calls.length);
  }

  /** Draws the note about `n` private messages of one person that are not read. */
  function drawNote(key, name, n) {
    if (!noteOf.has(key) && toldOf.isElsewhere(key, n)) return;
    toldOf.add(key, n);
    const words = say(n === 1 ? 'wroteToYou' : 'wroteToYouMany', { name: isolated(name), n });
    const note = noteOf.get(key) || notes.addNote('note', words);
    noteOf.set(key, note);
    const isMore = n > (note.n || 0);
    Object.assign(note, { n, text: words, openTalk: () => openTalk(name) });
    if (isMore) above.tell(note, note.openTalk);
  }

  return {
    /** Another person's message in this room, which may be behind a private talk or results. */
    message(item) {
      if (isHidden(item)) return;
      const words = say('saidBy', { name: item.from, text: withoutOverrides(item.text) });
      const isHeard = readSetting('aloud') !== 'me' || item.isToMe;
      if (isHeard) speaker.message(words, readSetting('aloud') === 'counts');
      if (!isWanted(currentRoom, item.isToMe)) return;
      const isBehind = item.isToMe && currentView() !== notes;
      if (isBehind) addMention(currentView(), currentRoom, { from: item.from, seq: item.seq, isReply: isReply(item), act: () => goTo(item.seq) });
      notify(words, currentRoom, item.seq);
    },
    /** Another person's message in another room; `isToMe`: it calls the reader. */
    elsewhere(line, isToMe) {
      const { from, room, seq, text } = line;
      if (!isWanted(room, isToMe)) return;
      if (!isToMe) {
        notify(say('saidBy', { name: from, text: withoutOverrides(text) }), room, seq, room);
        return;
      }
      // It stays in the room when the reader goes back there.
      const [words] = Array.from(new Set([notes, currentView()]), (view) => addMention(view, room, { from, seq, isReply: isReply(line), act: () => location.assign(lineLink(room, seq)) }));
      speaker.speak(words);
      notify(words, room, seq);
    },
    /** A private message; without its text, because others may look at this screen. */
    privateMessage(message) {
      const words = say('wroteToYou', { name: isolated(message.from) });
      speaker.speak(words);
      notify(words, PRIVATE, message.seq);
    },
    /** Another device has signed in as the reader, who may know nothing of it. */
    signedInElsewhere() {
      tabStorage().write(ELSEWHERE, hereAndNow());
      tellOfElsewhere();
    },
    /** The reader has read more on another device: what told of that is over. */
    readElsewhere() {
      removeMentions(({ room, seq }) => isRead(room, seq));
    },
    /** Lines of a room are gone (`null`: private messages): so is what told of them. */
    forget(room, isGone) {
      removeMentions((one) => one.room === room && isGone(one));
      const latest = latestOf.get(room === null ? PRIVATE : room);
      if (latest && isGone(latest)) latest.shown.close();
    },
    /**
     * Takes all private messages that are not read. Each of their authors has one note in the
     * room's log, which goes when the last of them is read. `isWhole`: the page has all of them.
     */
    showUnread(messages, isWhole) {
      const unread = new Map();
      for (const { from } of messages) unread.set(nameKey(from), [from, ((unread.get(nameKey(from)) || [])[1] || 0) + 1]);
      if (isWhole) toldOf.keep(unread);
      unread.forEach(([name, n], key) => drawNote(key, name, n));
      for (const [key, note] of noteOf) {
        if (!unread.has(key) && noteOf.delete(key)) remove({ view: notes, note });
      }
      if (noteOf.size) notes.redraw();
    },
  };
}
