// Every sentence of the page, in English.
//
// Owns: the words. `{n}` and the like are filled in by `say` in `js/main.js`.
// Must not know: where a sentence is shown. The same keys stand in `zh.js`; a
// test compares them. Lower case for states, full sentences for events.
//
// Next: `zh.js`.

export const words = {
  language: 'en',
  locale: 'en-GB',

  skip: 'Skip to the message field',
  messagesIn: 'Messages in {room}',
  messageTo: 'Message to {room}',
  send: 'Send',

  connecting: 'connecting',
  connected: 'connected',
  wayLive: ', live',
  closed: 'Connection closed.',
  retryIn: 'Reconnecting in {n} s.',
  retryNow: 'Reconnecting now.',
  offline: 'This device is offline.',
  restarting: 'The box is restarting.',
  now: 'Now',
  saidClosed: 'Connection closed',
  saidConnected: 'Connected',

  you: 'you',
  sending: 'sending',
  sent: 'sent',
  waits: 'waits for the connection',
  unsure: 'perhaps not sent:',
  unsureSaid: 'Perhaps not sent: {text}',
  retry: 'retry',
  takeBack: 'take back',
  showAll: 'Show all, {n} characters',

  begins: 'What was said before you came is not here.',
  cut: 'The line was cut from {from} to {to}. What was said meanwhile is not here.',
  cutShort: 'The line was cut for {n} s at {from}. What was said meanwhile is not here.',
  dropped: 'Older messages are no longer kept on this page.',

  unreadOne: '1 new since you left',
  unreadMany: '{n} new since you left',
  pillOne: '1 new message',
  pillMany: '{n} new messages',

  breaks: 'Line breaks become spaces here.',
  bytesLeftOne: '1 byte left',
  bytesLeft: '{n} bytes left',
  bytesOverOne: '1 byte too long.',
  bytesOver: '{n} bytes too long.',
  bytesOverRefusedOne: '1 byte too long. Nothing was sent.',
  bytesOverRefused: '{n} bytes too long. Nothing was sent.',
  tooLongForBox: 'The box found this too long and closed the line. Your text is back in the field.',
  tooManyUnsent: '{n} messages wait already. Nothing was sent; your text stays here.',
};
