// *Follow my next message*: asks the server to note when the reader's next message passes each of
// eight steps, and lights the boxes of the way one after the other.
//
// The steps take some microseconds each, so the page lights a box for each step at a pace that one
// can see, and writes the true times beside them. They stay until they are dismissed.
//
// Owns: the section of the page about one message.
// Must not know: looks; how a step is seen.
//
// Part: `web/glass/glass.js`.

// Beside the page.
const ADDRESS = 'glass/follow';
// Between two boxes that are lit.
const STEP_MS = 350;
const LOOKS_OUT = 'The server looks out for your next message, for two minutes. Write it in the chat.';

const element = (tag, text = '') => Object.assign(document.createElement(tag), { textContent: text });

function timeText(nanoseconds) {
  const micros = nanoseconds / 1000;
  if (micros < 10) return `${micros.toFixed(1)} µs`;
  return micros < 10_000 ? `${Math.round(micros)} µs` : `${(micros / 1000).toFixed(1)} ms`;
}

// How long after the step before; the first step has none before it.
const afterText = ({ after_ns: after }) => (after === null ? 'begins' : `+${timeText(after)}`);

const isStill = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

export function createFollow(place) {
  const section = element('section');
  section.id = 'follow';
  const button = Object.assign(element('button', 'Follow my next message'), { type: 'button' });
  const dismiss = Object.assign(element('button', 'Dismiss'), { type: 'button', hidden: true });
  dismiss.id = 'dismiss';
  const words = element('p');
  words.setAttribute('role', 'status');
  const table = element('table');
  table.setAttribute('aria-label', 'The way of my last message');
  table.hidden = true;
  const buttons = element('p');
  buttons.append(button, dismiss);
  section.append(buttons, words, table);
  place.append(section);
  let waits = false;
  let isAsking = false;
  let timers = [];

  const boxOf = ({ name }) => document.querySelector(`[data-steps~="${name}"]`);

  function clears() {
    timers.forEach(clearTimeout);
    timers = [];
    document.querySelectorAll('.step').forEach((old) => old.remove());
    document.querySelectorAll('.lit').forEach((box) => box.classList.remove('lit'));
    table.replaceChildren();
    table.hidden = dismiss.hidden = true;
  }

  function lights(step) {
    const box = boxOf(step);
    if (!box) return;
    const line = element('p', `${step.name}: ${afterText(step)}`);
    line.className = 'step';
    box.classList.add('lit');
    box.append(line);
  }

  function rowOf({ name, what, at_ns: at, after_ns: after, why_not: why }) {
    const row = element('tr');
    const head = element('th', `${name}: ${what}`);
    head.scope = 'row';
    const isPassed = at !== null;
    row.append(head);
    if (isPassed) row.append(element('td', afterText({ after_ns: after })), element('td', timeText(at)));
    else row.append(Object.assign(element('td', why), { colSpan: 2 }));
    return row;
  }

  function shows({ clients, queued, steps }) {
    clears();
    const heads = element('tr');
    const names = ['step', 'after the one before', 'since the first'];
    heads.append(...names.map((text) => Object.assign(element('th', text), { scope: 'col' })));
    table.append(heads, ...steps.map(rowOf));
    table.hidden = dismiss.hidden = false;
    words.textContent = `Connections that heard it: ${clients}; of them with the help of a writer: ${queued}.`;
    const passed = steps.filter((step) => step.at_ns !== null);
    passed.forEach((step, index) => {
      if (isStill()) lights(step);
      else timers.push(setTimeout(lights, index * STEP_MS, step));
    });
  }

  function setWaits(isOn) {
    waits = isOn;
    button.disabled = isOn;
  }

  // Asks for the steps, if the server looks out for a message, or a step can still come. A new page
  // asks once: what was followed stays until it is dismissed.
  async function asks(isNew = false) {
    if (!(waits || isNew) || isAsking) return;
    isAsking = true;
    try {
      const { waits: isWanted, last } = await (await fetch(`${ADDRESS}?as=json`)).json();
      if (isWanted || last?.under_way) {
        if (isNew) setWaits(true);
        if (isNew && isWanted) words.textContent = LOOKS_OUT;
        return;
      }
      if (waits && !last) words.textContent = 'No message of yours came within two minutes.';
      setWaits(false);
      if (last) shows(last);
    } catch {
      // The next look says that the server does not answer.
    } finally {
      isAsking = false;
    }
  }

  async function sends(act) {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' };
    const answer = await fetch(ADDRESS, { method: 'POST', headers, body: `act=${act}` });
    return answer.json();
  }

  button.addEventListener('click', async () => {
    clears();
    try {
      const { has_session: hasSession } = await sends('follow');
      setWaits(hasSession);
      words.textContent = waits
        ? LOOKS_OUT
        : 'This browser has no session in the chat. Enter the chat first, then press this again.';
    } catch {
      words.textContent = 'The server does not answer.';
    }
  });
  dismiss.addEventListener('click', () => {
    clears();
    words.textContent = '';
    button.focus();
    sends('dismiss').catch(() => {});
  });

  asks(true);
  return { asks: () => asks() };
}
