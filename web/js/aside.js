// What is told beside the log: aloud, and by a notice where the reader is elsewhere.
//
// Owns: the words of that.
// Must not know: how they are said or shown.
//
// Next: `refusals.js`.

import { PRIVATE } from './private.js';
import { keepChoice } from './shelf.js';
import { apart, straight } from './text.js';

/** `notices()` is made later; who `hides` is not told of, `openTalk(name)` opens the talk with one alone. */
export function tellAside({ room, say, log, speaker, notices, hides, openTalk }) {
  const aloud = keepChoice('aloud');
  return {
    /** A message that another says now. */
    message(item) {
      if (hides(item)) return;
      const words = say('saidBy', { name: item.from, text: straight(item.text) });
      const isHeard = aloud.is() !== 'me' || item.isToMe;
      if (isHeard) speaker.message(words, aloud.is() === 'counts');
      if (item.isToMe) notices().call(words, room, item.seq);
    },
    /** Words to oneself in another room. */
    elsewhere({ from, room: where, seq }) {
      const words = say('spokeToYou', { name: apart(from), room: apart(where) });
      log.tell('note', words);
      speaker.tell(words);
      notices().call(words, where, seq);
    },
    /** A private one; not what it says, for others may look at this screen. */
    letter(letter, isShown) {
      const words = say('wroteToYou', { name: apart(letter.from) });
      if (!isShown) log.tell('note', words).open = () => openTalk(letter.from);
      speaker.tell(words);
      notices().call(words, PRIVATE, letter.seq);
    },
  };
}
