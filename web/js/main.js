// The page starts here. It came as a page of the server that needs no script, and stays that until the server has let it
// into the room; then the live page takes its place.
//
// Owns: the order of the start, and what is taken from the server's page.
// Must not know: how a part works.
//
// The lines "Next" lead from here along the way of a message: from the field to the server, and back to a row of the log.
//
// Next: `chat.js`.

import { clearAddress, linkedSeq } from './addresses.js';
import { openChat } from './chat.js';
import { forgetWhoLeft } from './connection/session.js';
import { buildLayout, showLayout } from './layout.js';
import { loadWords } from './words.js';

/** What the server's page says: the session if there is one, and whether its address has it. */
const pageData = document.documentElement.dataset;

/** Makes a link for the page's head. It is not in the server's page, because text browsers would show it. */
function headLink(rel, file) {
  const link = document.createElement('link');
  link.rel = rel;
  link.href = new URL(`../${file}`, import.meta.url).href;
  return link;
}

/** Loads the live page's style sheet before its elements are shown. */
function loadStyle() {
  const link = headLink('stylesheet', 'live.css');
  return new Promise((resolve, reject) => {
    link.onload = () => resolve(link);
    link.onerror = reject;
    // Loaded, but not used for the page that is shown.
    link.media = 'not all';
    document.head.append(link);
  });
}

// --- The server's page, until the live page is there ---

/** Times of the server's page, as the server wrote them. */
const timesOfServer = new Map();

/** Shows the times of the server's page by the reader's clock. */
function showTimes() {
  const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  for (const time of document.querySelectorAll('time')) {
    timesOfServer.set(time, time.textContent);
    time.textContent = time.textContent.replace(/\d\d:\d\d$/, clock.format(new Date(time.dateTime)));
  }
  if ('start' in pageData) pageData.start = 'timed';
}

/** The live page does not come yet: the server's page is as without scripts. */
function stayPlain() {
  timesOfServer.forEach((words, time) => { time.textContent = words; });
  timesOfServer.clear();
  delete pageData.start;
}

/** The form of the server's page is on its way, with what is in it. */
let isSubmitted = false;
addEventListener('submit', (event) => { isSubmitted = isSubmitted || event.target.id === 'say'; });

/** What stands in the form of the server's page. */
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

/** Puts the live page in the place of the server's page. Returns what was typed there. */
function takeOver(link, session) {
  prepareForAway();
  clearAddress(session.isStored());
  const typed = typedSoFar();
  document.querySelectorAll('link[href$="/base.css"]').forEach((other) => other.remove());
  link.media = 'all';
  showLayout();
  return typed;
}

/** For the browser's own list of programs, and for the time when the server is away. */
function prepareForAway() {
  document.head.append(headLink('manifest', 'manifest.webmanifest'));
  if (!window.isSecureContext || !navigator.serviceWorker) return;
  const program = `/away.js?lang=${document.documentElement.lang}`;
  navigator.serviceWorker.register(program).catch(() => {});
}

async function start() {
  // The server's page has the ways back. A live page would make a new person.
  if (forgetWhoLeft(pageData.token)) {
    stayPlain();
    return;
  }
  showTimes();
  const [link] = await Promise.all([loadStyle(), loadWords()]);
  buildLayout();
  openChat({
    given: pageData.token,
    isByLink: 'link' in pageData,
    goal: linkedSeq(location.href),
    stayPlain,
    takeOver: (session) => takeOver(link, session),
  });
}

/** Fits the page above the keyboard in browsers that do not do so themselves (iOS). */
function followKeyboard() {
  const view = window.visualViewport;
  if (!view) return;
  view.addEventListener('resize', () => {
    const covered = view.scale === 1 && innerHeight - view.height > 1;
    document.documentElement.style.setProperty('--height', covered ? `${view.height}px` : '');
  });
}

followKeyboard();
start();
