// One row of a log view: from an item to elements, and the keys that reach it.
//
// Owns: how a row is built and redrawn; the line that a message replies to; the receipt of an own
// message (sent, sending, not sent ...).
// Must not know: which items there are, scrolling, what can be done with a message.
//
// An item is { kind, at, ... }. Its kind is also the class of its row: `said` is a message (own,
// from, text, seq, reply, state), `note` something that happened in the room (text, and `leadsTo`,
// the number of the line that it is about, 0 for none); `day`, `gap`, `stitch` and `unread` are
// lines about the log (text). An item with `action` ({ words, act }) has a button after its text.
//
// The chain of files that the lines "Next" make ends here. Part: `chat.js`.

import { button, colouredName, colourOf, element, emphasizeName, fillSentence, fillText, withoutOverrides } from '../elements.js';
import { QUOTE_CHARS_MAX, SENDING_SHOWN_AFTER_MS, TURN_MS, WHOLE_CHARS_MAX, WHOLE_LINES_MAX } from '../limits.js';
import { momentOf, say, timeOf } from '../words.js';

function buildRow(item, reader) {
  const row = element('li', item.kind);
  row.tabIndex = -1;
  if (item.kind !== 'said') {
    row.append(element('p', ''));
    if (item.openTalk) row.classList.add('alone');
    const { words, act } = item.action || { words: say('openIt'), act: item.openTalk };
    if (act) {
      row.append(' ', button(words, act));
      skipInTabOrder(row);
    }
    return row;
  }
  if (item.own) row.classList.add('own');
  else row.classList.add(colourOf(item.from));
  const text = element('div', 'text');
  // Each text finds its own direction.
  text.dir = 'auto';
  row.append(headOf(item, reader), text);
  if (item.own) row.append(element('span', 'mark'));
  return row;
}

/** Who said it, and when. A press on the name opens what can be done with the person. */
function headOf(item, reader) {
  const head = element('p', 'head');
  const name = element('bdi', '', item.own ? item.from || reader.name() : item.from);
  if (item.own) head.append(element('b', 'who', name), element('span', 'self', ` \u00b7 ${say('you')}`), ' ');
  else if (item.isGone) head.append(element('b', 'who', name), ' ');
  else if (item.from) {
    const who = element('button', 'who', name);
    who.type = 'button';
    who.addEventListener('click', () => reader.openPerson(item.from, who, item.secretSign, item));
    head.append(who, ' ');
  }
  head.append(element('time', ''));
  return head;
}

/** Returns the first words of a text, on one line. */
export const firstWords = (text) => {
  const words = Array.from(text.replace(/```\S*\n|`/g, '').replace(/\s+/g, ' ').trim());
  return withoutOverrides(words.length > QUOTE_CHARS_MAX ? `${words.slice(0, QUOTE_CHARS_MAX).join('').trim()}\u2026` : words.join(''));
};

/**
 * Shows above a reply what it replies to: who said it, and its first words; only its number if the
 * page does not have it.
 */
function drawQuote(item, quoteOf, lineOf) {
  if (!item.reply || !quoteOf) return;
  const quoted = lineOf(item.reply);
  const isThere = quoted && quoted.kind === 'said';
  const words = !isThere ? `#${item.reply}` : quoted.text === null ? say('deletedWords') : firstWords(quoted.text);
  const name = isThere ? quoted.from : '';
  const content = `${isThere && quoted.own ? 'own' : ''} ${name}${words}`;
  if (item.drawnQuote === content) return;
  item.drawnQuote = content;
  const quote = element('a', 'quote', element('span', 'heard', `${say('replyTo')} `));
  quote.href = quoteOf(item.reply);
  quote.dataset.seq = item.reply;
  if (name) quote.append(quoted.own ? element('b', 'who', element('bdi', '', name)) : colouredName(name), ' ');
  quote.append(element('bdi', '', words));
  item.row.querySelectorAll('.quote').forEach((other) => other.remove());
  item.row.querySelector('.text').before(quote);
  skipInTabOrder(item.row);
}

function drawText(item, linkOf, ownName) {
  if (item.drawnText === item.text) return;
  item.drawnText = item.text;
  const parent = item.row.querySelector('.text');
  parent.replaceChildren();
  parent.classList.remove('long');
  item.row.querySelectorAll(item.text === null ? '.all, .called, .quote' : '.all, .called').forEach((other) => other.remove());
  if (item.text === null) {
    parent.append(element('i', '', say('deletedWords')));
    return;
  }
  if (item.type === 'me') parent.append(element('bdi', '', item.from || say('you')), ' ');
  fillText(parent, item.text, linkOf);
  if (item.isToMe) {
    emphasizeName(parent, ownName);
    parent.before(element('span', 'heard called', say('toYou') + say('colon')));
  }
  parent.classList.toggle('acted', item.type === 'me');
  const lines = item.text.split('\n').length;
  if (lines > WHOLE_LINES_MAX) parent.after(shorten(parent, 'showAllLines', lines));
  else if (item.text.length > WHOLE_CHARS_MAX) parent.after(shorten(parent, 'showAll', item.text.length));
  skipInTabOrder(item.row);
}

/** Draws the text of a line that is no message. If it is about one, it is a link to that one. */
function drawSentence(item, linkOf) {
  const parent = item.row.firstChild;
  item.drawnText = item.text;
  fillSentence(parent, item.text);
  if (!item.leadsTo || !linkOf) return;
  const link = element('a', '', ...parent.childNodes);
  link.href = linkOf(item.leadsTo);
  parent.append(link);
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
  time.title = momentOf(item.at) + (item.seq ? ` #${item.seq}` : '');
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

/** The words of each receipt that has other ones than its key says. */
const RECEIPT_WORDS = { waitsLong: 'waits' };

/**
 * The key of a receipt; '' for none. `isStuck()`: what waits does not go out by itself;
 * `isLongAway()`: there has been no connection for long, so the reader may want the text back.
 */
function receiptOf(item, isLatest, { isStuck, isLongAway }) {
  if (item.isLost) return 'notKeptAgain';
  if (item.state === 'sent') return isLatest ? 'sent' : '';
  if (item.state === 'waiting' && !item.isQueued) return isStuck() ? 'notSent' : isLongAway() ? 'waitsLong' : 'waits';
  return Date.now() - item.since >= SENDING_SHOWN_AFTER_MS ? 'sending' : '';
}

/**
 * Brings the receipt of an own message up to date. `change` is an edit or a deletion of it that is
 * not sent yet, if there is one.
 */
function drawReceipt(item, isLatest, change, reader) {
  const receipt = item.row.querySelector('.mark');
  const key = receiptOf(change || item, isLatest, reader);
  if (receipt.dataset.look === key) return;
  receipt.dataset.look = key;
  // Else the focus would be lost with the button.
  if (receipt.contains(document.activeElement)) item.row.focus();
  // "Edit: " or "Delete: " where a change waits.
  receipt.replaceChildren(key ? (change ? `${say(change.type)}: ` : '') + say(RECEIPT_WORDS[key] || key) : '');
  if (key === 'notSent') receipt.append(' ', button(say('retry'), reader.retry));
  if (key === 'notSent' || key === 'waitsLong') receipt.append(' ', button(say('takeBack'), () => reader.takeBack(change || item)));
  skipInTabOrder(item.row);
}

// --- Drawing -------------------------------------------------------------------------

/**
 * Whether an item begins a turn, so that its row needs a head: another person speaks, or the same
 * after a while, after many lines or with another secret, or it replies to something, or the text
 * is not the one that was first sent.
 */
function beginsTurn(item, before) {
  if (!before || before.kind !== 'said' || before.own !== item.own || item.reply) return true;
  // The head says so.
  if (item.isEdited || (item.isLost && !item.own)) return true;
  if (!item.own && (before.from !== item.from || before.secretSign !== item.secretSign)) return true;
  // After four lines or more the name comes again where a number passes a multiple of eight: each
  // screen of a phone has a name, and no head moves when rows come or go above it.
  return (item.seq >> 3 > before.seq >> 3 && before.lines > 4) || item.at - before.at > TURN_MS;
}

/**
 * Brings the row of `item` up to date, and returns it. `before` and `after` are its neighbours;
 * `isLatest`: it is the reader's last message; `linkOf(seq)`: the address of a line, `quoteOf(seq)`
 * that of a quoted one; `lineOf(seq)`: its item, if the page has it and shows it;
 * `changeOf(item)`: an unsent change of an own message.
 * `reader` is who reads it: the name now (`name()`), whether waiting messages are stuck or wait for
 * long (`isStuck()`, `isLongAway()`), and what buttons do: `retry()`, `takeBack(message)`,
 * `openPerson(name, button, secretSign, item)`. For a list of results: `isApart`, each row has a
 * head and no receipt; `finish(item)` gets each row when its time and text are there.
 */
export function drawRow(item, { before, after, isLatest, linkOf, quoteOf = linkOf, lineOf, changeOf, finish, isApart, reader }) {
  if (!item.row) Object.assign(item, { row: buildRow(item, reader), drawnText: undefined, drawnTime: '', drawnQuote: '' });
  if (item.kind !== 'said') {
    if (item.drawnText !== item.text) drawSentence(item, linkOf);
    return item.row;
  }
  const begins = beginsTurn(item, before);
  // About how many lines the turn has so far.
  item.lines = (begins ? 0 : before.lines) + 1 + (item.text || '').length / 80;
  item.row.classList.toggle('turn', isApart || begins);
  item.row.classList.toggle('ends', isApart || !after || beginsTurn(after, item));
  item.row.classList.toggle('hit', Boolean(item.isToMe));
  item.row.classList.toggle('changing', Boolean(item.isChanging));
  drawTime(item);
  drawQuote(item, quoteOf, lineOf);
  drawText(item, linkOf, reader.name());
  if (finish) finish(item);
  if (item.own && !isApart) drawReceipt(item, isLatest, changeOf && changeOf(item), reader);
  return item.row;
}

// --- Keys ------------------------------------------------------------------------------

/** Lets the Tab key stop at the buttons, links and blocks of code of a row (0), or not (-1). */
function setTabIndex(row, tabIndex) {
  row.querySelectorAll('a, button, code.block').forEach((one) => {
    // The head of a later message of a turn is only heard.
    one.tabIndex = one.closest('.said:not(.turn) > .head') ? -1 : tabIndex;
  });
}

/** The first of these parts of a row at which the Tab key stops. */
const firstStop = (row, parts) => Array.from(row.querySelectorAll(parts)).find((one) => one.tabIndex === 0);

/** Lets the Tab key skip what is in a row, unless the row has the focus. */
function skipInTabOrder(row) {
  if (!row.contains(document.activeElement)) setTabIndex(row, -1);
}

/**
 * Keys in a log view: it is one stop for Tab, the arrows go from row to row; Enter goes to what can
 * be done with a message, else to the row's first button or link, Tab to the next, Escape back to
 * the log. Returns a function that says which row has the focus.
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
    else if (event.key === 'Enter' && event.target === row) goal = firstStop(row, '.actions button') || firstStop(row, 'button, a');
    else if (event.key === 'Escape' && row) goal = box;
    if (!goal) return;
    event.preventDefault();
    event.stopPropagation();
    goal.focus({ preventScroll: goal === box });
  });
  return focusedRow;
}
