// The panels of the header: rooms, private messages, one's name.
//
// Owns: what stands in them, and that one is open at a time.
// Must not know: the log, the line.
//
// Next: `found.js`.

import { colourOf } from './row.js';
import { button, element, fillText } from './text.js';

/**
 * One panel is open at a time; Escape, or a click elsewhere, closes it. `close()` says
 * whether one was open.
 */
export function openPanels(header) {
  const panels = Array.from(header.querySelectorAll('details'));
  function closeBut(stays) {
    const open = panels.filter((panel) => panel.open && panel !== stays);
    open.forEach((panel) => { panel.open = false; });
    return open.length > 0;
  }

  for (const panel of panels) {
    panel.addEventListener('toggle', () => { if (panel.open) closeBut(panel); });
    panel.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !panel.open) return;
      event.stopPropagation();
      panel.open = false;
      panel.querySelector('summary').focus();
    });
  }
  addEventListener('pointerdown', (event) => {
    if (!event.target.closest || !event.target.closest('details')) closeBut(null);
  });
  return { close: () => closeBut(null) };
}

/**
 * The rooms there are. `ask()` asks for them, `go(room)` goes there, `search()` to the
 * search; `freshIn(room)` is how much is new there.
 */
export function roomsPanel({ panel, say, here, ask, addressOf, go, search, freshIn }) {
  const list = panel.querySelector('ul');
  const form = panel.querySelector('form');
  const word = panel.querySelector('summary');
  word.textContent = say('rooms');
  panel.addEventListener('toggle', () => { if (panel.open) ask(); });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const room = form.elements.room.value.trim();
    if (room) go(room);
  });
  // Where the header has no room for it.
  const searches = button(say('find'), search);
  searches.classList.add('narrow');
  form.after(searches);
  // Of each room in the list: how much is new there.
  const marks = new Map();

  /** Only what changes: a row keeps its focus, and nobody is asked. */
  function drawMarks() {
    for (const [room, mark] of marks) {
      const { fresh: n, toMe } = freshIn(room);
      const words = say('newThere', { n });
      mark.textContent = n ? `, ${toMe ? say('pillToYou', { words, n: toMe }) : words}` : '';
    }
  }

  return {
    /** So much is new in other rooms. */
    count(n) {
      word.textContent = n ? say('roomsNew', { n }) : say('rooms');
      word.classList.toggle('fresh', n > 0);
      drawMarks();
    },
    are(told) {
      marks.clear();
      list.replaceChildren(...told.rooms.map(({ room, topic, people }) => {
        const link = element('a', '', element('bdi', '', room));
        link.href = addressOf(room);
        if (room === here) link.setAttribute('aria-current', 'page');
        const row = element('li', '', link, ` ${say(people === 1 ? 'hereOne' : 'hereMany', { n: people })}`);
        const mark = element('b', '');
        marks.set(room, mark);
        row.append(mark);
        if (topic) row.append(' ', element('small', '', topic));
        return row;
      }));
      drawMarks();
    },
  };
}

/** What was written to one alone, and by one. `seen()` hears that it was looked at. */
export function privatePanel({ panel, say, clock, me, seen }) {
  const list = panel.querySelector('ol');
  const count = panel.querySelector('summary');
  count.textContent = say('private');
  panel.addEventListener('toggle', () => {
    if (!panel.open) return;
    seen();
    if (list.lastElementChild) list.lastElementChild.scrollIntoView({ block: 'nearest' });
  });

  function row(letter) {
    const own = letter.from === me();
    const who = element('b', own ? 'who' : `who ${colourOf(letter.from)}`,
      element('bdi', '', own ? say('youTo', { name: letter.to }) : letter.from));
    const time = element('time', '', clock.time(letter.at));
    const text = element('div', 'text');
    text.dir = 'auto';
    fillText(text, letter.text);
    const item = element('li', '', element('p', 'head', who, ' ', time), text);
    const state = element('span', 'mark', letter.state ? say(letter.state) : '');
    if (own) item.append(state);
    return item;
  }

  return {
    /** Everything that is there, oldest first; `n` of it is unread. */
    show(letters, n) {
      list.replaceChildren(...letters.map(row));
      if (n && panel.open) seen();
      else count.textContent = n ? say('privateNew', { n }) : say('private');
      count.classList.toggle('fresh', n > 0);
    },
  };
}

/** One's name. `take(name)` asks for another. */
export function namePanel({ panel, say, take }) {
  const form = panel.querySelector('form');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const name = form.elements.name.value.trim();
    if (name) take(name);
    panel.open = false;
  });
  return {
    /** What was typed before the panel was here: taken, unless it is still being typed. */
    typed(name, isNaming) {
      form.elements.name.value = name;
      if (!isNaming) {
        take(name);
        return;
      }
      panel.open = true;
      form.elements.name.focus();
    },
    is(name) {
      const word = panel.querySelector('summary');
      word.replaceChildren(element('bdi', '', name));
      word.title = say('changeName');
      if (document.activeElement !== form.elements.name) form.elements.name.value = name;
    },
  };
}

/** Whom one ignores, each with the way back. Returns what draws them. */
export function ignoredPanel({ place, say, ignored }) {
  function draw() {
    place.hidden = !ignored.all().length;
    place.replaceChildren(element('p', '', say('ignored')), ...ignored.all().map((name) => (
      element('p', '', element('bdi', '', name), ' ', button(say('hearAgain'), () => {
        ignored.turn(name);
        // The button is gone.
        place.closest('details').querySelector('summary').focus();
      }))
    )));
  }
  draw();
  return draw;
}

/** By which way the page talks: the reader's choice is kept. */
export function wayPanel({ panel, way, choose }) {
  const list = panel.querySelector('select');
  list.value = way.is();
  list.addEventListener('change', () => {
    way.set(list.value);
    choose();
  });
}
