// The panels of the header: rooms, one's name.
//
// Owns: what stands in them, and that one is open at a time.
// Must not know: the log, the line.
//
// Next: `found.js`.

import { COLUMNS_REM, ROOMS_FRESH_MS } from './limits.js';
import { arrange, button, element, straight } from './text.js';

/**
 * One panel is open at a time; Escape, or a click elsewhere, closes it. `close()` says
 * whether one was open, `open(panel)` opens one. Columns, where there is room for them, are open beside it.
 */
export function openPanels(header) {
  const panels = Array.from(header.querySelectorAll('details'));
  const columns = panels.filter((panel) => panel.classList.contains('column'));
  // A style sheet reckons with the browser's letters, not with the reader's.
  const root = document.documentElement;
  const wide = matchMedia(`(min-width: ${COLUMNS_REM * parseFloat(getComputedStyle(root).fontSize)}px)`);
  const isColumn = (panel) => wide.matches && columns.includes(panel);

  function closeBut(stays) {
    const open = panels.filter((panel) => panel.open && panel !== stays && !isColumn(panel));
    open.forEach((panel) => { panel.open = false; });
    return open.length > 0;
  }

  /** The word that opens it; on a narrow page that may be the rooms'. */
  function focusWord(panel) {
    const word = panel.querySelector('summary');
    (word.offsetParent ? word : header.querySelector('#rooms summary')).focus();
  }

  for (const panel of panels) {
    panel.addEventListener('toggle', () => { if (panel.open && !isColumn(panel)) closeBut(panel); });
    panel.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !panel.open || isColumn(panel)) return;
      event.stopPropagation();
      panel.open = false;
      focusWord(panel);
    });
  }
  addEventListener('pointerdown', (event) => {
    if (!event.target.closest || !event.target.closest('details')) closeBut(null);
  });
  function stand() {
    root.classList.toggle('columns', wide.matches);
    const focused = columns.some((panel) => panel.contains(document.activeElement)) && document.activeElement;
    if (wide.matches) header.parentNode.querySelector('aside').append(...columns);
    else header.querySelector('nav').prepend(...columns);
    columns.forEach((panel) => { panel.open = wide.matches; });
    // What moves loses it; in a panel that closes it cannot stay.
    if (focused) (wide.matches ? focused : focused.closest('details').firstChild).focus();
  }
  wide.addEventListener('change', stand);
  stand();
  // They begin below the header, which has two rows where its words need them.
  new ResizeObserver(() => root.style.setProperty('--header', `${header.offsetHeight}px`)).observe(header);
  return {
    close: () => closeBut(null),
    /** The others close now, not when the browser comes to tell of it: a later one may be open by then. */
    open(panel) {
      panel.open = true;
      closeBut(panel);
    },
  };
}

/**
 * The rooms there are. `ask()` asks for them, if it can, `enter(room)` goes there, `search()` to the
 * search, `letters()` to private messages; `freshIn(room)` is how much is new there.
 */
export function roomsPanel({ panel, say, here, ask, addressOf, enter, search, letters, freshIn }) {
  const list = panel.querySelector('ul');
  const form = panel.querySelector('.goto');
  const word = panel.querySelector('summary');
  word.textContent = say('rooms');
  let askedAt = 0;
  let hereNow = 0;
  panel.addEventListener('toggle', () => refresh(0));
  // Whoever comes nearer means to go somewhere.
  panel.addEventListener('pointerenter', () => refresh(0));
  panel.addEventListener('focusin', ({ relatedTarget }) => { if (!panel.contains(relatedTarget)) refresh(0); });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const room = form.elements.room.value.trim();
    if (room) enter(room);
  });
  // One that asks for a password asks for it here.
  const locked = new Set();
  list.addEventListener('click', (event) => {
    const link = event.target.closest('a');
    const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
    if (!link || isElsewhere || !locked.has(link.textContent)) return;
    event.preventDefault();
    enter(link.textContent);
  });
  // Where the header has no room for them.
  const others = [button(say('find'), search), button(say('private'), letters)];
  others.forEach((other) => other.classList.add('narrow'));
  panel.querySelector('.door').after(...others);
  // Of each room in the list: its row, and what changes in it.
  const rows = new Map();

  function refresh(age) {
    const isWanted = panel.open && !document.hidden && Date.now() - askedAt >= age;
    if (isWanted && ask()) askedAt = Date.now();
  }

  function rowOf(room) {
    const link = element('a', '', element('bdi', '', room));
    link.href = addressOf(room);
    if (room === here) link.setAttribute('aria-current', 'page');
    const [people, mark, about] = [element('span', ''), element('b', ''), element('small', '')];
    return { row: element('li', '', link, ' ', people, mark, ' ', about), people, mark, about };
  }

  function drawPeople(room, n) {
    if (rows.has(room)) rows.get(room).people.textContent = say(n === 1 ? 'hereOne' : 'hereMany', { n });
  }

  function drawMarks() {
    for (const [room, { mark }] of rows) {
      const { fresh: n, toMe } = freshIn(room);
      const words = say('newThere', { n });
      mark.textContent = n ? `, ${toMe ? say('pillToYou', { words, n: toMe }) : words}` : '';
    }
  }

  return {
    /** Something happened, so other things may have; nobody asks without a cause. */
    stir: () => refresh(ROOMS_FRESH_MS),
    /** So much is new in other rooms. */
    count(n) {
      word.textContent = n ? say('roomsNew', { n }) : say('rooms');
      word.classList.toggle('fresh', n > 0);
      drawMarks();
    },
    /** So many people are here now: of this room nobody needs to ask. */
    hereAre(n) {
      hereNow = n;
      drawPeople(here, n);
    },
    are(told) {
      const names = new Set(told.rooms.map(({ room }) => room));
      locked.clear();
      told.rooms.forEach((one) => { if (one.locked && one.room !== here) locked.add(one.room); });
      Array.from(rows.keys()).forEach((room) => { if (!names.has(room)) rows.delete(room); });
      arrange(list, told.rooms.map(({ room, topic, people: n }) => {
        if (!rows.has(room)) rows.set(room, rowOf(room));
        drawPeople(room, room === here && hereNow ? hereNow : n);
        rows.get(room).about.textContent = straight(topic);
        return rows.get(room).row;
      }));
      drawMarks();
    },
  };
}

/** One's name. `take(name)` asks for another, `open()` opens the panel. */
export function namePanel({ panel, say, take, open }) {
  const form = panel.querySelector('form');
  const why = form.querySelector('p');
  const tell = (words) => {
    why.hidden = !words;
    why.textContent = words;
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const name = form.elements.name.value.trim();
    tell(name ? '' : say('badName', { why: say('name-empty') }));
    panel.open = !name;
    if (name) take(name);
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
    /** Nobody gets the name that was typed: it is there again, and why. */
    refused(typed, words) {
      open();
      form.elements.name.value = typed;
      form.elements.name.focus();
      tell(words);
    },
    is(name) {
      tell('');
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

/** A choice among several: it is kept, and `changed()` hears of it. */
export function choicePanel({ list, choice, changed = () => {} }) {
  list.value = choice.is();
  list.addEventListener('change', () => {
    choice.set(list.value);
    changed();
  });
}
