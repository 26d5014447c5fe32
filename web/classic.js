// The classic chat in a browser: a WebSocket, and what was said over it.
//
// Owns: that text is sent once and kept where it cannot be, that a lost connection comes back,
// how long the log may be.
// Must not know: names, rooms, history; this chat has none.
//
// A message is text and becomes text, never HTML. One frame is one message.
// The other end of the WebSocket is ../src/classic/format.rs.

const ROWS_MAX = 1000;
/** Milliseconds until it connects again; twice as long each time, up to the second. */
const WAIT_MIN = 500;
const WAIT_MAX = 15000;
/** RFC 6455 7.4.1. */
const TOO_LONG = 1009;

/** A browser does not say why a WebSocket did not open. */
const NEVER_OPENED = 'Cannot connect; trying again. If this chat has a password, put ?password= and the ' +
  'password at the end of the address. If it is full, wait.';

const log = document.getElementById('log');
const form = document.createElement('form');
const field = form.appendChild(document.createElement('input'));
const button = form.appendChild(document.createElement('button'));

let socket;
let wait = WAIT_MIN;
/** What was sent and not heard yet: everybody hears what they say themselves. */
const unheard = [];
/** It has connected once, so the address is right. */
let hasOpened = false;
/** People have been told that there is no connection. */
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
  // Not everybody at the same moment, after the server was started again.
  setTimeout(connect, wait * (0.5 + Math.random()));
  wait = Math.min(wait * 2, WAIT_MAX);
}

function connect() {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  // The page's address may have the box's password at its end.
  socket = new WebSocket(`${scheme}//${location.host}/ws${location.search}`);
  socket.onopen = opened;
  socket.onmessage = heard;
  socket.onclose = closed;
}

function send(event) {
  event.preventDefault();
  const text = field.value.trim();
  // Without a connection nothing is sent, and the text stays.
  if (text === '' || socket.readyState !== WebSocket.OPEN) return;
  socket.send(text);
  unheard.push(text);
  field.value = '';
}

if ('WebSocket' in window) {
  document.getElementById('hint').hidden = true;
  // Made here, so that no browser shows what would do nothing without a script.
  Object.assign(field, { id: 'field', size: 64, autocomplete: 'off', ariaLabel: 'Message' });
  Object.assign(button, { id: 'send', textContent: 'Send', disabled: true });
  log.after(form);
  form.onsubmit = send;
  field.focus();
  connect();
}
