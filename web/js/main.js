// The script starts here. The browser shows a page of the server that needs no script. When the
// server has let the script into the room, the live page takes the place of that page.
//
// Owns: the order of the start, and what is taken from the server's page.
// Must not know: how a part works.
//
// The lines "Next" lead from here along the way of a message: from the field to the server, and
// back to a row of the log.
//
// Next: `chat.js`.

import { clearAddress, home, linkedSeq } from './addresses.js';
import { openChat } from './chat.js';
import { forgetWhoLeft } from './connection/session.js';
import { addStyle, headLink } from './later.js';
import { buildLayout, showLayout, touchScreen } from './layout.js';
import { loadWords } from './words.js';

/**
 * The data attributes of the server's page: the session's token if there is one, and whether the
 * address has it.
 */
const pageData = document.documentElement.dataset;

// --- The server's page, until the live page is there ---

/** The elements with times of the server's page, and the words that the server wrote in them. */
const timesOfServer = new Map();

/** Shows the times of the server's page in the reader's time zone. */
function showTimes() {
  const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  for (const time of document.querySelectorAll('time')) {
    timesOfServer.set(time, time.textContent);
    time.textContent = time.textContent.replace(/\d\d:\d\d$/, clock.format(new Date(time.dateTime)));
  }
  if ('start' in pageData) pageData.start = 'timed';
}

/** The live page does not come yet: makes the server's page what it is without scripts. */
function stayPlain() {
  timesOfServer.forEach((words, time) => { time.textContent = words; });
  timesOfServer.clear();
  delete pageData.start;
}

/** Whether the browser is sending the form of the server's page, with what is in it. */
let isSubmitted = false;
addEventListener('submit', (event) => { isSubmitted = isSubmitted || event.target.id === 'say'; });

/**
 * Returns what the server's page says about what the reader has just done there; '' if it says
 * nothing, or a list.
 */
function toldSoFar() {
  const told = document.querySelector('main > [role="status"]');
  return told && !told.querySelector('br') ? told.textContent.trim() : '';
}

/** Returns what stands in the form of the server's page; nothing if the form is being sent. */
function typedSoFar() {
  const field = (name) => document.querySelector(`#say [name="${name}"]`) || { value: '' };
  if (isSubmitted) return { text: '', name: '', hasFocus: false, isNaming: false };
  return {
    text: field('text').value,
    name: field('name').value.trim(),
    hasFocus: document.activeElement === field('text'),
    isNaming: document.activeElement === field('name'),
  };
}

/**
 * Puts the live page in the place of the server's page. Returns what was typed in that page, and
 * what it said (`told`).
 */
function takeOver(link, session) {
  prepareForAway();
  clearAddress(session.isStored());
  const typed = { ...typedSoFar(), told: toldSoFar() };
  document.querySelectorAll('link[href$="/base.css"]').forEach((other) => other.remove());
  delete pageData.start;
  link.media = 'all';
  showLayout();
  return typed;
}

/**
 * Lets the browser offer the chat as a program, and starts `away.js` for the time when the server
 * is away.
 */
function prepareForAway() {
  document.head.append(headLink('manifest', 'manifest.webmanifest'));
  if (!window.isSecureContext || !navigator.serviceWorker) return;
  const program = `${home}away.js?lang=${document.documentElement.lang}`;
  navigator.serviceWorker.register(program).catch(() => {});
}

async function start() {
  // The server's page says how to come back. A live page would make a new person.
  if (forgetWhoLeft(pageData.token)) {
    stayPlain();
    return;
  }
  showTimes();
  // The live page does so, too: no letter gets lost on the way there.
  const field = document.querySelector('#say [name="text"]');
  if (field && !touchScreen.matches && document.activeElement === document.body) field.focus({ preventScroll: true });
  // With this medium the browser loads the style sheet, but does not use it for the server's page.
  const [link] = await Promise.all([addStyle('live.css', 'not all'), loadWords()]);
  buildLayout();
  openChat({
    given: pageData.token,
    isByLink: 'link' in pageData,
    goal: linkedSeq(location.href),
    stayPlain,
    takeOver: (session) => takeOver(link, session),
  });
}

start();
