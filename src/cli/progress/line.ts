/** The one line of the terminal that is written over again and again, on standard error. */

const START_OF_LINE = '\r';
const REST_OF_LINE = '\u001b[K';

let isShown = false;
let isCleared = false;

/** Shows a text, which has to fit into the line, in place of the one before. */
export function drawLine(text: string): void {
  if (!isCleared) process.on('exit', clearLine);
  isCleared = true;
  isShown = true;
  process.stderr.write(`${START_OF_LINE}${text}${REST_OF_LINE}`);
}

/** Takes the line away; nothing where there is none. Whatever else is written is written after this. */
export function clearLine(): void {
  if (isShown) process.stderr.write(`${START_OF_LINE}${REST_OF_LINE}`);
  isShown = false;
}
