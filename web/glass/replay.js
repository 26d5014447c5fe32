// *Slow replay*: shows the last looks again, at 1/100 of their speed, or one by one.
//
// What is recorded: the looks that this page has drawn in the last six seconds, with the moments
// at which they came. Between two looks the page knows only sums: which counter has grown, and how
// long each thread has run. The server knows nothing of a replay, and is never slowed.
//
// Owns: the recorded looks, and which of them is shown.
// Must not know: how a look is drawn.
//
// Part: `web/glass/glass.js`.

const RECORDED_MS = 6000;
const SLOWER = 100;
const TICK_MS = 100;
const CHANGES_MAX = 12;

const element = (tag, text = '') => Object.assign(document.createElement(tag), { textContent: text });
const button = (text, id) => Object.assign(element('button', text), { type: 'button', id });

// What has changed from one look to the next, in words; the threads that ran longest come first.
function changes(before, after) {
  // Only of a thread that both looks are about does the page know what it did between them.
  const read = before.threads.filter(({ tid }) => before.fresh.has(tid));
  const ran = new Map(read.map((thread) => [thread.tid, thread]));
  const both = after.threads.filter(({ tid }) => after.fresh.has(tid));
  const known = both.filter((thread) => ran.get(thread.tid)?.name === thread.name);
  const lines = known.map((thread) => {
    const old = ran.get(thread.tid);
    return { name: thread.name, cpu: thread.cpu_ns - old.cpu_ns, sleeps: thread.sleeps - old.sleeps };
  });
  const worked = lines.filter(({ cpu, sleeps }) => cpu > 0 || sleeps > 0).sort((a, b) => b.cpu - a.cpu);
  const counted = Object.entries(after.counters).filter(([name, value]) => value > before.counters[name]);
  return [
    ...counted.map(([name, value]) => `${name} +${value - before.counters[name]}`),
    ...worked.map(({ name, cpu, sleeps }) => `${name} ran ${Math.round(cpu / 1000)} µs, slept ${sleeps} times`),
  ];
}

export function createReplay(place, hold, drawRecorded) {
  const start = button('Slow replay', 'slow');
  const section = Object.assign(element('section'), { id: 'replay', hidden: true });
  section.setAttribute('aria-label', 'Slow replay');
  const what = element('p');
  what.className = 'small';
  const where = element('p');
  where.setAttribute('role', 'status');
  const list = element('ul');
  const [back, forth, play, leave] =
    [button('Look before', 'back'), button('Next look', 'forth'), button('', 'play'), button('Live again', 'live')];
  const buttons = element('p');
  buttons.append(back, forth, play, leave);
  section.append(what, buttons, where, list);
  place.append(section);
  start.disabled = true;
  let recorded = [];
  let index = 0;
  // How far the replay is after the look that is shown, in milliseconds of the recorded time.
  let passed = 0;
  let timer = 0;

  const gap = () => (recorded[index + 1] ? recorded[index + 1].at - recorded[index].at : 0);

  function tells() {
    const left = recorded.length - 1 - index;
    const rest = timer
      ? ` At 1/${SLOWER}: ${passed.toFixed(0)} ms of ${gap().toFixed(0)} ms are over until the next one.`
      : '';
    where.textContent = `Look ${index + 1} of ${recorded.length}.${left ? rest : ' This is the last one.'}`;
    play.textContent = timer ? 'Stop' : `Play at 1/${SLOWER}`;
    back.disabled = index === 0;
    forth.disabled = play.disabled = left === 0;
  }

  function shows(next) {
    index = next;
    passed = 0;
    drawRecorded(recorded[index], recorded[index - 1]);
    const after = recorded[index + 1];
    const lines = after ? changes(recorded[index].look, after.look) : [];
    const items = lines.slice(0, CHANGES_MAX).map((text) => element('li', text));
    const rest = lines.length - items.length;
    if (rest > 0) items.push(element('li', `and ${rest} more`));
    if (items.length) items.unshift(element('li', `until the next look, ${gap().toFixed(0)} ms later:`));
    list.replaceChildren(...items);
    if (!after) stops();
    tells();
  }

  function stops() {
    clearInterval(timer);
    timer = 0;
  }

  function ticks() {
    passed += TICK_MS / SLOWER;
    if (passed >= gap()) shows(index + 1);
    else tells();
  }

  start.addEventListener('click', () => {
    hold(true);
    section.hidden = false;
    const time = (recorded.at(-1).at - recorded[0].at) / 1000;
    what.textContent = `Recorded: ${recorded.length} looks of this page, over ${time.toFixed(1)} s. ` +
      'Between two looks the page knows only sums. The server goes on at its own speed.';
    shows(0);
    forth.focus();
  });
  back.addEventListener('click', () => shows(index - 1));
  forth.addEventListener('click', () => shows(index + 1));
  play.addEventListener('click', () => {
    if (timer) stops();
    else timer = setInterval(ticks, TICK_MS);
    tells();
  });
  leave.addEventListener('click', () => {
    stops();
    section.hidden = true;
    hold(false);
    start.disabled = false;
    start.focus();
  });

  return {
    button: start,
    records(look, at) {
      recorded.push({ look, at });
      recorded = recorded.filter((one) => one.at >= at - RECORDED_MS);
      start.disabled = recorded.length < 2;
    },
  };
}
