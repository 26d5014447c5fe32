// What somebody does who looks after the room: mutes a person, puts a person out, freezes the room.
//
// Owns: how these commands are typed, what the menu of a person offers, and what the room is told.
// Must not know: who looks after the room; the server decides that.
//
// Part: `chat.js`.

import { currentRoom } from '../addresses.js';
import { isolated, nameKey } from '../elements.js';
import { say } from '../words.js';

/** How long an action of the menu lasts, in seconds. */
const MENU_SECONDS = 600;
const UNITS = { s: 1, m: 60, h: 3600, d: 86400 };

/** Reads "10m" as seconds; 0 if it is no length of time. */
function secondsOf(typed) {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(typed) || [];
  return unit ? Number(count) * UNITS[unit] : 0;
}

/** Writes seconds in the largest unit that divides them: "10 min". */
function lengthOf(seconds) {
  const [unit, size] = Object.entries(UNITS).reverse().find(([, size]) => seconds % size === 0);
  return say(`time-${unit}`, { n: seconds / size });
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

/**
 * Makes these parts. `send(request)` sends a request; `tell(words)` tells the reader of a problem;
 * `view` is the log view of the room; `isKeeper()`: the reader looks after the room; `name()` is
 * the reader's name; `putOut(refusal)`: the reader is in the room no more.
 */
export function openKeeping({ send, tell, view, isKeeper, name, putOut }) {
  const act = (action, more) => (send({ type: 'act', room: currentRoom, action, ...more }) ? '' : say('needsConnection'));
  const onSomebody = (action) => (typed) => act(action, readAct(typed));

  /** Returns what the room is told. */
  function wordsOf({ action, by, whom, for: seconds, reason }) {
    const told = say(`act-${action}`, { by: isolated(by), name: isolated(whom || ''), time: seconds ? lengthOf(seconds) : '' });
    return reason ? say('withReason', { text: told, reason: isolated(reason) }) : told;
  }

  /** What undoes each action that can be undone by a press. */
  const undone = { mute: 'unmute', kick: 'unkick', freeze: 'unfreeze' };

  return {
    commands: {
      mute: onSomebody('mute'),
      unmute: onSomebody('unmute'),
      kick: onSomebody('kick'),
      unkick: onSomebody('unkick'),
      freeze: () => act('freeze'),
      unfreeze: () => act('unfreeze'),
    },
    /** What the menu of a person offers: pairs of words and of what a press does. */
    onPerson: (name) => (isKeeper() ? ['mute', 'kick'] : []).map((action) => [
      say(`menu-${action}`, { time: lengthOf(MENU_SECONDS) }), () => tell(act(action, { whom: name, for: MENU_SECONDS })),
    ]),
    /** Takes what somebody did, for the log of the room. */
    acted(frame) {
      if (frame.room !== currentRoom) return;
      const note = view.addNote('note', wordsOf(frame));
      if (frame.action === 'kick' && nameKey(frame.whom) === nameKey(name())) putOut({ room: currentRoom, reason: 'put-out' });
      const undo = undone[frame.action];
      if (undo && isKeeper()) {
        note.action = {
          words: say('undo'),
          act() {
            const problem = act(undo, { whom: frame.whom });
            if (problem) tell(problem);
            else view.remove(note);
          },
        };
        view.redraw();
      }
    },
  };
}
