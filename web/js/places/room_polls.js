// Polls of the reader's other rooms, while the connection carries only the room of this page: by a
// stream or by polls.
//
// Owns: when which of these rooms is polled, and which frames of a poll are new.
// Must not know: what a room does with its frames.
//
// There is one request at a time, because a browser has six connections to a server for all its
// tabs. The server answers such a poll at once. It counts who polls as present for some minutes, so
// people do not see the reader come with each poll.
//
// Part: `chat.js`.

import { fetchPoll, filterOfPolls } from '../connection/transports.js';

/** With a transport that carries one room only, a visible tab polls the other rooms this often. */
const POLL_ROOMS_MS = 20_000;
/** With a transport that carries one room only, a hidden tab polls the other rooms this often. */
const POLL_ROOMS_HIDDEN_MS = 60_000;

/**
 * Makes the polls of rooms that the connection does not carry. `hello(positions)` makes a hello;
 * `positions()` returns the page's position in each room; `receive(frame)` gets the new frames.
 */
export function openRoomPolls({ connection, hello, positions, receive }) {
  // Lets each frame through once; null if the connection carries all rooms, or is lost.
  let isNew = null;
  let isPolling = false;
  let timer = 0;

  /** Takes all that is new in one room. If there is much, this takes several polls. */
  async function pollRoom(room, isNewThen) {
    for (let isAll = false; !isAll;) {
      const position = positions().find((one) => one.room === room);
      // The reader has left the room meanwhile, and must not enter it again.
      if (!position || isNew !== isNewThen) return;
      const frames = await fetchPoll(hello([position]), '&wait=0');
      if (isNew !== isNewThen) return;
      // The server made a guest of the reader for this poll, because they are connected too often:
      // such frames are not theirs.
      if (frames.some(({ type, room: of }) => type === 'refused' && !of)) return;
      const ofRoom = frames.filter((frame) => frame.room === room);
      isAll = !ofRoom.some(({ seq }) => seq > (position.seq || 0)) || ofRoom.some(({ type }) => type === 'caught-up');
      ofRoom.filter(isNew).forEach(receive);
    }
  }

  async function poll() {
    clearTimeout(timer);
    if (isPolling || !isNew) return;
    const isNewThen = isNew;
    isPolling = true;
    try {
      for (const { room } of positions()) await pollRoom(room, isNewThen);
    } catch (broken) {
      // If the server is away, the connection notices that itself.
    }
    isPolling = false;
    // There is another connection by now, so polling begins again.
    if (isNew === isNewThen) pollLater();
    else poll();
  }

  function pollLater() {
    clearTimeout(timer);
    const isWanted = isNew && positions().length;
    if (isWanted) timer = setTimeout(poll, document.hidden ? POLL_ROOMS_HIDDEN_MS : POLL_ROOMS_MS);
  }

  document.addEventListener('visibilitychange', () => {
    if (document.hidden) pollLater();
    else poll();
  });
  return {
    poll,
    connected() {
      isNew = connection.carriesAllRooms() ? null : filterOfPolls();
      poll();
    },
    connectionLost() {
      isNew = null;
      clearTimeout(timer);
    },
  };
}
