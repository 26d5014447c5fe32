// What somebody does who looks after the room: mutes a person, puts a person out, freezes the room.
//
// Owns: how these commands are typed, what the menu of a person offers, what the room is told, and
// the line that says who can write in the room.
// Must not know: who looks after the room; the server decides that.
//
// Part: `chat.js`.

import { currentRoom } from '../addresses.js';
import { button, elementWith, isolated, nameKey } from '../elements.js';
import { laterModule } from '../later.js';
import { pageElement } from '../layout.js';
import { firstWords } from '../messages/row.js';
import { readSetting } from '../storage.js';
import { writeSetting } from '../storage_more.js';
import { refusalWords, say } from '../words.js';

/** How long an action of the menu lasts, in seconds; `undefined`: until somebody ends it. */
const MENU_SECONDS = { mute: 600, kick: 600, ban: 86400 };
const UNITS = { s: 1, m: 60, h: 3600, d: 86400 };

/** Reads "10m" as seconds; 0 if it is no length of time. */
function secondsOf(typed) {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(typed) || [];
  return unit ? Number(count) * UNITS[unit] : 0;
}

/** Writes seconds in the largest unit that divides them: "10 min". */
export function lengthOf(seconds) {
  // One day is written as 24 h, so the word for days is always in the plural.
  const [unit, size] = Object.entries(UNITS).reverse().find(([, size]) => seconds % size === 0 && (size < UNITS.d || seconds > size));
  return say(`time-${unit}`, { n: seconds / size });
}

/** Writes how long something holds yet: in minutes, or in hours if it is long. */
export function roundedLength(seconds) {
  const hours = Math.ceil(seconds / UNITS.h);
  return lengthOf(hours > 2 ? hours * UNITS.h : Math.ceil(seconds / UNITS.m) * UNITS.m);
}

/** Reads "NAME", or "NAME 10m REASON". A name with a time in it stands in quotes. */
function readAct(typed) {
  const [, name, rest] = /^"([^"]+)"\s*(.*)$/.exec(typed) || [];
  if (name) return { ...readAct(`_ ${rest}`.trim()), whom: name };
  const words = typed.replace(/^@/, '').split(/\s+/);
  const at = words.findIndex((word, nth) => nth > 0 && secondsOf(word));
  if (at < 0) return { whom: words.join(' ') };
  return { whom: words.slice(0, at).join(' '), for: secondsOf(words[at]), reason: words.slice(at + 1).join(' ') };
}

/** The reasons for which the server refuses an action. */
const OF_ACTIONS = new Set(['not-your-room', 'not-maker', 'is-keeper', 'list-full', 'lobby-is-open', 'no-such-person', 'bad-poll', 'not-host', 'last-host']);

/** The actions about the whole chat: hosts hear of them in any room, and so does the person. */
const OF_CHAT = new Set(['block', 'unblock', 'host', 'unhost']);

/** Where the browser stores which welcome of the room the reader has read. */
const welcomePlace = `welcome.${currentRoom}`;

/** What each action changes of the state of the room. */
const CHANGES = {
  freeze: () => ({ frozen: true }),
  unfreeze: () => ({ frozen: false }),
  slow: (seconds) => ({ slow: seconds }),
  unslow: () => ({ slow: 0 }),
  close: () => ({ closed: true }),
  unclose: () => ({ closed: false }),
  lesson: () => ({ lesson: true }),
  unlesson: () => ({ lesson: false, isHandUp: false }),
};

/**
 * Makes the line above the field that says who can write, and whether a lesson is on. While it is,
 * the line has a button: `lessonButton(state)` makes it. Returns a function that shows the line.
 */
function openStateLine(lessonButton) {
  const line = elementWith('p', { id: 'ruled', role: 'status' });
  let timer = 0;
  return function show(state) {
    const { mutedTo, frozen, slow, lesson } = state;
    const left = mutedTo - Date.now();
    clearTimeout(timer);
    // The longest time that a browser takes is a little less than this.
    if (left > 0) timer = setTimeout(() => show(state), Math.min(left, 86_400_000));
    const words = left > 0 ? say('mutedFor', { time: roundedLength(left / 1000) }) : frozen ? say('frozenHere') : slow ? say('slowHere', { time: lengthOf(slow) }) : lesson ? say('lessonOn') : '';
    line.replaceChildren(words, ...(lesson ? [' ', lessonButton(state)] : []));
    if (!words) line.remove();
    else if (!line.isConnected) pageElement('#composer .line').before(line);
  };
}

/**
 * Makes these parts. `send(request)` sends a request; `tell(words)` tells the reader of a problem,
 * and `inform(words)` of something else; `view` is the log view of the room; `openMenu()` opens the
 * menu of the room; `isKeeper()`: the reader looks after the room, and
 * `becomeKeeper(isIt)` changes that. `keeps(name)`: somebody else looks after it, and
 * `keeps(name, isIt)` changes that; `isHost(name)` and `isHost(name, isIt)` are the same for a
 * host. `name()` is the reader's name.
 */
export function openKeeping({ send, tell, inform, view, isKeeper, becomeKeeper, keeps, isHost, name, openMenu }) {
  // The reader looks after the room and ends the lesson, or raises a hand and takes it down.
  const showState = openStateLine(({ isHandUp }) => {
    const action = isKeeper() ? 'unlesson' : isHandUp ? 'unhand' : 'hand';
    return button(say(`menu-${action}`), () => tell(act(action)));
  });
  // What holds in the room: { frozen, closed, slow, lesson, mutedTo, isHandUp }: in slow mode the
  // pause in seconds, and until when the reader is muted, in ms.
  let state = { frozen: false, closed: false, slow: 0, lesson: false, mutedTo: 0, isHandUp: false };
  // Where the room's menu shows it, with lists of people; `null`: it was not opened yet.
  let panel = null;
  // Whether the next `room-state` answers `/state`, and is told in the log.
  let wantsWords = false;
  // Whether the next one is for a keeper who has just come in, and whether that was asked already.
  let [isFirst, hasAsked] = [false, false];
  // The people about whom there is a rule now, by the action that has made it.
  const ruled = { mute: new Set(), kick: new Set(), ban: new Set() };
  const act = (action, more) => (send({ type: 'act', room: currentRoom, action, ...more }) ? '' : say('needsConnection'));
  const onSomebody = (action) => (typed) => act(action, readAct(typed));
  /** An action without a time: all that was typed is the name. */
  const onNamed = (action) => (typed) => act(action, { whom: typed.replace(/^@/, '').replace(/^"([^]*)"$/, '$1') });
  const askState = () => send({ type: 'room-state', room: currentRoom });

  /** An action about a message: "#42", or "#42 REASON". */
  const onMessage = (action) => (typed) => {
    const [, seq, reason] = /^#?(\d{1,15})(?:\s+(.*))?$/.exec(typed) || [];
    return seq ? act(action, { seq: Number(seq), reason: reason || '' }) : null;
  };

  /** Returns whose a message is, and how it begins; '' if the page does not have it. */
  function beginning(seq) {
    const { from, text } = (seq && view.find(seq)) || {};
    return text ? ` (${isolated(from || name())}${say('colon')}${isolated(firstWords(text))})` : '';
  }

  /** Returns what the room is told. */
  function wordsOf({ action, by, whom, seq, for: seconds, reason }, isGone = false) {
    const n = seq ? `${seq}${isGone ? '' : beginning(seq)}` : '';
    const told = say(`act-${action}`, { by: isolated(by), name: isolated(whom || ''), n, time: seconds ? lengthOf(seconds) : '' });
    // The question ends at its mark, or at the first bar.
    if (action === 'poll') return `${told} ${isolated(/\|/.test(reason) ? reason.split('|')[0].trim() : reason.replace(/([?？]).*/s, '$1'))}`;
    if (action === 'welcome') return `${told} ${isolated(reason)}`;
    return reason ? say('withReason', { text: told, reason: isolated(reason) }) : told;
  }

  /** Asks what holds in the room, to tell it in the log. Returns what is wrong. */
  function tellState() {
    wantsWords = askState();
    return wantsWords ? '' : say('needsConnection');
  }

  const loadPoll = laterModule('./places/poll.js', ({ openPoll }) => openPoll({
    vote: (choice) => tell(act('vote', { choice })),
    endButton: () => (isKeeper() ? button(say('menu-unpoll'), () => tell(act('unpoll'))) : ''),
  }));
  // Whether this page has heard of a poll.
  let hasHeardOfPoll = false;
  /** Does something with the poll. Without a connection it is loaded with the next `joined`. */
  const withPoll = (use) => loadPoll().then(use, () => {});

  /** Says what holds in the room, for `/state`. */
  function stateWords({ frozen, closed, slow, lesson, keepers, welcome, ...lists }) {
    const named = (key, people) => (people.length ? `${say(key)}${say('colon')}${people.map((one) => isolated(one.name || one)).join(', ')}` : '');
    return [
      keepers.length ? named('kept-keepers', keepers) : say('onlyHosts'),
      welcome && say('roomSays', { text: isolated(welcome) }),
      frozen && say('frozenHere'), slow && say('slowHere', { time: lengthOf(slow) }), closed && say('closedHere'), lesson && say('lessonHere'),
      ...['hands', 'waiting', 'muted', 'put_out', 'banned'].map((field) => named(`kept-${field}`, lists[field])),
      named('kept-reports', lists.reports.map(({ seq }) => `#${seq}`)),
      ...(lists.chat ? [named('hostHosts', lists.chat.hosts), named('hostBlocked', lists.chat.blocked)] : []),
    ].filter(Boolean).join('\n');
  }

  /** Says which hands are up, and which reports and which people wait for a keeper who comes in. */
  function tellOfWaiting({ reports, waiting, hands }) {
    const told = [['kept-hands', hands], ['kept-reports', reports], ['kept-waiting', waiting]].filter(([, list]) => list.length);
    if (!told.length) return;
    const note = view.addNote('note', told.map(([key, list]) => `${say(key)}${say('colon')}${list.length}`).join(say('besides')));
    note.action = { words: say('keepRoom'), act: openMenu };
    view.redraw();
  }

  /** What undoes each action that can be undone by a press. */
  const undone = {
    mute: 'unmute', kick: 'unkick', ban: 'unban', block: 'unblock', freeze: 'unfreeze', slow: 'unslow', close: 'unclose', admit: 'unadmit', keeper: 'unkeeper', welcome: 'unwelcome', lesson: 'unlesson',
  };

  // The notes that may have the beginning of a message in them, each with its frame.
  let quoting = [];
  // The notes with a button, each with the action that the button asks for. The button goes when
  // that is done, by whomever.
  let offers = [];

  /** Adds a note with a button that sends an action; `about` is { whom } or { seq }. */
  function noteWith(words, buttonWords, action, about) {
    const note = view.addNote('note', words);
    note.leadsTo = about.seq;
    note.action = { words: buttonWords, act: () => tell(act(action, about)) };
    offers.push({ note, action, ...about });
    view.redraw();
    return note;
  }

  function askToDelete(whom) {
    noteWith(say('deleteAllReally', { name: isolated(whom) }), say('delete'), 'delete-all', { whom });
    // The question stands at the end of the log.
    view.toBottom();
  }

  /** Takes away the buttons for which this holds: there is nothing for them to do any more. */
  function withdraw(isOver) {
    // The row is made again, without the button.
    offers.filter(isOver).forEach(({ note }) => Object.assign(note, { action: null, row: null }));
    offers = offers.filter((offer) => !isOver(offer));
    view.redraw();
  }

  /**
   * Shows a hand that is up or down. Only whoever raised it and those who look after the room hear
   * of it.
   */
  function showHand(frame) {
    const { action, by, whom } = frame;
    const isOwn = nameKey(action === 'lower' ? whom : by) === nameKey(name());
    withdraw((offer) => offer.action === 'lower' && nameKey(offer.whom) === nameKey(whom || by));
    if (isOwn) {
      state.isHandUp = action === 'hand';
      inform(action === 'hand' ? say('handUp') : action === 'lower' ? say('handSeen', { by: isolated(by) }) : '');
    } else if (action === 'hand' && isKeeper()) noteWith(wordsOf(frame), say('menu-lower'), 'lower', { whom: by });
  }

  /** Shows what somebody did in the log, with a button for what a keeper can do about it. */
  function showActed(frame) {
    const { action, by, whom, seq } = frame;
    const undo = undone[action];
    // That many messages are gone, a line of the log says.
    if (['delete-all', 'delete-everything'].includes(action)) return;
    if (['hand', 'unhand', 'lower'].includes(action)) showHand(frame);
    else if (action === 'vote') {
      withPoll((poll) => poll.chosen(frame.choice));
      inform(say('voted'));
    }
    else if (undo && isKeeper()) noteWith(wordsOf(frame), say('undo'), undo, { whom });
    else if (action === 'report' && isKeeper()) quoting.push([noteWith(wordsOf(frame), say('menu-dismiss'), 'dismiss', { seq }), frame]);
    else if (action === 'report' && nameKey(by) === nameKey(name())) inform(say('reported'));
    else quoting.push([view.addNote('note', wordsOf(frame)), frame]);
  }

  /** A deleted text must not stay in a note about its report. */
  function forgetText(isGone) {
    const gone = quoting.filter(([, { seq }]) => seq && isGone(seq));
    gone.forEach(([note, frame]) => Object.assign(note, { text: wordsOf(frame, true), row: null }));
    quoting = quoting.filter((one) => !gone.includes(one));
    withdraw(({ action, seq }) => action === 'dismiss' && isGone(seq));
    // The lists in the room's menu have such beginnings, too.
    if (panel) askState();
  }

  /** Shows the welcome of the room, if the reader has not read it on this device. */
  function showWelcome(text) {
    if (!text || readSetting(welcomePlace) === text) return;
    view.addNote('note', say('roomSays', { text: isolated(text) }));
    writeSetting(welcomePlace, text);
  }

  /** Notes about whom there is a rule now, for the menu of that person. */
  function noteRule({ action, whom }) {
    for (const [made, people] of Object.entries(ruled)) {
      if (action === made) people.add(nameKey(whom));
      else if (action === undone[made]) people.delete(nameKey(whom));
    }
  }

  /** Takes what somebody did, for the log of the room. */
  function acted(frame) {
    noteRule(frame);
    // Whoever is here has read it by that.
    if (frame.action === 'welcome') writeSetting(welcomePlace, frame.reason);
    const isReader = frame.whom && nameKey(frame.whom) === nameKey(name());
    if (['keeper', 'unkeeper'].includes(frame.action)) {
      keeps(frame.whom, frame.action === 'keeper');
      if (isReader) becomeKeeper(frame.action === 'keeper');
    }
    if (['host', 'unhost'].includes(frame.action)) isHost(frame.whom, frame.action === 'host');
    const isWhom = (whom) => nameKey(whom || '') === nameKey(frame.whom || '');
    withdraw(({ action, whom, seq }) => action === frame.action && isWhom(whom) && seq === frame.seq);
    if (!isKeeper()) withdraw(() => true);
    showActed(frame);
    // The server's page says who has done it, for how long and why, and which rooms there are.
    if (isReader && ['kick', 'ban', 'block'].includes(frame.action)) location.reload();
    if (isReader && frame.action === 'mute') state.mutedTo = Date.now() + frame.for * 1000;
    if (isReader && frame.action === 'unmute') state.mutedTo = 0;
    Object.assign(state, CHANGES[frame.action] ? CHANGES[frame.action](frame.for) : {});
    // What was said of a text that was refused is over.
    if (['unfreeze', 'unslow'].includes(frame.action) || (isReader && frame.action === 'unmute')) inform('');
    showState(state);
    if (panel && panel.isOpen()) askState();
  }

  const takers = {
    acted,
    delete: ({ of }) => forgetText((seq) => seq === of),
    removed: ({ lines, all }) => forgetText((seq) => all || lines.includes(seq)),
    joined({ frozen, closed, slow, lesson, poll: hasPoll, muted, maker, welcome }) {
      state = { frozen: Boolean(frozen), closed: Boolean(closed), slow: slow || 0, lesson: Boolean(lesson), mutedTo: muted ? Date.now() + muted * 1000 : 0, isHandUp: false };
      showState(state);
      showWelcome(welcome || '');
      if (hasHeardOfPoll && !hasPoll) withPoll((poll) => poll.close());
      // What waits for a keeper is told once for each page. The answer also says whether the
      // reader's hand is up, and how the poll stands.
      const isNewKeeper = maker && !hasAsked;
      const isAsked = (isNewKeeper || lesson || hasPoll) && askState();
      if (isNewKeeper) [isFirst, hasAsked] = [isAsked, true];
    },
    poll(frame) {
      hasHeardOfPoll = true;
      withPoll((poll) => {
        if (frame.change !== 'ended') poll.show(frame);
        else {
          view.addNote('note', poll.resultOf(frame));
          poll.close();
        }
      });
    },
    /** Somebody wants to come into the closed room. */
    waits: ({ name: who }) => noteWith(say('waitsOutside', { name: isolated(who) }), say('menu-admit'), 'admit', { whom: who }),
    'room-state'(frame) {
      if (wantsWords) view.addNote('note', stateWords(frame));
      else if (isFirst) tellOfWaiting(frame);
      [wantsWords, isFirst] = [false, false];
      state.isHandUp = frame.hands.some((one) => nameKey(one) === nameKey(name()));
      showState(state);
      for (const [action, field] of [['mute', 'muted'], ['kick', 'put_out'], ['ban', 'banned']]) ruled[action] = new Set(frame[field].map((one) => nameKey(one.name)));
      if (panel) panel.show(frame);
    },
  };

  return {
    commands: {
      mute: onSomebody('mute'),
      unmute: onSomebody('unmute'),
      kick: onSomebody('kick'),
      unkick: onSomebody('unkick'),
      ban: onSomebody('ban'),
      unban: onNamed('unban'),
      keeper: onNamed('keeper'),
      unkeeper: onNamed('unkeeper'),
      admit: onNamed('admit'),
      unadmit: onNamed('unadmit'),
      'delete-all': onNamed('delete-all'),
      'delete-everything': () => act('delete-everything'),
      block: onSomebody('block'),
      unblock: onNamed('unblock'),
      host: onNamed('host'),
      unhost: onNamed('unhost'),
      report: onMessage('report'),
      dismiss: onMessage('dismiss'),
      freeze: () => act('freeze'),
      unfreeze: () => act('unfreeze'),
      slow: (typed) => (typed && !secondsOf(typed) ? null : act('slow', typed ? { for: secondsOf(typed) } : {})),
      unslow: () => act('unslow'),
      close: () => act('close'),
      unclose: () => act('unclose'),
      lesson: () => act('lesson'),
      unlesson: () => act('unlesson'),
      hand: () => act('hand'),
      unhand: () => act('unhand'),
      lower: onNamed('lower'),
      poll: (typed) => (typed ? act('poll', { reason: typed }) : tellState()),
      unpoll: () => act('unpoll'),
      vote: (typed) => (/^#?[1-9]$/.test(typed) ? act('vote', { choice: Number(typed.replace('#', '')) }) : null),
      welcome: (typed) => act('welcome', { reason: typed }),
      unwelcome: () => act('unwelcome'),
      rules: () => tellState(),
      state: () => tellState(),
    },
    /**
     * What the menu of a person offers: pairs of words and of what a press does. Nobody acts
     * against somebody who looks after the room, too.
     */
    onPerson: (name) => (!isKeeper() || isHost(name) ? [] : keeps(name) ? ['unkeeper'] : [
      ...Object.keys(ruled).map((action) => (ruled[action].has(nameKey(name)) ? undone[action] : action)), 'keeper', 'delete-all',
    ]).map((action) => [
      say(`menu-${action}`, { time: lengthOf(MENU_SECONDS[action] || 0) }),
      // What cannot be undone is asked first, in the log.
      () => (action === 'delete-all' ? askToDelete(name) : tell(act(action, { whom: name, for: MENU_SECONDS[action] }))),
    ]),
    /** Takes a frame of this room that is about what holds there, or about what somebody did. */
    noticed(frame) {
      const isHere = frame.room === currentRoom || (frame.type === 'acted' && OF_CHAT.has(frame.action));
      if (isHere && takers[frame.type]) takers[frame.type](frame);
    },
    /**
     * The part of the room's menu that shows who is muted, and so on: { show, tell, isOpen };
     * `show` takes the frame `room-state`, and `tell` what is wrong.
     */
    showsIn(made) { panel = made; },
    /** Takes a refusal. Returns true if it is told in the room's menu. */
    refused(frame) {
      const isOurs = frame.room === currentRoom && !frame.id && panel && panel.isOpen() && OF_ACTIONS.has(frame.reason);
      if (!isOurs) return false;
      panel.tell(refusalWords(frame));
      askState();
      return true;
    },
    act,
    askState,
    reader: name,
    wordsOf,
  };
}
