// *Predict*: asks a question before the page shows its next numbers, and writes the guess beside
// what then happens.
//
// The running server answers each question: the answer is the difference between looks, nothing
// that somebody wrote down before. The guesses stay until the page is left.
//
// Owns: the questions, the guesses, and how a look answers a question.
// Must not know: how a look is asked for or drawn.
//
// Part: `web/glass/glass.js`.

import { isSending } from './threads.js';

const MEASURE_MS = 10_000;
const LAB = 'Make one: start threadbare lab, and type deaf and talk into it.';

const element = (tag, text = '') => Object.assign(document.createElement(tag), { textContent: text });
const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;

// What a counter has grown by since the first look of a question.
const grown = (name, { first, look }) => look.counters[name] - first.look.counters[name];

// The question's answer when its ten seconds are over, with what `value` says; before, how long it
// still takes.
const inTenSeconds = (value) => (seen) => {
  const passed = seen.at - seen.first.at;
  if (passed < MEASURE_MS) return { wait: `the page measures: ${seconds(MEASURE_MS - passed)} left` };
  return { done: `${value(seen)} in ${seconds(passed)}` };
};

// The first queue that is at least half full: its name, or nothing.
function halfFull(look) {
  const isHalf = (now, bound) => bound && now * 2 >= bound;
  const queue = look.queues.find(({ now, bound }) => isHalf(now, bound));
  if (queue) return `the inbox ${queue.name} of the hub (${queue.now} of ${queue.bound})`;
  const outbox = look.outboxes.find(({ contents }) => contents && isHalf(contents.unsent, contents.bound));
  const held = outbox?.contents;
  return outbox && `the outbox of client ${outbox.client} (${held.unsent} of ${held.bound})`;
}

// A client whose writer waits until the client takes bytes.
function deafClient(look) {
  const writer = look.threads.find((thread) => /^w-\d+$/.test(thread.name) && isSending(thread));
  return writer && Number(writer.name.slice(2));
}

function untilItIsEnded(seen) {
  const { look, at, kept } = seen;
  if (kept.client !== undefined) {
    const isHere = look.threads.some(({ name }) => name === `w-${kept.client}`);
    if (!isHere) return { done: `client ${kept.client} was ended after ${seconds(at - kept.since)}` };
    const holds = look.outboxes.some(({ client, contents }) => client === kept.client && contents?.unsent !== 0);
    if (deafClient(look) !== undefined || holds) {
      return { wait: `client ${kept.client} takes nothing for ${seconds(at - kept.since)}` };
    }
  }
  // It reads again, or none has stopped so far.
  kept.client = deafClient(look);
  kept.since = at;
  return { wait: 'the page waits for a client that stops reading' };
}

const QUESTIONS = [
  {
    text: 'How many rounds will the hub make in the next ten seconds?',
    hint: 'A round begins when something comes to the hub.',
    answer: inTenSeconds((seen) => `rounds: ${grown('rounds', seen).toLocaleString('en')}`),
  },
  {
    text: 'Who will give more messages to the sockets in the next ten seconds?',
    choices: ['the hub by itself', 'the writers', 'nobody: nothing is sent'],
    answer: inTenSeconds((seen) => {
      const [hub, writers] = [grown('express', seen), grown('queued', seen)];
      const who = hub + writers === 0 ? 'nobody' : hub >= writers ? 'the hub' : 'the writers';
      return `${who}: the hub ${hub}, the writers ${writers}`;
    }),
  },
  {
    text: 'A client stops reading. Which queue will be half full first?',
    hint: LAB,
    choices: ["the hub's inbox", "that client's outbox", 'the outboxes of all clients'],
    answer: ({ look }) => {
      const queue = halfFull(look);
      return queue ? { done: queue } : { wait: 'no queue is half full so far' };
    },
  },
  {
    text: 'A client stops reading. How many seconds until the server ends it?',
    hint: `The page counts from the look in which its writer waits for it. ${LAB}`,
    answer: untilItIsEnded,
  },
];

export function createPredict(place, hold) {
  const button = Object.assign(element('button', 'Predict'), { type: 'button', id: 'predict-button' });
  const section = Object.assign(element('section'), { id: 'predict', hidden: true });
  section.setAttribute('aria-label', 'Predict');
  const form = element('form');
  const table = Object.assign(element('table'), { hidden: true });
  table.setAttribute('aria-label', 'My guesses');
  const heads = element('tr');
  const names = ['question', 'my guess', 'what happened'];
  heads.append(...names.map((text) => Object.assign(element('th', text), { scope: 'col' })));
  table.append(heads);
  section.append(form, table);
  place.append(section);
  let next = 0;
  // The questions whose answer has not come: each with its cell, and what it has seen.
  let open = [];

  function asks() {
    const question = QUESTIONS[next % QUESTIONS.length];
    const label = element('label', question.text);
    const field = element(question.choices ? 'select' : 'input');
    if (question.choices) field.append(...question.choices.map((text) => new Option(text)));
    else Object.assign(field, { inputMode: 'decimal', size: 8, autocomplete: 'off', required: true });
    label.append(' ', field);
    const go = element('button', 'Uncover');
    const leave = Object.assign(element('button', 'Not now'), { type: 'button' });
    leave.addEventListener('click', ends);
    const hint = Object.assign(element('p', question.hint ?? ''), { className: 'small' });
    form.replaceChildren(label, go, leave, hint);
    form.onsubmit = (event) => {
      event.preventDefault();
      guesses(question, field.value.trim());
    };
    section.hidden = form.hidden = false;
    document.documentElement.classList.add('asking');
    hold(true);
    field.focus();
  }

  function ends() {
    form.hidden = true;
    document.documentElement.classList.remove('asking');
    hold(false);
    button.focus();
  }

  function guesses(question, guess) {
    const row = element('tr');
    const head = Object.assign(element('th', question.text), { scope: 'row' });
    const cell = element('td', 'the page looks');
    row.append(head, element('td', guess), cell);
    heads.after(row);
    table.hidden = false;
    open.push({ question, cell, first: null, kept: {} });
    next += 1;
    ends();
  }

  button.addEventListener('click', asks);
  return {
    button,
    // Gives a look to the questions that have no answer so far.
    sees(look, at) {
      open = open.filter((one) => {
        one.first ??= { look, at };
        const { done, wait } = one.question.answer({ look, at, first: one.first, kept: one.kept });
        one.cell.textContent = done ?? wait;
        return !done;
      });
    },
  };
}
