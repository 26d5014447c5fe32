// The line about the room's pinned message, above the log: its author and its first words. A press
// on it goes to the message.
//
// Owns: which message is pinned, and whether the reader may pin another.
// Must not know: how a request travels, the rows of the log.
//
// Part: `chat.js`.

import { currentRoom, lineLink } from '../addresses.js';
import { element, isolated } from '../elements.js';
import { pageElement } from '../layout.js';
import { isOfLeaver, nameShown } from '../messages/lines.js';
import { firstWords } from '../messages/row.js';
import { say } from '../words.js';

/**
 * Makes the line. `lineOf(seq)` returns the item of a line of the room, if the page has it;
 * `isHidden(message)`: its author is ignored; `goTo(seq)` shows a line of the room's log.
 */
export function openPinned({ lineOf, isHidden, goTo }) {
  const main = pageElement('main');
  const link = element('a', '');
  link.id = 'pinned';
  link.addEventListener('click', (event) => {
    event.preventDefault();
    goTo(pin.seq);
  });
  // The pinned message: { seq, from, text }, and the name of who has pinned it (`by`). `null`: none
  // is pinned.
  let pin = null;
  let isMaker = false;
  // What lines up to this number mean for the pin was said when the reader came in.
  let knownTo = 0;

  function draw() {
    main.classList.toggle('with-pin', Boolean(pin));
    if (!pin) {
      if (document.activeElement === link) pageElement('#box').focus();
      return link.remove();
    }
    link.href = lineLink(currentRoom, pin.seq);
    link.title = pin.by ? say('pinnedBy', { name: isolated(pin.by) }) : '';
    link.replaceChildren(say('pinned'), ' ');
    if (pin.from) link.append(element('b', '', element('bdi', '', nameShown(pin.from))), say('colon'));
    link.append(element('bdi', '', pin.text === undefined || isHidden(pin) ? say('message') : firstWords(pin.text)));
    if (!link.isConnected) main.prepend(link);
  }

  const takers = {
    joined({ seq, pinned, pinned_by: by, maker }) {
      [knownTo, isMaker] = [seq, Boolean(maker)];
      pin = pinned ? { seq: pinned.seq, from: pinned.from, by, text: pinned.text } : null;
    },
    pin({ of, from }) {
      const item = of && lineOf(of);
      pin = of ? { seq: of, from: item && item.from, by: from, text: item && item.text } : null;
    },
    edit({ of, text }) { if (pin && pin.seq === of) pin.text = text; },
    removed({ from, before, lines, all }) {
      if (pin && (all || lines.includes(pin.seq))) pin = null;
      // What is left of a person who has left for good names nobody.
      if (!pin || !isOfLeaver({ from })) return;
      // Nobody says who has left, nor which older lines were theirs. The server says it when the
      // reader comes again.
      pin.by = '';
      if (pin.seq < before) [pin.from, pin.text] = ['', undefined];
    },
    delete({ of }) { if (pin && pin.seq === of) pin = null; },
  };

  const isPinned = ({ seq }) => Boolean(pin) && pin.seq === seq;

  return {
    draw,
    forget() {
      pin = null;
      draw();
    },
    /**
     * Takes a frame of the room of one of these types: joined, pin, edit, delete,
     * removed.
     */
    receive(frame) {
      if (frame.type !== 'joined' && frame.seq <= knownTo) return;
      takers[frame.type](frame);
      draw();
    },
    /** The reader looks after the room from now on, or does so no more. */
    becomeKeeper(isIt) { isMaker = isIt; },
    /** Whether the reader looks after the room, and so may pin and delete messages of others. */
    isMaker: () => isMaker,
    /** The key of the word that pins the message, or removes the pin; '' if the reader may not. */
    wordFor: (item) => (!isMaker ? '' : isPinned(item) ? 'unpin' : 'pin'),
    /** What the request for that has. */
    requestFor: (item) => (isPinned(item) ? {} : { seq: item.seq }),
  };
}
