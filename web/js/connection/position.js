// Follows a log as `threadbare.v1` sends it: each line once, in order, and a word for each gap. A
// log is that of a room, or the one of the reader's private messages.
//
// Owns: the position in the log (its epoch, and the last number seen), and whether the room is
// hidden. If the server has forgotten the room, the next hello makes it again, as hidden as it was.
// Must not know: the document, the connection, which messages are the reader's.
//
// This file does what docs/PROTOCOL.md says under "Keeping the place".
//
// Next: `messages/log_view.js`.

/** Types of frames that are lines: they have a number in the log. */
const LINES = new Set(['message', 'me', 'edit', 'delete', 'topic', 'pin', 'new-name', 'private', 'removed']);

/**
 * Follows the log of `room` (`null`: private messages), on from the position `from`. Calls of
 * `listener`:
 *   joined(frame, isAgain)    the server has let the page into the room, `isAgain` after it was in
 *                             before;
 *   line(frame)               a line of the log;
 *   gap(name, values)         lines are missing here, `name` is the key of the sentence for it;
 *   notStored(from, to, n)    the server has lost these numbers, which the page has seen; `n` lines
 *                             had one of them;
 *   behind()                  further lines wait until the server can send them;
 *   caughtUp()                all lines are here.
 */
export function followLog({ room, listener, from = { epoch: '', seq: 0 } }) {
  let { epoch, seq } = from;
  let hidden = false;

  function joined(frame) {
    const isAgain = Boolean(epoch);
    const isAnother = isAgain && epoch !== frame.epoch;
    if (isAnother) listener.gap('newEpoch');
    if (!isAgain || isAnother) seq = frame.from - 1;
    ({ epoch, hidden } = frame);
    listener.joined(frame, isAgain);
  }

  function line(frame) {
    if (frame.seq <= seq) return;
    // The server skips no number without a frame that says so. If it does all the same, the page
    // says that lines are missing.
    if (frame.seq > seq + 1) listener.gap('tooOld', { n: frame.seq - seq - 1 });
    seq = frame.seq;
    listener.line(frame);
  }

  return {
    /** The position, as a hello has it. */
    position: () => ({ room, ...(epoch ? { epoch, seq } : {}), ...(hidden ? { hidden } : {}) }),
    seq: () => seq,
    epoch: () => epoch,

    receive(frame) {
      if (LINES.has(frame.type)) line(frame);
      else if (frame.type === 'joined') joined(frame);
      else if (frame.type === 'too-old') {
        seq = frame.to;
        listener.gap('tooOld', { n: frame.to + 1 - frame.from });
      } else if (frame.type === 'skipped') {
        seq = frame.to;
        listener.gap('skipped', { n: frame.to + 1 });
      } else if (frame.type === 'not-kept') {
        seq = frame.from - 1;
        listener.notStored(frame.from, frame.to, frame.lines ?? frame.to + 1 - frame.from);
      } else if (frame.type === 'behind') listener.behind();
      else if (frame.type === 'caught-up') listener.caughtUp();
      else if (frame.type === 'set') ({ hidden } = frame);
    },
  };
}
