import fs from 'node:fs';

/**
 * The bytes of an argument, which Node has decoded: a name that is not UTF-8 has lost them. `text` is what Node made of
 * it.
 */
export function rawArgument(text: string): Buffer {
  const given = process.argv.lastIndexOf(text);
  const line = fs.readFileSync('/proc/self/cmdline', 'latin1').split('\0').slice(0, -1);
  const raw = Buffer.from(line.at(given - process.argv.length) ?? '', 'latin1');
  // Who wrote over the command line of the process has not kept it.
  return raw.toString() === text ? raw : Buffer.from(text);
}
