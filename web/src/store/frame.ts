// Work that waits for the next frame: what sockets tell in between is drawn once, however much it was.

let waiting: (() => void)[] = [];
let isAsked = false;

/** Does it in the next frame, in the order it was given; what this gives in turn, in the same frame. */
export function nextFrame(work: () => void): void {
  waiting.push(work);
  if (isAsked) return;
  isAsked = true;
  // In a hidden page there are no frames.
  if (document.hidden) queueMicrotask(flush);
  else requestAnimationFrame(flush);
}

// Frames end with the page's being seen, and with them what was put off to one.
document.addEventListener('visibilitychange', () => document.hidden && flush());

function flush(): void {
  for (let at = 0; at < waiting.length; at += 1) {
    try {
      waiting[at]!();
    } catch (error) {
      // It breaks nothing of the others.
      reportError(error);
    }
  }
  waiting = [];
  isAsked = false;
}
