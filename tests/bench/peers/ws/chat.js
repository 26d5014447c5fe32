// The classic chat on npm's `ws`.
//
// A text goes to everybody, its sender too. What waits for somebody is bounded
// as in the other chats: 256 texts' worth of bytes, then that one is dropped.
// Pings every 25 s; who has not answered by the next one is gone.
//
// Prints "port N". NODE_PATH names the folder that `ws` is installed in.
'use strict';

const { WebSocketServer, WebSocket } = require('ws');

const TEXT_LIMIT = 512;
const WAITING_BYTES_MAX = 256 * TEXT_LIMIT;
const PING_INTERVAL_MS = 25_000;

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: 0,
  path: '/ws',
  backlog: 4096,
  maxPayload: TEXT_LIMIT,
  perMessageDeflate: false,
});

server.on('listening', () => console.log('port', server.address().port));

server.on('connection', (person) => {
  person.alive = true;
  person.on('pong', () => { person.alive = true; });
  person.on('error', () => person.terminate());
  person.on('message', (text) => {
    for (const other of server.clients) {
      if (other.readyState !== WebSocket.OPEN) continue;
      if (other.bufferedAmount > WAITING_BYTES_MAX) other.terminate();
      else other.send(text, { binary: false });
    }
  });
});

setInterval(() => {
  for (const person of server.clients) {
    if (!person.alive) {
      person.terminate();
      continue;
    }
    person.alive = false;
    person.ping();
  }
}, PING_INTERVAL_MS);
