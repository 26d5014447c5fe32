// The name that the reader asks for.
//
// Owns: which name that is, until the server answers, and where it was typed.
// Must not know: the fields for a name.
//
// Part: `chat.js`.

import { say, withPanelWords } from '../words.js';

export function openNaming({ session, connection, refusals }) {
  // The request that the server has not answered yet: { typed, form }.
  let asked = null;
  // The same for the name that the page has wished for by itself.
  let wished = null;

  return {
    /**
     * Asks for the name that was typed in `form`, which gets it back if it is refused. Without a
     * form it was a command. Returns what is wrong.
     */
    ask(typed, form) {
      const isSent = connection.send({ type: 'name', name: typed });
      asked = isSent ? { typed, form } : null;
      return isSent ? '' : say('needsConnection');
    },
    /**
     * The page has wished for the name that the reader had before, and the reader is a guest: so
     * the server has refused it, or will.
     */
    wished(name, form) { wished = name && { typed: name, form }; },
    /** Takes a `renamed`: if the reader has the new name, the server has answered. */
    changed({ from }) {
      if (from === session.name()) [asked, wished] = [null, null];
    },
    /** Takes a refusal. Returns true if it answers the request for a name. */
    refused(frame) {
      const answered = asked || (frame.reason === 'name-taken' && wished);
      if (!answered || frame.room || frame.id) return false;
      const { typed, form } = answered;
      [asked, wished] = [null, null];
      // A name with a password would be refused for the wrong one. Only of a guest this is sure:
      // who has a name with a password gets this reason even with the right password of another.
      const hasNone = frame.reason === 'name-taken' && typed.includes('#') && session.isGuest();
      // Who has a name with a password cannot become somebody else by that one's.
      const reason = frame.former ? 'nameGivenUp' : frame.secret && !session.hasPassword() ? (form ? 'nameHasPassword' : 'nameNeedsPassword') : hasNone ? 'nameWithoutPassword' : frame.reason;
      const why = { ...frame, reason };
      withPanelWords(() => (form ? refusals.giveNameBack(form, typed, why) : refusals.giveCommandBack(`/name ${typed}`, why)));
      return true;
    },
  };
}
