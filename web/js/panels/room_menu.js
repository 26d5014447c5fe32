// The menu of the room, behind its name in the header. It is loaded when the reader comes near it.
//
// Owns: what stands in this menu, and which of its changes waits for an answer.
// Must not know: how a request travels.
//
// Part: `chat.js`.

import { currentRoom, roomPath } from '../addresses.js';
import { inviteLink, originForOthers, saveLink } from '../addresses_more.js';
import { button, element, elementWith, fillSentence, isolated } from '../elements.js';
import { pageElement } from '../layout.js';
import { checkbox, choiceElement, confirmed, copyButton, labelledField, showLink } from '../layout_more.js';
import { hasNotices } from '../messages/notices.js';
import { noticesOf, writeSetting } from '../storage.js';
import { refusalWords, say } from '../words.js';

/**
 * Makes the button for an invite, and the place where its link appears, with a form that sends it
 * to one person: `sendTo(name, text)` returns what is wrong. Without a connection, or in a tab of
 * its own, the button leads to the server's page for invites.
 */
function makeInvite(send, sendTo) {
  const opener = elementWith('a', { class: 'plain', href: inviteLink() }, say('invite'));
  const place = elementWith('div', { class: 'made', role: 'status' });
  const form = fieldForm('whom', say('inviteWhom'), { dir: 'auto' }, say('send'));
  const told = elementWith('p', { class: 'small', role: 'status' });
  const { whom } = form.elements;
  let isAsking = false;
  let link = '';

  function sendLink() {
    const name = whom.value.trim();
    const problem = name && sendTo(name, say('inviteText', { room: currentRoom, link }));
    told.textContent = problem || (name && say('youWroteTo', { name: isolated(name) }));
    if (!problem) form.reset();
    whom.focus({ preventScroll: true });
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    sendLink();
  });

  /** Asks for a link, which then goes to the person with this name; '': to nobody. */
  function ask(name) {
    whom.value = name;
    told.textContent = '';
    // With a name that nobody has there is no link: a new one could end an older one.
    isAsking = send({ type: 'invite', room: currentRoom, ...(name && { to: name }) });
    place.textContent = isAsking ? '' : say('needsConnection');
  }

  opener.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    ask('');
  });
  return {
    opener, place, ask,
    /** Takes an `invite`, which answers the request. */
    made({ token }) {
      isAsking = false;
      link = showLink(place, say('inviteLink', { room: currentRoom }), say('copyInvite'), `${roomPath(currentRoom)}/invite?code=${token}`);
      place.append(form, told);
      if (whom.value) sendLink();
    },
    refused(frame) {
      if (!isAsking || frame.id || frame.room !== currentRoom) return false;
      isAsking = false;
      place.textContent = refusalWords(frame);
      return true;
    },
  };
}

function roomFile(form, words) {
  const link = element('a', '', words);
  link.href = saveLink(currentRoom, form);
  link.download = '';
  return link;
}

function fieldForm(name, label, attributes, words) {
  return elementWith('form', { class: `row ${name}` }, labelledField(label, { name, ...attributes }), elementWith('button', { class: 'plain' }, words));
}

/**
 * Fills the menu. `room` is what `openRoomHeader` knows of the room: { topic, hidden, locked,
 * isMaker }; the last says whether the reader made it, and may change who can join.
 * `hasPassword()`: the reader's name has one, so that they may be on other devices, too.
 * Returns { draw, invite, invited, accessChanged, refused }.
 */
export function fillRoomMenu({ commands, panels, composer, roomLog, send, hasPassword, room }) {
  const sheet = pageElement('#room-menu .sheet');
  const topic = fieldForm('topic', say('topicOf'), { dir: 'auto' }, say('save'));
  const password = fieldForm('password', say('password'), { type: 'password' }, say('save'));
  const hidden = checkbox('hidden', say('hiddenRoom'));
  const noPassword = confirmed('room-menu', 'no-password', say('removePassword'), {
    more: () => say('removePasswordMore', { room: isolated(currentRoom) }),
    really: say('removePassword'),
    act(back) {
      change({ password: '' });
      back();
    },
  });
  const problem = elementWith('p', { class: 'problem', role: 'alert' });
  const saved = elementWith('p', { class: 'small', role: 'status' });
  const leaving = elementWith('p', { class: 'problem', role: 'alert' });
  const topicProblem = elementWith('p', { class: 'problem', role: 'alert' });
  const invite = makeInvite(send, commands.sendTo);
  let isAsking = false;

  const tell = (place, words) => { place.textContent = words; };

  /** Asks the server for a change of who may enter the room. */
  function change(wish) {
    isAsking = roomLog.close(wish);
    // The answer stands below what was pressed.
    (wish.password ? password : hidden).after(problem, saved);
    tell(problem, isAsking ? '' : say('needsConnection'));
    tell(saved, '');
    if (!isAsking) draw();
  }

  function draw() {
    if (!topic.contains(document.activeElement)) topic.elements.topic.value = room.topic;
    hidden.firstChild.checked = room.hidden;
    wish.value = noticesOf(currentRoom);
    how.hidden = wish.value === 'none' || hasNotices();
    noPassword.hidden = !room.locked;
    lockHint.hidden = !room.locked;
    copyAddress.hidden = room.locked;
    forMaker.hidden = !room.isMaker;
    leavesHere.hidden = !hasPassword();
    leave.hidden = room.locked || room.hidden;
    leaveClosed.hidden = !leave.hidden;
    password.elements.password.placeholder = room.locked ? say('passwordIsSet') : '';
  }

  topic.addEventListener('submit', (event) => {
    event.preventDefault();
    const words = commands.setTopic(topic.elements.topic.value.trim());
    tell(topicProblem, words);
    if (!words) panels.closeFrom('room-menu');
  });
  password.addEventListener('submit', (event) => {
    event.preventDefault();
    if (password.elements.password.value) change({ password: password.elements.password.value });
  });
  hidden.firstChild.addEventListener('change', () => change({ hidden: hidden.firstChild.checked }));

  /** Makes a button that closes the menu, and then calls `act()`. */
  const out = (words, act) => button(words, () => {
    panels.closeFrom('room-menu');
    act();
  });
  const notices = choiceElement('notices', say('notices'), [['all', say('noticesAll')], ['', say('noticesToMe')], ['none', say('noticesNone')]]);
  const wish = notices.querySelector('select');
  // Without a way to come, none comes.
  const how = element('p', 'small how', say('noticesHow'), ' ', out(say('itsSettings'), () => panels.open('me')));
  wish.addEventListener('change', () => {
    writeSetting(`notices.${currentRoom}`, wish.value);
    draw();
  });
  pageElement('#room-menu').addEventListener('toggle', ({ target }) => {
    if (target.open) {
      sheet.scrollTop = 0;
      tell(saved, '');
    }
    draw();
  });
  const leaveRoom = () => tell(leaving, commands.leaveRoom());
  const leave = button(say('leaveRoom', { room: currentRoom }), leaveRoom);
  leave.classList.add('leave');
  // The way back is not a press on the list.
  const leaveClosed = confirmed('room-menu', 'leave-closed', say('leaveRoom', { room: currentRoom }), {
    more: () => say('leaveClosedMore'),
    really: say('leave'),
    act(back) {
      back();
      leaveRoom();
    },
  });
  const leavesHere = element('p', 'small', say('leaveHere'));
  const address = `${originForOthers() || location.origin}${roomPath(currentRoom)}`;
  // In a room with a password, the invite is the only link to copy.
  const copyAddress = copyButton(say('link'), address);
  const lockHint = element('p', 'small');
  fillSentence(lockHint, say('linkIsNotEnough', { address: isolated(address) }));
  const post = `curl -d 'hello' ${address}`;
  const curl = element('code', 'block', post);
  const asText = roomFile('text', `${say('saveAs')} ${say('asText')}`);
  asText.classList.add('plain');
  // What stands in the way of all who write no programs.
  const forPrograms = elementWith('details', { class: 'advanced' }, element('summary', '', say('programsHere')),
    element('h2', '', say('postHere')),
    element('div', 'post', curl, copyButton(say('copy'), post, curl)),
    element('p', 'links', `${say('saveAs')} `, roomFile('csv', say('asCsv')), ' ', roomFile('jsonl', say('asJsonLines'))));
  const forMaker = element('div', '', element('h2', '', say('whoMayEnter')), password, element('p', 'small', say('passwordMore')), noPassword, hidden, problem, saved);
  sheet.replaceChildren(
    // The header may cut the name.
    element('h2', 'whole', element('bdi', '', currentRoom)),
    element('div', 'buttons more', out(say('find'), () => panels.open('search')), asText,
      out(say('commands'), () => {
        commands.help();
        composer.focus();
      })),
    topic, topicProblem, notices, how,
    element('h2', '', say('share')),
    element('div', 'buttons share', invite.opener, copyAddress),
    invite.place, lockHint, forMaker,
    leaveClosed, leave, leaving, leavesHere, forPrograms,
  );
  draw();
  return {
    draw,
    invite: invite.ask,
    invited: invite.made,
    /** The server has changed who may enter the room. */
    accessChanged() {
      if (isAsking) {
        password.elements.password.value = '';
        tell(saved, say('accessSaved'));
      }
      isAsking = false;
      tell(problem, '');
      draw();
    },
    refused(frame) {
      if (invite.refused(frame)) return true;
      if (!isAsking || frame.id || frame.room !== currentRoom) return false;
      isAsking = false;
      tell(problem, refusalWords(frame));
      draw();
      return true;
    },
  };
}
