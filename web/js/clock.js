// Times in the reader's own zone and language.
//
// Owns: how a moment is written.
// Must not know: where.
//
// Next: `session.js`.

/** A burst asks for the same minute again and again. */
function formOf(locale, options) {
  const format = new Intl.DateTimeFormat(locale, { hourCycle: 'h23', ...options });
  let minute = 0;
  let words = '';
  return (at) => {
    if (minute !== Math.floor(at / 60_000)) {
      minute = Math.floor(at / 60_000);
      words = format.format(at);
    }
    return words;
  };
}

/**
 * The clock of `locale`: each of its hands takes milliseconds since 1970. Who wants to see
 * no times has a sign in their place, for there one opens what can be done with a message.
 */
export function clockOf(locale, hidesTimes) {
  return {
    time: hidesTimes ? () => '\u00b7\u00b7\u00b7' : formOf(locale, { hour: '2-digit', minute: '2-digit' }),
    day: formOf(locale, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
    full: formOf(locale, { dateStyle: 'full', timeStyle: 'short' }),
  };
}
