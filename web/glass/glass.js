// The glass box (`/glass`), with a script: asks the server twice a second what it does, and writes
// rates, states and the last minute of each thread into the page that the server made.
//
// Only this page loads it; the chat's pages never do. A rate is the difference between two looks,
// divided by the time between them. Nothing is asked while nobody sees the page, or while it is
// frozen.
//
// Owns: when a look is asked for, the last look, *Freeze*; all numbers except those of threads;
// when a question or a replay holds them.
// Must not know: how a strip is drawn, how the server finds its numbers.
//
// Part: this file is its entry.

import { createFollow } from './follow.js';
import { createLooks } from './looks.js';
import { createPredict } from './predict.js';
import { createReplay } from './replay.js';
import { createThreadTable, isSending, stateText } from './threads.js';

const LOOK_EVERY_MS = 500;
// A look that has no answer by then is given up.
const LOOK_WAIT_MS = 5000;
const OUTBOXES_SHOWN_MAX = 20;
const DOTS_MAX = 200;

const find = (selector) => document.querySelector(selector);
const threads = createThreadTable(find('#threads'), Number(document.body.dataset.pid));
const looks = createLooks(threads.inSight);
let previous = null;
let timer = 0;
let isFrozen = false;
// A question or a replay stands on the page, so nothing new is shown.
let isHeld = false;
let isAsking = false;

const put = (element, text) => {
  // An unchanged text is not written again, so that a reader's selection stays.
  if (element && element.textContent !== String(text)) element.textContent = text;
};
const number = (name, value) => put(find(`[data-n="${name}"]`), value);
const per = (value) => (value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en'));

function drawBar(svg, now, peak, bound) {
  const share = (value) => (bound ? Math.min(100, Math.ceil((value * 100) / bound)) : 0);
  svg.querySelector('.now').setAttribute('width', share(now));
  svg.querySelector('.peak').setAttribute('x', Math.max(0, share(peak) - 1));
  svg.querySelector('.peak').setAttribute('width', Math.min(1, share(peak)));
  svg.toggleAttribute('data-full', bound > 0 && now >= bound);
}

// A square for each thread of a kind; a thread that has run since the look before is marked.
function drawDots(dots, look) {
  const named = look.threads.filter(({ name }) => name.startsWith(dots.dataset.dots)).slice(0, DOTS_MAX);
  while (dots.children.length > named.length) dots.lastChild.remove();
  while (dots.children.length < named.length) dots.append(document.createElement('i'));
  named.forEach((thread, index) => {
    const hasRun = previous && previous.ran.get(thread.tid) !== thread.cpu_ns;
    const isSlow = isSending(thread);
    dots.children[index].className = hasRun ? 'run' : isSlow ? 'send' : thread.state;
  });
}

function drawWay(look, seconds) {
  const asleep = look.threads.filter((thread) => thread.state !== 'run').length;
  number('threads', look.thread_count);
  number('running', look.threads.length - asleep);
  number('asleep', asleep);
  number('clients', look.limits.clients.taken);
  number('readers', look.threads.filter((thread) => thread.name.startsWith('r-')).length);
  number('writers', look.threads.filter((thread) => thread.name.startsWith('w-')).length);
  document.querySelectorAll('[data-dots]').forEach((dots) => drawDots(dots, look));
  number('own', `${1000 / LOOK_EVERY_MS}/s of them: the looks of this page`);
  number('doors', look.limits.doors.taken);
  number('held', look.outboxes.filter((one) => one.contents && one.contents.unsent > 0).length);
  const hub = look.threads.find((thread) => thread.name === 'hub');
  number('hub', hub ? stateText(hub) : 'is not there');
  number('took', `${(look.took_us / 1000).toFixed(1)} ms`);
  number('cost', `, ${(look.took_us / LOOK_EVERY_MS / 10).toFixed(1)} % of a core at two looks a second`);
  for (const total of document.querySelectorAll('[data-total]')) {
    const name = total.dataset.total;
    const value = look.counters[name];
    put(total, value.toLocaleString('en'));
    if (seconds) {
      const grown = (value - previous.look.counters[name]) / seconds;
      put(find(`[data-rate="${name}"]`), `${per(grown)}/s`);
    }
  }
}

function drawInboxes(look) {
  for (const queue of look.queues) {
    const row = find(`[data-queue="${queue.name}"]`);
    put(row.querySelector('[data-now]'), queue.now);
    put(row.querySelector('[data-peak]'), queue.peak);
    drawBar(row.querySelector('svg'), queue.now, queue.peak, queue.bound);
    if (queue.name === 'broadcast') {
      number('inbox', queue.now);
      number('inbox-peak', queue.peak);
      drawBar(find('[data-bar="broadcast"] svg'), queue.now, queue.peak, queue.bound);
    }
  }
  for (const [name, limit] of Object.entries(look.limits)) {
    const row = find(`[data-limit="${name}"]`);
    put(row.querySelector('[data-now]'), limit.taken);
    drawBar(row.querySelector('svg'), limit.taken, 0, limit.most);
  }
}

const element = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });

function outboxRow({ client, contents }, writers) {
  const { unsent, bound, waiting_bytes: bytes, may_write: writer, phase } = contents;
  const row = document.createElement('tr');
  const head = element('th', client);
  head.scope = 'row';
  const bar = find('#limits svg').cloneNode(true);
  drawBar(bar, unsent, 0, bound);
  head.append(bar);
  const now = element('td', unsent);
  if (unsent >= bound) now.append(' ', Object.assign(element('b', 'full'), { className: 'bad' }));
  const who = phase === 'open' ? writer : `${writer}, ${phase}`;
  const call = writers.has(client) ? stateText(writers.get(client)) : '-';
  row.append(head, now, ...[bound, bytes, who, call].map((text) => element('td', text)));
  return row;
}

function drawOutboxes(look) {
  const writers = new Map();
  for (const thread of look.threads) {
    if (thread.name.startsWith('w-')) writers.set(Number(thread.name.slice(2)), thread);
  }
  const unsent = (outbox) => outbox.contents?.unsent ?? 0;
  const held = look.outboxes.filter((outbox) => unsent(outbox) > 0);
  held.sort((a, b) => unsent(b) - unsent(a) || a.client - b.client);
  const shown = held.slice(0, OUTBOXES_SHOWN_MAX);
  find('#outboxes tbody').replaceChildren(...shown.map((outbox) => outboxRow(outbox, writers)));
  const busy = look.outboxes.filter((outbox) => !outbox.contents).length;
  // A look at some threads has no outbox that is empty.
  const empty = Math.max(0, writers.size - held.length - busy);
  number('others', `${shown.length} shown, ${empty} empty, ${busy} in use at that moment`);
}

const ranIn = (look) => new Map(look.threads.map((thread) => [thread.tid, thread.cpu_ns]));

// Draws one look, which came at `at` (milliseconds of this page's clock).
function draw(look, at) {
  const seconds = previous && (at - previous.at) / 1000;
  drawWay(look, seconds);
  drawInboxes(look);
  drawOutboxes(look);
  threads.draw(look, at);
  previous = { look, at, ran: ranIn(look) };
  replay.records(look, at);
  predict.sees(look, at);
  follow.asks();
  document.documentElement.dataset.looks = Number(document.documentElement.dataset.looks ?? 0) + 1;
}

async function ask() {
  if (isAsking) return;
  isAsking = true;
  try {
    const answer = await fetch(looks.address(), { signal: AbortSignal.timeout(LOOK_WAIT_MS) });
    if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
    const look = looks.whole(await answer.json());
    if (look.pid !== Number(document.body.dataset.pid)) return location.reload();
    // What comes after *Freeze* was pressed is not shown.
    if (!isFrozen && !isHeld) draw(look, performance.now());
    put(find('#state'), '');
  } catch {
    previous = null;
    put(find('#state'), 'The server does not answer. This is what was seen last.');
  } finally {
    isAsking = false;
  }
}

// Starts or stops to look, whichever is right now.
function watch() {
  clearInterval(timer);
  if (isFrozen || isHeld || document.hidden) {
    // The next rate is not one over the time in which nobody looked.
    previous = null;
    return;
  }
  timer = setInterval(ask, LOOK_EVERY_MS);
  ask();
}

const freeze = element('button', 'Freeze');
freeze.type = 'button';
freeze.id = 'freeze';
freeze.setAttribute('aria-pressed', 'false');
freeze.addEventListener('click', () => {
  isFrozen = !isFrozen;
  freeze.setAttribute('aria-pressed', String(isFrozen));
  put(find('#state'), isFrozen ? 'Frozen: the page keeps what it shows, and asks for nothing.' : '');
  watch();
});
function hold(isOn) {
  isHeld = isOn;
  // One thing at a time holds the page. The next looks make a replay possible again.
  freeze.disabled = predict.button.disabled = isOn;
  if (isOn) replay.button.disabled = true;
  watch();
}

// Draws a look that was recorded, with its rates since the recorded look before it.
function drawRecorded({ look, at }, before) {
  previous = before && { ...before, ran: ranIn(before.look) };
  drawWay(look, before && (at - before.at) / 1000);
  drawInboxes(look);
  drawOutboxes(look);
  threads.shows(look.threads);
}

const follow = createFollow(find('#tries'));
const predict = createPredict(find('#tries'), hold);
const replay = createReplay(find('#tries'), hold, drawRecorded);
find('nav').prepend(freeze, predict.button, replay.button);
document.documentElement.classList.add('live');
document.addEventListener('visibilitychange', watch);
watch();
