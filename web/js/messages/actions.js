// What the reader can do with a message of the room or of a private talk: a bar of words at the end
// of its row.
//
// Owns: when the bar is there, which words are in it, the question before a deletion, what is
// copied.
// Must not know: how an action is carried out, which items there are.
//
// With a mouse the bar is in the row under the pointer, with keys in the row that has the focus. It
// stands over the end of that row, so the log does not move and no other message is covered. A
// finger opens it by a tap on the message, or on its time; then it stands below the message, over
// what comes next, so that nothing moves under the finger. This module is loaded when the reader
// first comes near a row, or presses a key.
//
// Part: `chat.js`.

import { currentRoom, roomPath } from '../addresses.js';
import { button, element, elementWith, fillSentence, isolated } from '../elements.js';
import { COPIED_MS, copyText, handField } from '../layout_more.js';
import { say } from '../words.js';

/** The address of a message for everybody, without a session. */
const messageLink = (seq) => new URL(`${roomPath(currentRoom)}?at=${seq}#m${seq}`, location.href).href;

/** Whether anything can be done with the item: the server has it, and it is not deleted. */
const isActionable = (item) => Boolean(item && item.seq && item.text !== null);

/**
 * Watches the rows of the log view `view` in `box`, and offers the actions. `can` has what each
 * action does: reply(item), edit(item), remove(item), and `more(show)`, which calls `show(others)`
 * with the actions below "More" of a message in a room: writePrivately(item), ignore(item),
 * pin(item); `pinWord(item)`, the key of the word for the last, '' if the reader may not pin; and
 * `mayRemove()`: the reader may delete messages of others, too. `speak(words)` tells a screen
 * reader. `first` is the event that brought the reader here, and `firstPointer` what it came by.
 */
export function watchActions(box, view, can, speak, first, firstPointer) {
  const list = box.querySelector('.rows');
  const page = box.closest('main');
  const bar = element('p', 'actions');
  // Whether the reader has opened the bar, so that it stays until it is closed.
  let isHeld = false;
  let pointer = firstPointer;
  // Where the log was scrolled when the reader came to the bar, if they were at the newest message:
  // until they leave the bar, no new message moves a row. Otherwise null.
  let restsAt = null;

  // --- Where the bar is ---

  const { itemOf } = view;
  const rowOfBar = () => bar.closest('li');

  function rest() {
    if (!view.isAtBottom()) return;
    restsAt = box.scrollTop;
    bar.classList.add('rests');
  }

  /** The log follows new messages again, unless the reader has scrolled meanwhile. */
  function follow() {
    const isThere = restsAt === box.scrollTop;
    restsAt = null;
    bar.classList.remove('rests');
    if (isThere) view.toBottom();
  }

  /** Notes whether the focus is in the bar. While it is, nothing else covers the bar. */
  const setUsed = (isUsed) => page.classList.toggle('acts', isUsed);

  function takeAway() {
    bar.remove();
    setUsed(false);
    follow();
  }
  const rowOf = (event) => event.target.closest('li.said');

  function close() {
    const row = rowOfBar();
    const hadFocus = bar.contains(document.activeElement);
    isHeld = false;
    // First the focus goes: what removes a part with the focus in it is called again by the blur.
    if (hadFocus && row) row.focus();
    takeAway();
  }

  /** Closes the bar because the reader goes on elsewhere; the focus does not come to its row. */
  function leave() {
    const hadFocus = bar.contains(document.activeElement);
    isHeld = false;
    if (hadFocus) box.focus({ preventScroll: true });
    takeAway();
  }

  /** Closes the bar. A row that the mouse or the keys have reached has its few words again. */
  function closeToShort() {
    const row = rowOfBar();
    close();
    if (pointer !== 'touch' && row && (row === document.activeElement || row.matches(':hover'))) putIn(row);
  }

  /** Puts the bar in a row, with the few words that fit over its end. */
  function putIn(row) {
    const item = row && itemOf(row);
    if (!isActionable(item)) {
      if (!isHeld) takeAway();
      return;
    }
    if (rowOfBar() === row) return;
    isHeld = false;
    bar.classList.remove('below');
    bar.style.insetBlockStart = '';
    fill(shortList(item));
    row.append(bar);
    const tabIndex = row.contains(document.activeElement) ? 0 : -1;
    bar.querySelectorAll('button').forEach((one) => { one.tabIndex = tabIndex; });
  }

  /** A finger opens the bar, or closes it. */
  function toggle(row) {
    const wasThere = isHeld && rowOfBar() === row;
    if (isHeld) close();
    if (wasThere || !isActionable(itemOf(row))) return;
    takeAway();
    putIn(row);
    hold();
    bar.classList.add('below');
    placeBelow();
  }

  /**
   * Puts the bar that a finger has opened below its row. Without room there it stands above the
   * row; and over the row, if that fills the log.
   */
  function placeBelow() {
    const [row, log] = [rowOfBar(), box].map((part) => part.getBoundingClientRect());
    const height = bar.offsetHeight;
    const above = row.top - height >= log.top ? row.top - height : Math.max(log.top, log.bottom - height);
    const top = row.bottom + height <= log.bottom ? row.bottom : above;
    bar.style.insetBlockStart = `${top - row.top}px`;
  }

  function hold() {
    isHeld = true;
    rest();
    const first = bar.querySelector('input, button');
    if (first) first.focus({ preventScroll: true });
  }

  // --- What is in it ---

  function fill(parts) {
    bar.replaceChildren(...parts.flatMap((part) => [part, ' ']));
  }

  /** Fills the bar with other parts, which have the focus. */
  function change(parts) {
    // The button that had the focus goes now, and the bar stays.
    isHeld = true;
    fill(parts);
    if (bar.classList.contains('below')) placeBelow();
    hold();
  }

  const action = (words, act) => button(say(words), () => { close(); act(); });

  const deletion = (item) => button(say('delete'), () => change(question(item)));

  function firstActions(item) {
    const reply = action('answer', () => can.reply(item));
    return item.own && can.edit ? [reply, action('edit', () => can.edit(item)), deletion(item)] : [reply];
  }

  const copyWords = (item) => copyButton('copyText', () => item.text);
  const moreOf = (item) => button(say('more'), () => can.more((others) => change(longList(item, others))));
  const shortList = (item) => [...firstActions(item), can.more ? moreOf(item) : copyWords(item)];

  function longList(item, others) {
    const ignore = action('ignore', () => { others.ignore(item); box.focus(); });
    fillSentence(ignore, say('ignore', { name: isolated(item.from) }));
    const ofOthers = [ignore];
    // Nobody can write to one classic client alone.
    if (!item.classic) ofOthers.unshift(action('writePrivately', () => others.writePrivately(item)));
    const pinWord = others.pinWord(item);
    return [
      ...firstActions(item), ...(pinWord ? [action(pinWord, () => others.pin(item))] : []), ...(item.own ? [] : ofOthers),
      ...(item.own ? [] : others.mayRemove() ? [deletion(item)] : [button(say('report'), () => change(reportQuestion(item, others)))]),
      copyWords(item), copyButton('link', () => messageLink(item.seq)),
    ];
  }

  // Cancel stands about where the pointer is. The second click of a double click answers nothing.
  const question = (item) => [element('span', '', say('deleteReally')), ...[['cancel', () => {}], ['delete', () => can.remove(item)]].map(([words, act]) => (
    button(say(words), ({ detail }) => {
      if (detail > 1) return;
      close();
      act();
    })
  ))];

  function reportQuestion(item, others) {
    const reason = elementWith('input', { type: 'text', placeholder: say('reportWhy'), 'aria-label': say('reportWhy'), maxlength: 200 });
    const send = action('report', () => others.report(item, reason.value.trim()));
    reason.addEventListener('keydown', ({ key }) => { if (key === 'Enter') send.click(); });
    return [element('span', '', say('reportReally')), reason, action('cancel', () => {}), send];
  }

  /**
   * A button that copies a text, and says so for a moment. Then the bar closes, if the reader has
   * opened it. If the browser does not allow that, the text is there to be copied by hand.
   */
  function copyButton(words, textOf) {
    function copied() {
      made.textContent = say('copied');
      speak(say('copied'));
      setTimeout(() => {
        made.textContent = say(words);
        if (isHeld && bar.contains(made)) closeToShort();
      }, COPIED_MS);
    }

    const made = button(say(words), async () => {
      const text = textOf();
      if (await copyText(text)) copied();
      else if (bar.contains(made)) change([element('span', '', say('cannotCopy')), handField(say(words), text), button(say('close'), close)]);
    });
    return made;
  }

  // --- What brings it ---

  // The row of a message that is gone for good takes the bar along.
  const isBusy = () => bar.isConnected && (isHeld || bar.contains(document.activeElement));

  // Since the focus has brought the bar, the mouse has not moved. Where rows move below a mouse at
  // rest, the browser says `pointerover` as well.
  let isAtRest = false;

  const brings = {
    pointerover(event) { if (event.pointerType === 'mouse' && !isAtRest && !isBusy()) putIn(rowOf(event)); },
    pointermove(event) {
      const row = rowOf(event);
      const hasMoved = event.pointerType === 'mouse' && (event.movementX || event.movementY);
      // The bar stays while it asks a question. It also stays while it shows a text for the reader
      // to copy by hand: the text has the focus, and the copy keys need that.
      if (hasMoved && row && row !== rowOfBar() && isBusy() && !bar.querySelector('span')) {
        leave();
        putIn(row);
      }
      if (!isAtRest || !(event.movementX || event.movementY)) return;
      isAtRest = false;
      brings.pointerover(event);
    },
    focusin({ target }) {
      if (!target.matches('li') || pointer === 'touch') return;
      isAtRest = true;
      if (!(isHeld && rowOfBar() === target)) putIn(target);
    },
    click(event) {
      const row = rowOf(event);
      if (!row || event.target.closest('a, button, input, .actions')) return;
      // A long press that has selected words is no tap.
      const isTap = pointer !== 'mouse' && getSelection().isCollapsed;
      if (isTap || event.target.matches('.head time')) toggle(row);
    },
  };
  Object.entries(brings).forEach(([what, does]) => list.addEventListener(what, does));
  // A finger leaves with each touch, before the touched button gets its click.
  list.addEventListener('pointerleave', (event) => {
    const row = rowOfBar();
    if (event.pointerType === 'mouse' && row && !isBusy() && row !== document.activeElement) takeAway();
  });
  list.addEventListener('focusout', ({ relatedTarget }) => {
    const row = rowOfBar();
    if (row && !isHeld && !row.contains(relatedTarget) && !row.matches(':hover')) takeAway();
  });
  // While the mouse is on the bar, the reader is about to press a word, so no row may move.
  bar.addEventListener('pointerenter', rest);
  bar.addEventListener('pointerleave', () => { if (!isHeld) follow(); });
  document.addEventListener('focusin', ({ target }) => setUsed(bar.contains(target)));
  bar.addEventListener('focusout', () => setUsed(false));
  box.addEventListener('keydown', (event) => {
    pointer = 'mouse';
    if (event.key !== 'Escape' || !bar.contains(document.activeElement)) return;
    event.stopPropagation();
    close();
    putIn(document.activeElement.closest('li'));
  }, true);
  // A result of a search leads to a row, too, so it counts by what it was pressed.
  document.addEventListener('pointerdown', (event) => {
    pointer = event.pointerType;
    // A finger on another row may scroll; its tap comes later.
    const isElsewhere = pointer === 'mouse' ? !event.target.closest('li') || event.target.closest('li') !== rowOfBar() : !box.contains(event.target);
    if (isHeld && bar.isConnected && isElsewhere) leave();
  }, true);
  // While the reader writes, Enter sends, and Escape closes only the bar.
  document.addEventListener('keydown', (event) => {
    if (!isHeld || !bar.isConnected || bar.contains(document.activeElement) || !['Enter', 'Escape'].includes(event.key)) return;
    // Enter on the row of the bar is about that message.
    if (box.contains(document.activeElement) && event.key === 'Enter') return;
    leave();
    if (event.key === 'Escape') event.stopPropagation();
  }, true);
  if (brings[first.type]) brings[first.type](first);
  // The focus may have come to a row while this module was fetched for the mouse.
  const focused = list.contains(document.activeElement) && document.activeElement.closest('li');
  if (focused && !isHeld) brings.focusin({ target: focused });
  // Enter on a row means its first action: here it was pressed before there was one.
  const isEntered = first.type === 'keydown' && first.key === 'Enter' && first.target.matches('li');
  if (isEntered && first.target === document.activeElement && rowOfBar() === first.target) bar.querySelector('button').focus();
}
