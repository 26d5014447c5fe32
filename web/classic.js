// The classic chat in a browser: a WebSocket, and what was said over it.
//
// Owns: that a text is sent once, and stays in the field while there is no connection; that the
// page connects again; how long the log may be.
// Must not know: names, rooms, history; this chat has none.
//
// One frame is one message.
// The other end of the WebSocket is ../src/classic/format.rs.

const ROWS_MAX = 1000;
/**
 * The pause before the page connects again, in milliseconds: first this, then twice as long each
 * time, up to `WAIT_MAX`.
 */
const WAIT_MIN = 500;
const WAIT_MAX = 15000;
/** The close code for a message that is too long (RFC 6455 7.4.1). */
const TOO_LONG = 1009;

/** It names all likely causes, because a browser does not say why a WebSocket did not open. */
const NEVER_OPENED = 'Cannot connect; trying again. If this chat has a password, put ?password= and the ' +
  'password at the end of the address. If it is full, wait.';

const log = document.getElementById('log');
const form = document.createElement('form');
const field = form.appendChild(document.createElement('input'));
const button = form.appendChild(document.createElement('button'));

let socket;
let wait = WAIT_MIN;
/** Texts that were sent, and that the server has not sent back yet. */
const unheard = [];
/** Whether the page has been connected, so that its address is right. */
let hasOpened = false;
/** Whether the log says that there is no connection. */
let isLost = false;

/** Adds a row, and scrolls to it only if the reader was at the end. */
function append(text, tag) {
  const isAtEnd = log.scrollTop > log.scrollHeight - log.clientHeight - 2;
  const row = log.appendChild(document.createElement('div'));
  row.appendChild(document.createElement(tag)).textContent = text;
  if (log.childElementCount > ROWS_MAX) log.firstElementChild.remove();
  if (isAtEnd) log.scrollTop = log.scrollHeight;
}

function opened() {
  if (isLost) append('Connected again. What others said meanwhile is not here.', 'b');
  isLost = false;
  hasOpened = true;
  wait = WAIT_MIN;
  button.disabled = false;
}

function heard({ data }) {
  if (data === unheard[0]) unheard.shift();
  append(data, 'span');
}

function closed({ code }) {
  button.disabled = true;
  if (code === TOO_LONG) {
    const text = unheard.pop();
    if (field.value === '') field.value = text;
    append('That message was too long. Make it shorter and send it again.', 'b');
  }
  for (const text of unheard.splice(0)) append(`This may not have been sent: ${text}`, 'b');
  if (!isLost) append(hasOpened ? 'Connection closed. Connecting again...' : NEVER_OPENED, 'b');
  isLost = true;
  // A random pause: so not all clients connect at one moment when the server starts again.
  setTimeout(connect, wait * (0.5 + Math.random()));
  wait = Math.min(wait * 2, WAIT_MAX);
}

function connect() {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  // The page's address may have the server's password at its end.
  socket = new WebSocket(`${scheme}//${location.host}${location.pathname}ws${location.search}`);
  socket.onopen = opened;
  socket.onmessage = heard;
  socket.onclose = closed;
}

function send(event) {
  event.preventDefault();
  const text = field.value.trim();
  if (text === '' || socket.readyState !== WebSocket.OPEN) return;
  socket.send(text);
  unheard.push(text);
  field.value = '';
}

if ('WebSocket' in window) {
  document.getElementById('hint').hidden = true;
  // The form is made here, because it would do nothing without a script.
  Object.assign(field, { id: 'field', size: 64, autocomplete: 'off', ariaLabel: 'Message' });
  Object.assign(button, { id: 'send', textContent: 'Send', disabled: true });
  log.after(form);
  form.onsubmit = send;
  field.focus();
  connect();
}
