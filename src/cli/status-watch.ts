import { setTimeout as delay } from 'node:timers/promises';
import type { Standing } from '../ship/report/standing.js';
import { UserError } from '../volume/errors.js';
import { endSignal } from './signals.js';
import { show } from './status-show.js';
import { faint } from './style.js';
import { plainLine, showSecond } from './text.js';

const PAUSE_MS = 2000;

/** The alternate screen, so that what was on the terminal is there again afterwards; without a cursor. */
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const REST_OF_LINE = '\u001b[K';
const REST_OF_SCREEN = '\u001b[J';

/** Shows how a volume is on the terminal until it is told to end. */
export async function watch(look: () => Promise<Standing>): Promise<void> {
  const { stdout } = process;
  if (!stdout.isTTY)
    throw new UserError('Cannot watch: standard output is not a terminal; use --json again and again', 2);
  // What cannot be looked at at all is an error, not a picture.
  let text = show(await look(), Date.now() * 1000);
  const signal = endSignal();
  stdout.write(ENTER);
  try {
    while (!signal.aborted) {
      stdout.write(picture(text, stdout.rows));
      await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
      text = await lookAgain(look);
    }
  } finally {
    stdout.write(LEAVE);
  }
}

async function lookAgain(look: () => Promise<Standing>): Promise<string> {
  try {
    return show(await look(), Date.now() * 1000);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return plainLine(error.message);
  }
}

/** As many lines as there is room for: what scrolls would be seen twice. */
function picture(text: string, rows: number): string {
  const lines = [faint(`${showSecond(Date.now() * 1000)}, Ctrl-C ends`), '', ...text.split('\n')];
  return `${HOME}${lines
    .slice(0, Math.max(rows - 1, 1))
    .map((line) => `${line}${REST_OF_LINE}\n`)
    .join('')}${REST_OF_SCREEN}`;
}
