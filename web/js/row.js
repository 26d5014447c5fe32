// One row of the log: from an item to elements.
//
// Owns: how a row is built, redrawn and reached by keys.
// Must not know: the list, scrolling, the line.
//
// An item is { kind, at, ... }: kind `said` is a message (own, from, text, seq,
// state), `note` something that happened in the room; `day`, `gap`, `stitch` and
// `unread` are lines about the log itself (text).
//
// Next: `mark.js`.

import {
  SHOWN_WHOLE_CHARS_MAX, SHOWN_WHOLE_LINES_MAX, TURN_MS,
} from './limits.js';
import { button, element, fillSentence, fillText, keyOf, standOut } from './text.js';

const encoder = new TextEncoder();

/** Which of twelve colours a name has: FNV-1a, as the server's pages have it. */
export function colourOf(name) {
  const hash = encoder.encode(keyOf(name)).reduce((sum, byte) => Math.imul(sum ^ byte, 0x01000193), 0x811c9dc5);
  return `p${(hash >>> 0) % 12}`;
}

/**
 * Builds and redraws rows in the words of `say` and the times of `clock`; `linkOf(seq)` is
 * where a line is, `me()` what the reader is called; `drawMark(item, isLatest)` marks one's own.
 */
export function rowMaker({ say, clock, linkOf, me, drawMark }) {
  function build(item) {
    const row = element('li', item.kind);
    row.tabIndex = -1;
    if (item.kind !== 'said') {
      row.append(element('p', ''));
      if (item.open) {
        row.classList.add('alone');
        row.append(' ', button(say('openIt'), item.open));
        tabsPast(row);
      }
      return row;
    }
    if (item.own) row.classList.add('own');
    else row.classList.add(colourOf(item.from));
    const text = element('div', 'text');
    // Each text finds its own direction and keeps it to itself.
    text.dir = 'auto';
    row.append(headOf(item), text);
    if (item.own) row.append(element('span', 'mark'));
    return row;
  }

  /** Who and when. Who has no name of their own is a guest here, as on all other pages. */
  function headOf(item) {
    const head = element('p', 'head');
    const who = element('b', 'who', element('bdi', '', item.own ? say('you') : item.from));
    // On paper nobody is "you".
    if (item.own) who.dataset.name = item.from || '';
    head.append(who, ' ');
    if (item.sign && !item.own) head.append(element('span', 'sign', item.sign), ' ');
    head.append(element('time', ''));
    return head;
  }

  function drawText(item) {
    if (item.drawn === item.text) return;
    item.drawn = item.text;
    const place = item.row.querySelector('.text');
    place.replaceChildren();
    place.classList.remove('long');
    item.row.querySelectorAll('.all, .heard').forEach((other) => other.remove());
    if (item.text === null) {
      place.append(element('i', '', say('deletedWords')));
      return;
    }
    if (item.type === 'me') place.append(element('bdi', '', item.from || say('you')), ' ');
    fillText(place, item.text, linkOf);
    if (item.isToMe) {
      standOut(place, me());
      place.before(element('span', 'heard', `${say('toYou')}: `));
    }
    place.classList.toggle('acted', item.type === 'me');
    const lines = item.text.split('\n').length;
    if (lines > SHOWN_WHOLE_LINES_MAX) place.after(shortened(place, 'showAllLines', lines));
    else if (item.text.length > SHOWN_WHOLE_CHARS_MAX) place.after(shortened(place, 'showAll', item.text.length));
    tabsPast(item.row);
  }

  function shortened(text, words, n) {
    const all = button(say(words, { n: n.toLocaleString() }), () => {
      text.classList.remove('long');
      if (document.activeElement === all) all.closest('li').focus();
      all.remove();
    });
    all.classList.add('all');
    text.classList.add('long');
    return all;
  }

  function drawTime(item) {
    const looks = `${item.at} ${item.seq} ${item.isEdited ? 'edited' : ''} ${item.isLost ? 'lost' : ''}`;
    if (item.looks === looks) return;
    item.looks = looks;
    const time = item.row.querySelector('time');
    time.textContent = clock.time(item.at);
    time.dateTime = new Date(item.at).toISOString();
    time.title = clock.full(item.at) + (item.seq ? `, #${item.seq}` : '');
    // For paper, and for who wants to see it.
    for (const place of [time, item.row.querySelector('.text')]) {
      if (item.seq) place.dataset.seq = item.seq;
      else delete place.dataset.seq;
    }
    if (item.isEdited) time.append(` ${say('editedMark')}`);
    if (item.isLost && !item.own) time.append(` ${say('notKeptMark')}`);
    item.row.classList.toggle('lost', Boolean(item.isLost));
  }

  return {
    /** Brings the row of `item` up to date; `before` and `after` are its neighbours. */
    draw(item, before, after, latestOwn) {
      if (!item.row) item.row = build(item);
      if (item.kind !== 'said') {
        if (item.drawn !== item.text) fillSentence(item.row.firstChild, item.text);
        item.drawn = item.text;
        return item.row;
      }
      item.row.classList.toggle('turn', beginsTurn(item, before));
      item.row.classList.toggle('ends', !after || beginsTurn(after, item));
      item.row.classList.toggle('hit', Boolean(item.isToMe));
      drawTime(item);
      drawText(item);
      if (item.own) drawMark(item, item === latestOwn);
      return item.row;
    },
  };
}

/**
 * Whether `item` begins a turn, that is, needs a head: somebody else speaks, or
 * with another secret, nobody did for a while, or it reads otherwise than it was said.
 */
function beginsTurn(item, before) {
  if (!before || before.kind !== 'said' || before.own !== item.own) return true;
  // The head says so.
  if (item.isEdited || (item.isLost && !item.own)) return true;
  if (!item.own && (before.from !== item.from || before.sign !== item.sign)) return true;
  return item.at - before.at > TURN_MS;
}

/** Whether Tab stops (0) at what can be pressed in `row`, or not (-1). */
function tabsTo(row, tabIndex) {
  row.querySelectorAll('a, button').forEach((one) => { one.tabIndex = tabIndex; });
}

/** Tab goes past a row that has not the focus. */
export function tabsPast(row) {
  if (!row.contains(document.activeElement)) tabsTo(row, -1);
}

/**
 * Keys in the log: one stop for Tab, then row by row with the arrows; Enter goes
 * to a row's first button or link, Tab to its next, Escape back to the log. Returns a
 * function that tells which row has the focus.
 */
export function walkRows(box, list) {
  function focusedRow() {
    const focused = document.activeElement;
    return focused && list.contains(focused) ? focused.closest('li') : null;
  }

  list.addEventListener('focusin', () => tabsTo(focusedRow(), 0));
  list.addEventListener('focusout', ({ target, relatedTarget }) => {
    const row = target.closest('li');
    if (row && !row.contains(relatedTarget)) tabsTo(row, -1);
  });
  box.addEventListener('keydown', (event) => {
    const row = focusedRow();
    let goal = null;
    if (event.key === 'ArrowDown') goal = row && row.nextElementSibling;
    else if (event.key === 'ArrowUp') goal = row ? row.previousElementSibling : list.lastElementChild;
    else if (event.key === 'Enter' && event.target === row) goal = row.querySelector('button, a');
    else if (event.key === 'Escape' && row) goal = box;
    if (!goal) return;
    event.preventDefault();
    event.stopPropagation();
    goal.focus({ preventScroll: goal === box });
  });
  return focusedRow;
}
