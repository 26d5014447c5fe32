// Who is here, and who types.
//
// Owns: the list of names, the count, and the words "Ann is typing".
// Must not know: the log, the line.
//
// Next: `comings.js`.

import { TYPING_SHOWN_MS, TYPING_TOLD_MS } from './limits.js';
import { colourOf } from './row.js';
import { apart, element, fillSentence } from './text.js';

/**
 * The people of a room: `count` is the panel's word, `list` where names stand,
 * `typing` where it says who types. `me()` is one's own name; who `hides` does not type.
 * `counted(n)` hears how many there are.
 */
export function watchPeople({ count, list, typing, say, me, hides, counted }) {
  let names = new Set();
  let people = 0;
  const typists = new Map();

  function show() {
    count.textContent = say(people === 1 ? 'hereOne' : 'hereMany', { n: people });
    counted(people);
    const rows = Array.from(names).sort((one, other) => one.localeCompare(other)).map((name) => {
      const row = element('li', '', element('b', `who ${colourOf(name)}`, element('bdi', '', name)));
      if (name === me()) row.append(` (${say('you')})`);
      return row;
    });
    if (people > names.size) rows.push(element('li', '', say('andMore', { n: people - names.size })));
    list.replaceChildren(...rows);
  }

  function showTyping() {
    const [one, two] = Array.from(typists.keys(), apart);
    fillSentence(typing, typists.size > 2 ? say('typingMany')
      : two ? say('typingTwo', { one, two }) : one ? say('typingOne', { one }) : '');
  }

  function stops(name) {
    clearTimeout(typists.get(name));
    typists.delete(name);
    showTyping();
  }

  return {
    names: () => Array.from(names),
    /** All of them, as the box knows them now. */
    are(told) {
      names = new Set(told.names);
      people = told.people;
      show();
    },
    /** How many, before one knows who. */
    count(n) {
      people = n;
      show();
    },
    came(told) {
      if (told.here) names.add(told.name);
      else names.delete(told.name);
      people = told.people;
      stops(told.name);
      show();
    },
    /** False: nobody who is here. */
    renamed(told) {
      if (!names.delete(told.from)) return false;
      names.add(told.to);
      stops(told.from);
      show();
      return true;
    },
    types(name) {
      if (name === me() || hides({ from: name })) return;
      clearTimeout(typists.get(name));
      typists.set(name, setTimeout(stops, TYPING_SHOWN_MS, name));
      showTyping();
    },
    stops,
  };
}

/** Tells that one types in `field`, now and then; a command is nobody's business. */
export function typingTeller({ field, tell }) {
  let toldAt = 0;
  return {
    typed() {
      if (field.value.startsWith('/') || Date.now() - toldAt < TYPING_TOLD_MS) return;
      toldAt = Date.now();
      tell();
    },
    /** It was said. */
    isOver() { toldAt = 0; },
  };
}
