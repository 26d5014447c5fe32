// One row of a log view: from an item to elements, the keys that reach it, and what the reader can do with a message.
//
// Owns: how a row is built and redrawn; the receipt of an own message (sent, sending, not sent ...); the button "More",
// and the buttons that it opens: answer, write privately, edit, delete, link.
// Must not know: which items there are, scrolling, how an action is carried out.
//
// An item is { kind, at, ... }. Its kind is also the class of its row: `said` is a message (own, from, text, seq,
// state), `note` something that happened in the room; `day`, `gap`, `stitch` and `unread` are lines about the log (text).
//
// The chain of files that the lines "Next" make ends here. Part: `chat.js`.

import { currentRoom, messageLink } from '../addresses.js';
import { button, colourOf, element, emphasizeName, fillSentence, fillText } from '../elements.js';
import { pageElement } from '../layout.js';
import { SENDING_SHOWN_AFTER_MS, TURN_MS, WHOLE_CHARS_MAX, WHOLE_LINES_MAX } from '../limits.js';
import { momentOf, say, timeOf } from '../words.js';

function buildRow(item) {
  const row = element('li', item.kind);
  row.tabIndex = -1;
  if (item.kind !== 'said') {
    row.append(element('p', ''));
    if (item.openTalk) {
      row.classList.add('alone');
      row.append(' ', button(say('openIt'), item.openTalk));
      skipInTabOrder(row);
    }
    return row;
  }
  if (item.own) row.classList.add('own');
  else row.classList.add(colourOf(item.from));
  const text = element('div', 'text');
  // Each text finds its own direction.
  text.dir = 'auto';
  row.append(headOf(item), text);
  if (item.own) row.append(element('span', 'mark'));
  return row;
}

/** Who said it, and when. */
function headOf(item) {
  const head = element('p', 'head');
  const who = element('b', 'who', element('bdi', '', item.own ? say('you') : item.from));
  // A printed page has the name instead of "you".
  if (item.own) who.dataset.name = item.from || '';
  head.append(who, ' ');
  if (item.secretSign && !item.own) head.append(element('span', 'sign', item.secretSign), ' ');
  head.append(element('time', ''));
  return head;
}

function drawText(item, linkOf, ownName) {
  if (item.drawnText === item.text) return;
  item.drawnText = item.text;
  const parent = item.row.querySelector('.text');
  parent.replaceChildren();
  parent.classList.remove('long');
  item.row.querySelectorAll('.all, .heard').forEach((other) => other.remove());
  if (item.text === null) {
    parent.append(element('i', '', say('deletedWords')));
    return;
  }
  if (item.type === 'me') parent.append(element('bdi', '', item.from || say('you')), ' ');
  fillText(parent, item.text, linkOf);
  if (item.isToMe) {
    emphasizeName(parent, ownName);
    parent.before(element('span', 'heard', `${say('toYou')}: `));
  }
  parent.classList.toggle('acted', item.type === 'me');
  const lines = item.text.split('\n').length;
  if (lines > WHOLE_LINES_MAX) parent.after(shorten(parent, 'showAllLines', lines));
  else if (item.text.length > WHOLE_CHARS_MAX) parent.after(shorten(parent, 'showAll', item.text.length));
  skipInTabOrder(item.row);
}

/** Shortens a text. Returns the button that shows all of it. */
function shorten(text, words, n) {
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
  const content = `${item.at} ${item.seq} ${item.isEdited ? 'edited' : ''} ${item.isLost ? 'lost' : ''}`;
  if (item.drawnTime === content) return;
  item.drawnTime = content;
  const time = item.row.querySelector('time');
  time.textContent = timeOf(item.at);
  time.dateTime = new Date(item.at).toISOString();
  time.title = momentOf(item.at) + (item.seq ? `, #${item.seq}` : '');
  // The style sheet shows the number on paper, and to a reader who wants to see it.
  for (const part of [time, item.row.querySelector('.text')]) {
    if (item.seq) part.dataset.seq = item.seq;
    else delete part.dataset.seq;
  }
  if (item.isEdited) time.append(` ${say('editedMark')}`);
  if (item.isLost && !item.own) time.append(` ${say('notKeptMark')}`);
  item.row.classList.toggle('lost', Boolean(item.isLost));
}

// --- The receipt -----------------------------------------------------------------

/** The key of the receipt's words; '' for none. `isAway`: there is no connection, for so long that the message is "not sent". */
function receiptOf(item, isLatest, isAway) {
  if (item.isLost) return 'notKeptAgain';
  if (item.state === 'sent') return isLatest ? 'sent' : '';
  if (item.state === 'waiting' && !item.isQueued) return isAway() ? 'notSent' : 'waits';
  return Date.now() - item.since >= SENDING_SHOWN_AFTER_MS ? 'sending' : '';
}

/** Brings the receipt of an own message up to date. `change` is an edit or a deletion of it that is not sent yet, if there is one. */
function drawReceipt(item, isLatest, change, { isAway, retry, takeBack }) {
  const receipt = item.row.querySelector('.mark');
  const key = receiptOf(change || item, isLatest, isAway);
  if (receipt.dataset.look === key) return;
  receipt.dataset.look = key;
  // A button that goes must not take the focus along.
  if (receipt.contains(document.activeElement)) item.row.focus();
  // "Edit: " or "Delete: " where a change waits.
  receipt.replaceChildren(key ? (change ? `${say(change.type)}: ` : '') + say(key) : '');
  if (key !== 'notSent') return;
  receipt.append(' ', button(say('retry'), retry), ' ', button(say('takeBack'), () => takeBack(change || item)));
  skipInTabOrder(item.row);
}

// --- Drawing -------------------------------------------------------------------------

/**
 * Whether an item begins a turn, so that its row needs a head: another person speaks, or the same after a while or
 * with another secret, or the text is not the one that was first sent.
 */
function beginsTurn(item, before) {
  if (!before || before.kind !== 'said' || before.own !== item.own) return true;
  // The head says so.
  if (item.isEdited || (item.isLost && !item.own)) return true;
  if (!item.own && (before.from !== item.from || before.secretSign !== item.secretSign)) return true;
  return item.at - before.at > TURN_MS;
}

/**
 * Brings the row of `item` up to date, and returns it. `before` and `after` are its neighbours; `isLatest`: it is the
 * reader's last message; `linkOf(seq)`: the address of a line; `changeOf(item)`: an unsent change of an own message.
 * `reader` is who reads it: the name now (`name()`), whether waiting messages count as not sent (`isAway()`), and what the
 * buttons of those do: `retry()` and `takeBack(message)`.
 */
export function drawRow(item, { before, after, isLatest, linkOf, changeOf, reader }) {
  if (!item.row) item.row = buildRow(item);
  if (item.kind !== 'said') {
    if (item.drawnText !== item.text) fillSentence(item.row.firstChild, item.text);
    item.drawnText = item.text;
    return item.row;
  }
  item.row.classList.toggle('turn', beginsTurn(item, before));
  item.row.classList.toggle('ends', !after || beginsTurn(after, item));
  item.row.classList.toggle('hit', Boolean(item.isToMe));
  drawTime(item);
  drawText(item, linkOf, reader.name());
  if (item.own) drawReceipt(item, isLatest, changeOf && changeOf(item), reader);
  return item.row;
}

// --- Keys ------------------------------------------------------------------------------

/** Lets the Tab key stop at the buttons and links of a row (0), or not (-1). */
function setTabIndex(row, tabIndex) {
  row.querySelectorAll('a, button').forEach((one) => { one.tabIndex = tabIndex; });
}

/** Lets the Tab key skip what is in a row, unless the row has the focus. */
function skipInTabOrder(row) {
  if (!row.contains(document.activeElement)) setTabIndex(row, -1);
}

/**
 * Keys in a log view: it is one stop for Tab, the arrows go from row to row; Enter goes to a row's first button or
 * link, Tab to its next, Escape back to the log. Returns a function that says which row has the focus.
 */
export function watchRowKeys(box, list) {
  function focusedRow() {
    const focused = document.activeElement;
    return focused && list.contains(focused) ? focused.closest('li') : null;
  }

  list.addEventListener('focusin', () => setTabIndex(focusedRow(), 0));
  list.addEventListener('focusout', ({ target, relatedTarget }) => {
    const row = target.closest('li');
    if (row && !row.contains(relatedTarget)) setTabIndex(row, -1);
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

// --- Actions ---------------------------------------------------------------------------

/**
 * Watches the rows of the room's log view, and offers the actions. With a mouse the button "More" stands at the end of the
 * row under the pointer, with keys in the row that has the focus. With a finger the time of a message opens the same.
 * `itemOf` returns the item of a row; `can` has what each action does: edit(item), remove(item), answer(item),
 * writePrivately(item), ignore(item).
 */
export function watchActions(itemOf, can) {
  const box = pageElement('#box');
  const list = pageElement('#rows');
  const more = button(say('more'), () => open(more.closest('li')));
  more.classList.add('more');
  let opened = null;

  function close() {
    if (!opened) return;
    const row = opened.closest('li');
    const hadFocus = opened.contains(document.activeElement);
    opened.remove();
    opened = null;
    if (hadFocus && row) row.focus();
  }

  function buttonsFor(item) {
    const closing = (act) => () => { close(); act(); };
    const buttons = [];
    if (item.own) {
      buttons.push(button(say('edit'), closing(() => can.edit(item))));
      buttons.push(button(say('delete'), () => confirmDelete(item)));
    } else {
      buttons.push(button(say('answer'), closing(() => can.answer(item))));
      // Nobody can write to one classic client alone.
      if (!item.classic) buttons.push(button(say('writePrivately'), closing(() => can.writePrivately(item))));
      buttons.push(button(say('ignore'), closing(() => { can.ignore(item); box.focus(); })));
    }
    buttons.push(button(say('link'), () => showLink(item)));
    return buttons;
  }

  function fill(parts) {
    opened.replaceChildren(...parts.flatMap((part) => [part, ' ']));
    (opened.querySelector('button, input') || opened).focus();
  }

  function confirmDelete(item) {
    fill([say('deleteReally'), button(say('yes'), () => { close(); can.remove(item); }), button(say('no'), close)]);
  }

  /** Shows the address for the reader to copy: with plain http no script may do that. */
  function showLink(item) {
    const address = element('input', '');
    address.readOnly = true;
    address.value = messageLink(currentRoom, item.seq);
    address.setAttribute('aria-label', say('link'));
    fill([address, button(say('close'), close)]);
    address.focus();
    address.select();
  }

  function open(row) {
    const item = itemOf(row);
    close();
    if (!item || !item.seq || item.text === null) return;
    more.remove();
    opened = element('p', 'actions');
    row.append(opened);
    fill(buttonsFor(item));
  }

  function moveMoreTo(row) {
    // While it has the focus it stays.
    if (document.activeElement === more) return;
    const item = row && itemOf(row);
    if (!item || !item.seq || item.text === null || (opened && opened.parentNode === row)) more.remove();
    else if (more.parentNode !== row) row.append(more);
    more.tabIndex = row && row.contains(document.activeElement) ? 0 : -1;
  }

  const rowOf = (event) => event.target.closest('li.said');
  list.addEventListener('pointerover', (event) => {
    if (event.pointerType === 'mouse') moveMoreTo(rowOf(event));
  });
  // A finger leaves with each touch, before the touched button gets its click.
  list.addEventListener('pointerleave', (event) => {
    if (event.pointerType === 'mouse' && document.activeElement !== more) more.remove();
  });
  list.addEventListener('focusin', (event) => { if (event.target.matches('li')) moveMoreTo(event.target); });
  list.addEventListener('click', (event) => {
    if (event.target.matches('.head time')) open(rowOf(event));
  });
  box.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !opened) return;
    event.stopPropagation();
    close();
  }, true);
}
