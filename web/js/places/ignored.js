// Whom the reader ignores.
//
// Owns: the names of these people, in the browser's storage, for all rooms and tabs; the names that
// they take later, and for how long each of these counts.
// Must not know: what is hidden of them.
//
// A name that the reader has chosen is ignored until the reader hears it again. A name that an
// ignored person takes later may be somebody else's tomorrow. So it counts only until the person
// takes another one or leaves; after that it hides only lines from before.
//
// Part: `chat.js`.

import { nameKey } from '../elements.js';
import { STORED, browserStorage, readNames } from '../storage.js';

const IGNORED_NAME = `${STORED}ignored`;
/** The names that ignored people have taken later: [[name, until when]]; 0 if they have it now. */
const TAKEN_NAME = `${STORED}ignored.taken`;
/** Most such names that are stored; the oldest goes first. */
const TAKEN_MAX = 20;

function readTaken() {
  try {
    return JSON.parse(browserStorage().read(TAKEN_NAME) || '[]').filter(([name, until]) => typeof name === 'string' && until >= 0);
  } catch (torn) {
    return [];
  }
}

/**
 * Makes the list of people whom the reader ignores. `changed()` is called when it changes, here or
 * in another tab.
 */
export function openIgnored(changed) {
  let names = [];
  let taken = [];
  // Until when each name is ignored, by the names as `nameKey` has them. The log view asks for each
  // row of each drawing, so this is made once.
  let untilOf = new Map();
  become(readNames(IGNORED_NAME), readTaken());

  function become(nowChosen, nowTaken) {
    [names, taken] = [nowChosen, nowTaken];
    untilOf = new Map(taken.map(([name, until]) => [nameKey(name), until || Infinity]));
    names.forEach((name) => untilOf.set(nameKey(name), Infinity));
  }

  function set(nowChosen, nowTaken) {
    become(nowChosen, nowTaken.slice(-TAKEN_MAX));
    browserStorage().write(IGNORED_NAME, names.length ? JSON.stringify(names) : '');
    browserStorage().write(TAKEN_NAME, taken.length ? JSON.stringify(taken) : '');
    changed();
  }

  const isName = (one, other) => nameKey(one) === nameKey(other);
  const has = (name) => untilOf.get(nameKey(name)) === Infinity;
  addEventListener('storage', ({ key }) => {
    if (key !== IGNORED_NAME && key !== TAKEN_NAME) return;
    become(readNames(IGNORED_NAME), readTaken());
    changed();
  });

  /** A person who had taken this name has it no more. */
  const ended = (name) => taken.map(([one, until]) => [one, isName(one, name) && !until ? Date.now() : until]);

  return {
    /** The names that are ignored now. */
    names: () => [...names, ...taken.filter(([, until]) => !until).map(([name]) => name)],
    /** Whether a line, an item or a private message is from an ignored person. */
    hides: (item) => Boolean(item.from) && !item.own && untilOf.size > 0 && (item.at || item.time || Date.now()) < (untilOf.get(nameKey(item.from)) || 0),
    /**
     * Ignores a person, or ignores them no more. Returns true if the person is ignored from now on.
     * `item`: the message beside which the reader did it. If the person had another name then, this
     * name is ignored up to that message: later lines may be another person's.
     */
    toggle(name, item) {
      const was = item ? item.from : name;
      const isNew = !has(name);
      const others = names.filter((one) => !isName(one, name));
      const before = taken.filter(([one]) => !isName(one, name) && !isName(one, was));
      set(isNew ? [...others, name] : others, isNew && !isName(name, was) ? [...before, [was, item.at + 1]] : before);
      return isNew;
    },
    /** Takes a `renamed`: with another name a person is still ignored. */
    renamed({ from, to }) {
      if (!has(from)) return;
      const before = ended(from).filter(([one]) => !isName(one, to));
      if (names.some((name) => isName(name, to))) set(names, before);
      else set(names, [...before, [to, 0]]);
    },
    /** The person with this name has left. */
    left(name) { if (taken.some(([one, until]) => !until && isName(one, name))) set(names, ended(name)); },
  };
}
