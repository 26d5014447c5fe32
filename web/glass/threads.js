// The table of threads: a row for each thread, with a strip of its last minute, and what proves the
// numbers of a row when its name is pressed.
//
// Owns: the rows, what each thread did at each look, which rows are open, the order.
// Must not know: how a look comes, how a strip is drawn.
//
// Part: `glass.js`.

import { drawStrip, SECONDS, shares } from './strips.js';

// So many rows are drawn, if the reader does not want all.
const ROWS_MAX = 40;

const HEADS = ['thread', `last ${SECONDS} s: ran`, 'now', 'since', 'ran', 'was ready', 'slept'];

const ORDERS = {
  way: 'as a message goes',
  busy: 'the busiest first',
  idle: 'the longest asleep first',
  name: 'by name',
};

const element = (tag, text = '') => Object.assign(document.createElement(tag), { textContent: text });

const put = (cell, text) => {
  if (cell.textContent !== text) cell.textContent = text;
};

// What a thread does, in the words that the server has for it, too.
export function stateText({ state, call, fd }) {
  const of = fd === null ? '' : `(${fd})`;
  const where = call ? ` in ${call}${of}` : '';
  if (state === 'run') return 'runs';
  if (state === 'sleep') return `sleeps${where}`;
  return state === 'disk' ? `waits for the disk${where}` : 'is stopped';
}

// Whether a thread waits until a peer takes bytes.
export const isSending = ({ call }) => ['sendto', 'sendmsg', 'write', 'writev'].includes(call);

function timeText(milliseconds) {
  if (milliseconds < 10_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

function workText(nanoseconds) {
  const milliseconds = nanoseconds / 1e6;
  return milliseconds < 10_000 ? `${milliseconds.toFixed(1)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

// Where a thread stands on the way of a message; the two threads of a client are together.
function place(name) {
  const [, kind, id] = /^([rw])-(\d+)$/.exec(name) ?? [];
  if (kind) return [3, Number(id)];
  const first = ['hub', 'accept', 'history'].indexOf(name);
  return [first < 0 ? 4 : first, 0];
}

const byWay = (a, b) =>
  a.place[0] - b.place[0] || a.place[1] - b.place[1] || a.name.localeCompare(b.name);

const SORTS = {
  way: byWay,
  busy: (a, b) => b.recent.ran - a.recent.ran || byWay(a, b),
  idle: (a, b) => a.since - b.since || byWay(a, b),
  name: (a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }),
};

// The explanation of one row: what wakes the thread, its source, and a command for each number.
function detailsOf(thread, pid) {
  const task = `/proc/${pid}/task/${thread.tid}`;
  const list = element('dl');
  const add = (term, text, isCode) => {
    const value = element('dd');
    value.append(isCode ? element('code', text) : text);
    list.append(element('dt', term), value);
  };
  add('what wakes it', (thread.waits_for ?? 'not in the paper').replaceAll('`', ''));
  add('its source', thread.source ?? 'not ours', true);
  add('now', `cat ${task}/syscall; grep State ${task}/status`, true);
  add('ran, was ready (ns)', `cat ${task}/schedstat`, true);
  add('slept, lost its core', `grep ctxt ${task}/status`, true);
  add('since', 'this page: since the first look after which it has not run');
  return list;
}

function createRow(thread, pid) {
  const line = element('tr');
  const head = element('th');
  head.scope = 'row';
  const button = Object.assign(element('button', thread.name), { type: 'button' });
  button.setAttribute('aria-expanded', 'false');
  head.append(button);
  const cells = HEADS.slice(1).map(() => element('td'));
  line.append(head, ...cells);
  const canvas = Object.assign(document.createElement('canvas'), { width: 120, height: 16 });
  // The text beside it says how much of the time the thread ran.
  canvas.setAttribute('aria-hidden', 'true');
  const ran = element('span');
  cells[0].className = 'strip';
  cells[0].append(canvas, ran);
  const row = { line, cells, canvas, ran, button, more: null, place: place(thread.name), past: [] };
  button.addEventListener('click', () => {
    const isOpen = !row.more;
    button.setAttribute('aria-expanded', String(isOpen));
    if (isOpen) {
      const cell = Object.assign(element('td'), { colSpan: HEADS.length });
      cell.append(detailsOf(row.thread, pid));
      row.more = Object.assign(element('tr'), { className: 'more' });
      row.more.append(cell);
      line.after(row.more);
    } else {
      row.more.remove();
      row.more = null;
    }
  });
  return row;
}

// Adds what the thread has done since the look before, and forgets what is too old.
function note(row, thread, at) {
  const old = row.thread;
  const isNew = !old || old.name !== thread.name;
  if (isNew) {
    Object.assign(row, { name: thread.name, place: place(thread.name), past: [], since: at });
    put(row.button, thread.name);
  } else {
    const hasRun = old.cpu_ns !== thread.cpu_ns || old.sleeps !== thread.sleeps;
    if (hasRun || old.state !== thread.state || old.call !== thread.call) row.since = at;
    row.past.push({ from: row.at, to: at, ...shares(old, thread, at - row.at) });
  }
  row.began ??= at;
  row.past = row.past.filter((piece) => piece.to > at - SECONDS * 1000);
  const time = row.past.reduce((sum, piece) => sum + piece.to - piece.from, 0);
  const ran = row.past.reduce((sum, piece) => sum + piece.ran * (piece.to - piece.from), 0);
  row.recent = { ran: time ? ran / time : 0 };
  Object.assign(row, { thread, at });
}

function drawState({ line, cells }, thread) {
  put(cells[1], stateText(thread));
  put(cells[3], workText(thread.cpu_ns));
  put(cells[4], workText(thread.ready_ns));
  put(cells[5], thread.sleeps.toLocaleString('en'));
  line.className = thread.state === 'run' ? 'run' : isSending(thread) ? 'slow' : '';
}

function drawRow(row, at) {
  const { thread, cells } = row;
  const isOld = row.since === row.began;
  row.line.hidden = false;
  drawState(row, thread);
  put(cells[2], thread.state === 'run' ? '' : `${isOld ? 'over ' : ''}${timeText(at - row.since)}`);
  put(row.ran, `${(row.recent.ran * 100).toFixed(1)} %`);
  drawStrip(row.canvas, row.past, at);
}

function toolsFor(table, redraw) {
  const tools = Object.assign(element('p'), { className: 'tools' });
  const order = element('select');
  order.setAttribute('aria-label', 'Order of the threads');
  for (const [value, text] of Object.entries(ORDERS)) order.append(new Option(text, value));
  order.addEventListener('change', redraw);
  const all = Object.assign(element('button'), { type: 'button', id: 'all' });
  all.addEventListener('click', () => {
    all.dataset.all = 'yes';
    redraw();
  });
  const key = Object.assign(element('span'), { className: 'key' });
  const colours = { run: 'runs', ready: 'ready, no core', thread: 'sleeps: other threads', peer: 'sleeps: a peer',
    send: 'a peer takes nothing', disk: 'the disk' };
  for (const [name, text] of Object.entries(colours)) {
    key.append(Object.assign(element('i'), { className: `k-${name}` }), text);
  }
  tools.append(order, all, key);
  table.closest('.scroll').before(tools);
  return { order, all };
}

// Takes over the server's table. Returns what draws one look in it.
export function createThreadTable(table, pid) {
  const rows = new Map();
  const seen = new Set();
  const sight = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) seen[isIntersecting ? 'add' : 'delete'](target);
  });
  const watched = (row) => {
    sight.observe(row.line);
    return row;
  };
  let last = 0;
  const body = element('tbody');
  const redraw = () => arrange(last);
  const tools = toolsFor(table, redraw);
  const head = element('tr');
  head.append(...HEADS.map((text) => Object.assign(element('th', text), { scope: 'col' })));
  const heads = element('thead');
  heads.append(head);

  function arrange(at) {
    const sorted = [...rows.values()].sort(SORTS[tools.order.value]);
    const shown = tools.all.dataset.all ? sorted : sorted.slice(0, ROWS_MAX);
    shown.forEach((row) => drawRow(row, at));
    const lines = shown.flatMap((row) => (row.more ? [row.line, row.more] : [row.line]));
    // The focus stays where it is if no line moves.
    const isSame = lines.length === body.children.length &&
      lines.every((line, index) => line === body.children[index]);
    if (!isSame) body.replaceChildren(...lines);
    tools.all.hidden = shown.length === sorted.length;
    put(tools.all, `Show all ${sorted.length} threads`);
  }

  return {
    // Draws a look. Of a thread that it is not about, the row stays as it was.
    draw({ threads, fresh }, at) {
      if (!last) table.replaceChildren(heads, body);
      last = at;
      const there = new Set();
      for (const thread of threads) {
        there.add(thread.tid);
        if (!rows.has(thread.tid)) rows.set(thread.tid, watched(createRow(thread, pid)));
        if (fresh.has(thread.tid)) note(rows.get(thread.tid), thread, at);
      }
      for (const [tid, row] of rows) {
        if (there.has(tid)) continue;
        sight.unobserve(row.line);
        seen.delete(row.line);
        rows.delete(tid);
      }
      arrange(at);
    },
    // The numbers of the threads whose rows are in sight.
    inSight: () => [...rows].filter(([, row]) => seen.has(row.line)).map(([tid]) => tid),
    // Shows an older look. What the rows have noted of the time since then stays.
    shows(threads) {
      const byTid = new Map(threads.map((thread) => [thread.tid, thread]));
      for (const [tid, row] of rows) {
        const thread = byTid.get(tid);
        row.line.hidden = !thread;
        if (!thread) continue;
        drawState(row, thread);
        put(row.cells[2], '');
      }
    },
  };
}
