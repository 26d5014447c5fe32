// A strip: what a thread did in the last minute, from left to right. Each piece is the time between
// two looks. Its lower part shows which share of that time the thread ran, the next one how long it
// was ready without a core. The rest has the colour of what the thread sleeps in.
//
// Owns: what a piece shows, and its colours.
// Must not know: which thread it is.
//
// Part: `glass.js`.

/** So many seconds a strip shows. */
export const SECONDS = 60;

// Which calls wait for what. Any other call waits for another thread.
const CALLS = {
  peer: ['recvfrom', 'recvmsg', 'read', 'accept', 'accept4', 'poll', 'ppoll', 'epoll_pwait'],
  send: ['sendto', 'sendmsg', 'write', 'writev'],
  disk: ['fsync', 'fdatasync'],
};

function kindOf({ state, call }) {
  if (state === 'disk') return 'disk';
  return Object.keys(CALLS).find((kind) => CALLS[kind].includes(call)) ?? 'thread';
}

/** Returns what a thread did between two looks, which are so many milliseconds apart. */
export function shares(old, now, milliseconds) {
  const share = (name) => Math.min(1, (now[name] - old[name]) / 1e6 / milliseconds);
  // A thread that runs at the second look is in no call: it slept in that of the first look.
  return { ran: share('cpu_ns'), ready: share('ready_ns'), kind: kindOf(now.call ? now : old) };
}

/** Draws the pieces of the last minute before `at`. A time in which nobody looked stays empty. */
export function drawStrip(canvas, past, at) {
  const style = getComputedStyle(canvas);
  const colour = (name) => style.getPropertyValue(name);
  const colours = {
    run: colour('--accent'), ready: colour('--warn'), thread: colour('--hair'),
    peer: colour('--thread'), send: colour('--bad'), disk: colour('--slack'),
  };
  const { width, height } = canvas;
  const place = (time) => width - ((at - time) / 1000 / SECONDS) * width;
  const pen = canvas.getContext('2d');
  pen.clearRect(0, 0, width, height);
  for (const { from, to, ran, ready, kind } of past) {
    const [left, wide] = [place(from), place(to) - place(from)];
    // A thread that ran at all has one pixel.
    const runs = ran > 0 ? Math.max(1, ran * height) : 0;
    const waits = ready * height >= 1 ? ready * height : 0;
    pen.fillStyle = colours[kind];
    pen.fillRect(left, 0, wide, height);
    pen.fillStyle = colours.ready;
    pen.fillRect(left, height - runs - waits, wide, waits);
    pen.fillStyle = colours.run;
    pen.fillRect(left, height - runs, wide, runs);
  }
}
