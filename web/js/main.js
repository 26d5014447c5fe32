// The page starts here. It came as a page that needs no script, and stays that until
// a line to the box is open and the room is here; then this takes over.
//
// Owns: the order of the start, the language, what the box's page said.
// Must not know: how any part does its work.
//
// A message passes: composer -> unsent -> socket -> (server) -> socket -> follow ->
// said -> log -> row. Read the files in that order.
//
// Next: `limits.js`.

import { clearAddress } from './addresses.js';
import { clockOf } from './clock.js';
import { buildFrame } from './frame.js';
import { forgetWhoLeft, keepSession } from './session.js';
import { openTalk } from './talk.js';

/** What the server's page says: the room, its limits, the session if there is one. */
const told = document.documentElement.dataset;

/** A link in the page's head; there, browsers of text would show those that they do not know. */
function headLink(rel, file) {
  const link = document.createElement('link');
  link.rel = rel;
  link.href = new URL(`../${file}`, import.meta.url).href;
  return link;
}

/** The live page's style, there before its elements are. */
function style() {
  const link = headLink('stylesheet', 'live.css');
  return new Promise((resolve, reject) => {
    link.onload = () => resolve(link);
    link.onerror = reject;
    // Loaded, and without a word about the page that is there.
    link.media = 'not all';
    document.head.append(link);
  });
}

/** A form that is on its way takes what is in it along. */
let isSubmitted = false;
addEventListener('submit', (event) => { isSubmitted = isSubmitted || event.target.id === 'say'; });

/** What stands in the form of the page that was here. */
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

/** Puts the live page in the place of the other. Returns what was being typed there. */
function takeOver(link, frame) {
  const typed = typedSoFar();
  document.querySelectorAll('link[href$="/base.css"]').forEach((other) => other.remove());
  link.media = 'all';
  document.body.replaceChildren(...frame);
  return typed;
}

/** For the browser's own list of programs, and for the time when the box is away. */
function prepareForAway() {
  document.head.append(headLink('manifest', 'manifest.webmanifest'));
  if (!window.isSecureContext || !navigator.serviceWorker) return;
  const program = `/away.js?lang=${document.documentElement.lang}`;
  navigator.serviceWorker.register(program).catch(() => {});
}

async function start() {
  // The page of the box has the ways back, and nobody is made of its reader before that.
  if (forgetWhoLeft(told.token)) return;
  const language = document.documentElement.lang.split('-')[0];
  const [link, { words }] = await Promise.all([style(), import(`../words/${language}.js`)]);
  const say = (key, values) => (
    (words[key] || key).replace(/\{(\w+)\}/g, (whole, name) => (values && name in values ? values[name] : whole))
  );
  const frame = buildFrame({ room: told.room, say });
  const session = keepSession(told.token, 'link' in told);
  openTalk({
    room: told.room,
    session,
    clock: clockOf(words.locale, told.times === 'no'),
    say,
    frame,
    takeOver: () => {
      prepareForAway();
      clearAddress(session.isKept(), told.room);
      return takeOver(link, frame);
    },
  });
}

/** Browsers that do not shrink the page for their keyboard (iOS) say so here. */
function followKeyboard() {
  const view = window.visualViewport;
  if (!view) return;
  view.addEventListener('resize', () => {
    const covered = view.scale === 1 && innerHeight - view.height > 1;
    document.documentElement.style.setProperty('--height', covered ? `${view.height}px` : '');
  });
}

followKeyboard();
// What was said around a message, or long ago, is read where it is; the live page has the newest.
const looksBack = ['at', 'before'].some((one) => new URLSearchParams(location.search).has(one));
if (!looksBack) start();
