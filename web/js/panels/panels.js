// The panels of the header: how they open and close, the panel of rooms, and the header's words about this room.
//
// Owns: that one panel is open at a time, and on a wide page two stand as columns; the list of rooms; topic, history and
// leaving of the room of this page; on paper, from which day to which the messages are.
// Must not know: what a row says, how a request travels.
//
// Part: `chat.js`.

import { currentRoom, historyLink, roomLink } from '../addresses.js';
import { arrange, button, element, withoutOverrides } from '../elements.js';
import { pageElement } from '../layout.js';
import { COLUMNS_REM, ROOM_LIST_FRESH_MS } from '../limits.js';
import { dayOf, say, sayCount } from '../words.js';

/**
 * Makes the panels of the header. Escape, or a click elsewhere, closes one. Columns are open beside it. `escaped()` is called
 * for an Escape without an open panel.
 */
export function openPanels(escaped) {
  const header = pageElement('header');
  const aside = pageElement('aside');
  const all = Array.from(header.querySelectorAll('details'));
  const columns = all.filter((panel) => panel.classList.contains('column'));
  // A style sheet would take the browser's size of letters, and not the reader's.
  const root = document.documentElement;
  const wide = matchMedia(`(min-width: ${COLUMNS_REM * parseFloat(getComputedStyle(root).fontSize)}px)`);
  const isColumn = (panel) => wide.matches && columns.includes(panel);

  function closeOthers(stays) {
    const open = all.filter((panel) => panel.open && panel !== stays && !isColumn(panel));
    open.forEach((panel) => { panel.open = false; });
    return open.length > 0;
  }

  /** Focuses the word that opens a panel; on a narrow page that may be the rooms'. */
  function focusSummary(panel) {
    const summary = panel.querySelector('summary');
    (summary.offsetParent ? summary : header.querySelector('#rooms summary')).focus();
  }

  for (const panel of all) {
    panel.addEventListener('toggle', () => { if (panel.open && !isColumn(panel)) closeOthers(panel); });
    panel.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !panel.open || isColumn(panel)) return;
      event.stopPropagation();
      panel.open = false;
      focusSummary(panel);
    });
  }
  addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.isComposing || event.keyCode === 229) return;
    if (!closeOthers(null)) escaped();
  });
  addEventListener('pointerdown', (event) => {
    if (!event.target.closest || !event.target.closest('details')) closeOthers(null);
  });

  function moveColumns() {
    root.classList.toggle('columns', wide.matches);
    const focused = columns.some((panel) => panel.contains(document.activeElement)) && document.activeElement;
    if (wide.matches) aside.append(...columns);
    else header.querySelector('nav').prepend(...columns);
    columns.forEach((panel) => { panel.open = wide.matches; });
    // An element that moves loses the focus; in a panel that closes it cannot stay.
    if (focused) (wide.matches ? focused : focused.closest('details').firstChild).focus();
  }
  wide.addEventListener('change', moveColumns);
  moveColumns();
  // Panels begin below the header, which has two rows where its words need them.
  new ResizeObserver(() => root.style.setProperty('--header', `${header.offsetHeight}px`)).observe(header);

  return {
    /** Closes the open panel. Returns false if there was none. */
    close: () => closeOthers(null),
    /** Opens the panel with this id. The others close now, and not at the browser's event, which may come after another call. */
    open(id) {
      const panel = all.find((one) => one.id === id);
      panel.open = true;
      closeOthers(panel);
    },
  };
}

/** Makes the panel with the list of rooms. */
export function openRoomList({ connection, panels, rooms, access, privateTalk }) {
  const panel = pageElement('#rooms');
  const list = panel.querySelector('ul');
  const form = panel.querySelector('.goto');
  const summary = panel.querySelector('summary');
  // Of each room in the list: its row, and what changes in it.
  const rows = new Map();
  // Rooms that ask for a password ask for it in this panel.
  const locked = new Set();
  let askedAt = 0;
  let peopleHere = 0;
  summary.textContent = say('rooms');
  panel.addEventListener('toggle', () => refresh(0));
  // A reader who comes nearer wants to go somewhere.
  panel.addEventListener('pointerenter', () => refresh(0));
  panel.addEventListener('focusin', ({ relatedTarget }) => { if (!panel.contains(relatedTarget)) refresh(0); });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const room = form.elements.room.value.trim();
    if (room) access.enter(room);
  });
  list.addEventListener('click', (event) => {
    const link = event.target.closest('a');
    const opensElsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
    if (!link || opensElsewhere || !locked.has(link.textContent)) return;
    event.preventDefault();
    access.enter(link.textContent);
  });
  // On a narrow page these are here and not in the header.
  const others = [
    button(say('find'), () => panels.open('search')),
    button(say('private'), () => {
      panels.close();
      privateTalk.open();
    }),
  ];
  others.forEach((other) => other.classList.add('narrow'));
  panel.querySelector('.door').after(...others);

  /** Asks for the list if it is seen, and older than this. */
  function refresh(age) {
    const isWanted = panel.open && !document.hidden && Date.now() - askedAt >= age;
    if (isWanted && connection.send({ type: 'rooms' })) askedAt = Date.now();
  }

  function createRow(room) {
    const link = element('a', '', element('bdi', '', room));
    link.href = roomLink(room);
    if (room === currentRoom) link.setAttribute('aria-current', 'page');
    const [count, news, topic] = [element('span', ''), element('b', ''), element('small', '')];
    return { row: element('li', '', link, ' ', count, news, ' ', topic), count, news, topic };
  }

  function drawCount(room, n) {
    if (rows.has(room)) rows.get(room).count.textContent = sayCount(n, 'hereOne', 'hereMany');
  }

  function drawNews() {
    for (const [room, { news }] of rows) {
      const { count: n, toMe } = rooms.newsIn(room);
      const words = say('newThere', { n });
      news.textContent = n ? `, ${toMe ? say('pillToYou', { words, n: toMe }) : words}` : '';
    }
  }

  return {
    /** Something happened on the connection, so the list may be old. */
    refreshSoon: () => refresh(ROOM_LIST_FRESH_MS),
    /** Shows how much is new in other rooms: `n` messages in all of them. */
    showNews(n) {
      summary.textContent = n ? say('roomsNew', { n }) : say('rooms');
      summary.classList.toggle('fresh', n > 0);
      drawNews();
    },
    /** Shows how many people are in the room of this page: nobody needs to ask for that. */
    showPeopleHere(n) {
      peopleHere = n;
      drawCount(currentRoom, n);
    },
    /** Takes a `rooms`: the list. */
    set(frame) {
      const names = new Set(frame.rooms.map(({ room }) => room));
      locked.clear();
      frame.rooms.forEach((one) => { if (one.locked && one.room !== currentRoom) locked.add(one.room); });
      Array.from(rows.keys()).forEach((room) => { if (!names.has(room)) rows.delete(room); });
      arrange(list, frame.rooms.map(({ room, topic, people: n }) => {
        if (!rows.has(room)) rows.set(room, createRow(room));
        drawCount(room, room === currentRoom && peopleHere ? peopleHere : n);
        rows.get(room).topic.textContent = withoutOverrides(topic);
        return rows.get(room).row;
      }));
      drawNews();
    },
  };
}

/** Makes the header's words about this room, and the form for its topic. */
export function openRoomHeader({ roomLog, panels, commands }) {
  const [topic, older, span] = ['#topic', '#older', '#span'].map(pageElement);
  const histories = ['.near .past', '.far.past'].map(pageElement);
  const form = pageElement('#rooms .topic');
  let shown = '';
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    commands.setTopic(form.elements.topic.value.trim());
    panels.close();
  });
  pageElement('#rooms .leave').addEventListener('click', commands.leaveRoom);

  /** On paper: from which day to which the messages are. */
  function drawSpan() {
    const talk = document.querySelector('#letters:not([hidden])');
    const times = Array.from((talk || pageElement('#box')).querySelectorAll('.said time'), (time) => Date.parse(time.dateTime));
    const [from, to] = [Math.min(...times), Math.max(...times)].map((time) => (times.length ? dayOf(time) : ''));
    span.textContent = from === to ? from : say('span', { from, to });
  }

  matchMedia('print').addEventListener('change', drawSpan);
  addEventListener('beforeprint', drawSpan);

  return {
    showTopic(words) {
      topic.textContent = withoutOverrides(words);
      topic.title = withoutOverrides(words);
      if (!form.contains(document.activeElement)) form.elements.topic.value = words;
    },
    /** The log's rows begin with this number; 0: before them there is nothing. */
    begins(seq) {
      // Called with every drawing.
      if (shown === `${seq} ${roomLog.seq()}`) return;
      shown = `${seq} ${roomLog.seq()}`;
      older.hidden = !seq;
      older.firstChild.href = historyLink(currentRoom, seq);
      histories.forEach((link) => { link.href = historyLink(currentRoom, roomLog.seq() + 1); });
    },
  };
}
