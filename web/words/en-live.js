// Sentences of the live page alone, in English.
//
// Owns: these words; `en.js` has those that the box's own pages say, too.
// Must not know: where a sentence is shown. The same keys stand in `zh-live.js`; a
// test compares them.
//
// Next: `zh-live.js`.

export const words = {
  "besides": "; ",
  "catchingUpMany": "catching up, {n} to go",
  "olderPage": "this page is older than the box.",
  "reload": "Reload",
  "keepsNothing": "new messages are not kept right now",
  "endedTooSlow": "what this page sent came too slowly, or in too many parts",
  "endedTooLong": "what this page sent was too long",
  "endedUnreadable": "what this page sent could not be read",
  "endedOlder": "this page is older than the box",
  "endedPassword": "this box asks for a password",
  "sendOff": "Send is off until you join again. Your text stays here.",

  "notSent": "not sent:",
  "retry": "Retry",
  "takeBack": "Take back",
  "mayBeSaid": "It may have been sent all the same; look before you send it again.",
  "fastWaits": "Fast. This one goes out in {n} s.",

  "wrongPassword": "That is not the password.",
  "notInRoom": "You are not in this room.",
  "tooManyDevices": "You are here on too many devices already.",
  "tooManyRooms": "There are too many rooms already.",
  "badRoom": "A room's name has at most 32 letters and digits of any script, - and _.",
  "nothingKept": "This box keeps nothing that could be searched.",
  "pastUnreadable": "What is older cannot be read now.",

  "showAllLines": "Show all, {n} lines",
  "topicOf": "Topic of {room}",
  "setIt": "Set",
  "history": "History",
  "leaveRoom": "Leave {room}",
  "span": "{from} to {to}",
  "foldCounts": "others"
};
