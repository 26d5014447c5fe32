// Invites to the room: asks the server for links, and sends a link to one person.
//
// Owns: which request for a link waits for its answer; how an invite gets to a person by name.
// Must not know: where a link is shown.
//
// Part: `chat.js`.

import { currentRoom, roomPath } from '../addresses.js';
import { originForOthers } from '../addresses_more.js';
import { isolated } from '../elements.js';
import { refusalWords, say } from '../words.js';

/**
 * Returns the sentence that says why the server has refused an invite for the person with the name
 * `to`; '': the invite was for nobody in particular.
 */
export function whyNoInvite(frame, to) {
  const name = isolated(to);
  if (to && ['no-such-person', 'bad-name'].includes(frame.reason)) return say('nobodyNamed', { name });
  return to && frame.reason === 'in-room' ? say('alreadyIn', { name, room: isolated(currentRoom) }) : refusalWords(frame);
}

/**
 * Makes what asks the server for links. `send(request)` returns false if the request did not go.
 */
export function openInvites(send) {
  // The server answers in the order of the requests.
  let waiting = [];

  return {
    /**
     * Asks the server for a link. `to`: the name of the person whom it is for; '': nobody in
     * particular. If nobody has the name, or the person is in the room, the server makes no link,
     * because a new one may end an older one. `made(path)` or `failed(words)` is called, now or
     * later.
     */
    ask(to, { made, failed }) {
      if (send({ type: 'invite', room: currentRoom, ...(to && { to }) })) waiting.push({ to, made, failed });
      else failed(say('needsConnection'));
    },
    /** Takes an `invite`, which answers the oldest request. */
    made({ token }) {
      const asked = waiting.shift();
      if (asked) asked.made(`${roomPath(currentRoom)}/invite?code=${token}`);
    },
    /** Takes a refusal. Returns true if it answers a request. */
    refused(frame) {
      if (!waiting.length || frame.id || frame.room !== currentRoom) return false;
      const { to, failed } = waiting.shift();
      failed(whyNoInvite(frame, to));
      return true;
    },
    connectionLost() {
      const lost = waiting;
      waiting = [];
      lost.forEach(({ failed }) => failed(say('needsConnection')));
    },
  };
}

/** Makes the text of the private message with an invite; `path` is that of the link. */
export const inviteText = (path) => say('inviteText', { room: currentRoom, link: (originForOthers() || location.origin) + path });

/**
 * Makes the command that invites a person by name: it asks for a link, and sends it. `sendTo` is
 * that of `openPeopleCommands`.
 */
export function openInviteCommand({ invites, sendTo, composer, refusals }) {
  return function inviteSomebody(name) {
    invites.ask(name, {
      made: (path) => refusals.tellProblem(sendTo(name, inviteText(path), { told: 'youInvited' })),
      failed(words) {
        if (composer.isEmpty()) composer.giveBack(`/invite ${name}`, words);
        else refusals.tellProblem(words);
      },
    });
  };
}
