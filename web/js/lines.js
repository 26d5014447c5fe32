// The lines of the log that are in memory.
//
// Owns: the list of items, oldest first, and what can be asked about it.
// Must not know: which of them are rows, the document.
//
// Next: `log.js`.

const dayOf = (item) => new Date(item.at).toDateString();

/** An empty list; `clock` writes days. */
export function keepLines(clock) {
  let items = [];

  /** The line above `item` that says which day it is. */
  function dayLine(item) {
    if (!item.day) item.day = { kind: 'day', at: item.at, text: clock.day(item.at) };
    return item.day;
  }

  return {
    count: () => items.length,
    slice: (from, to) => items.slice(from, to),
    at: (place) => items[place],
    place: (item) => items.indexOf(item),
    /** Behind all others. */
    add: (item) => { items.push(item); },
    /** Before all others, oldest first. */
    begin: (older) => { items.unshift(...older); },
    /** Lets go of so many of the oldest, which can be asked for again. */
    forget: (count) => { items.splice(0, count); },
    /** Lets go of one that turned out to say nothing. */
    remove: (line) => { items = items.filter((item) => item !== line); },
    /** Another log begins: its numbers mean nothing to the lines that are here. */
    numbersEnd() { for (const item of items) item.seq = 0; },

    /** `shown`, with a line where another day begins and `unread` above its item. */
    withDays(shown, unread) {
      const lines = [];
      let day = '';
      for (const item of shown) {
        if (day !== dayOf(item)) lines.push(dayLine(item));
        day = dayOf(item);
        if (unread && unread.above === item) lines.push(unread);
        lines.push(item);
      }
      return lines;
    },

    /** What others may ask. */
    asked: {
      /** The number of the oldest line; 0 if there is none. */
      oldest: () => (items.find((item) => item.seq) || { seq: 0 }).seq,
      /** Whether this line is the last one. */
      isLast: (item) => items[items.length - 1] === item,
      /** The line of this number. */
      find: (seq) => items.find((item) => item.seq === seq),
      /** The messages for which `is` is true. */
      those: (is) => items.filter((item) => item.kind === 'said' && is(item)),
      /** The message that stands in this row. */
      itemOf: (row) => items.find((item) => item.row === row),
      /** The latest own message that can still be changed. */
      latestOwn(hides = () => false) {
        for (let place = items.length - 1; place >= 0; place -= 1) {
          const item = items[place];
          if (item.own && item.seq && item.text !== null && !hides(item)) return item;
        }
        return null;
      },
    },
  };
}
