// Draws a text again and again on a terminal's second screen, until Ctrl-C; then the last picture stays on the first one.
import { setTimeout as sleep } from 'node:timers/promises';
import { DlpError } from '../core/errors.js';

const ENTER = '\u001B[?1049h\u001B[?25l\u001B[?7l';
const LEAVE = '\u001B[?7h\u001B[?25h\u001B[?1049l';
const HOME = '\u001B[H';
const CLEAR_LINE = '\u001B[2K';
const CLEAR_BELOW = '\u001B[J';
const FALLBACK_ROWS = 24;

export interface WatchOptions {
  /** The text to show now. */
  readonly draw: () => Promise<string>;
  readonly intervalMs: number;
  readonly json: boolean;
  readonly stream: NodeJS.WriteStream;
}

/**
 * Never returns: Ctrl-C ends the process as it would without us, which a shell sees as 130.
 * @throws FLAG_INVALID where nothing can be redrawn, and what `draw` throws, after the screen is as it was
 */
export async function watchScreen({ draw, intervalMs, json, stream }: WatchOptions): Promise<never> {
  if (json) throw new DlpError('FLAG_INVALID', '--watch draws for people, and --json is one document', { hint: 'call it again and again with --json alone' });
  if (!stream.isTTY) throw new DlpError('FLAG_INVALID', '--watch needs a terminal to draw on', { hint: 'leave --watch out, or call it again and again with --json' });
  let text = '';
  let signal: NodeJS.Signals = 'SIGINT';
  const stopped = new AbortController();
  const stop = (received: NodeJS.Signals): void => { signal = received; stopped.abort(); };
  const show = (): void => { if (text !== '') stream.write(frame(text, stream.rows || FALLBACK_ROWS)); };
  stream.write(`${ENTER}${frame('looking …', FALLBACK_ROWS)}`);
  const leave = (): void => { stream.write(LEAVE); };
  process.once('exit', leave);
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  stream.on('resize', show);
  try {
    const end = new Promise<undefined>((resolve) => { stopped.signal.addEventListener('abort', () => resolve(undefined)); });
    while (!stopped.signal.aborted) {
      const drawn = await Promise.race([draw(), end]);
      if (drawn !== undefined) text = drawn;
      show();
      await sleep(intervalMs, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  } finally {
    process.off('exit', leave);
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    stream.off('resize', show);
    leave();
  }
  if (text !== '') stream.write(`${text}\n`);
  process.kill(process.pid, signal);
  // The signal arrives in a moment; nothing else may happen before it does.
  return new Promise<never>(() => undefined);
}

/** As much as fits: what is below would push the top away. */
function frame(text: string, rows: number): string {
  const lines = text.split('\n');
  const fits = lines.length < rows ? lines : [...lines.slice(0, rows - 2), `… ${lines.length - rows + 2} more lines: make the window taller`];
  return HOME + fits.map((line) => CLEAR_LINE + line).join('\n') + CLEAR_BELOW;
}
