import { UserError } from '../../volume/errors.js';
import { SLAVE_STATE } from '../identity.js';

/**
 * The one rsync that an agent runs: the receiving side, in its own directory, with options that do nothing else. What is
 * not listed is refused: rsync has options that run programs, read and write files anywhere, and follow symlinks.
 */

/** Options in one letter; each says what is copied, or how. Neither -K (follows symlinks) nor -s (hides arguments). */
const LETTERS = /^-[lHogDtpAXrRSIcWiznvxdUNOJyb]+(?:e\d*\.\d*[A-Za-z]*)?$/;

/** Whole options. None that deletes: with these a client sends filter rules, and rules name files to be read. */
const FLAGS = new Set(
  `--server --stats --numeric-ids --no-r --force --partial --inplace --append-verify --sparse --fsync --existing
  --ignore-existing --size-only --ignore-times --fuzzy --dirs --super --no-W --no-i-r --no-specials --new-compress --old-compress
  --open-noatime --preallocate`.split(/\s+/),
);

/** Options with a value: what it may be. */
const VALUES: Readonly<Record<string, RegExp>> = {
  '-@': /^-?\d+$/,
  '--modify-window': /^-?\d+$/,
  '--timeout': /^\d+$/,
  '--bwlimit': /^[\d.]+[A-Za-z]*$/,
  '--max-delete': /^-?\d+$/,
  '--max-size': /^[\d.]+[A-Za-z]*$/,
  '--min-size': /^[\d.]+[A-Za-z]*$/,
  '--max-alloc': /^[\d.]+[A-Za-z]*$/,
  '--block-size': /^\d+$/,
  '-B': /^\d+$/,
  '--compress-level': /^-?\d+$/,
  '--compress-choice': /^[a-z0-9,]+$/,
  '--compress-threads': /^\d+$/,
  '--checksum-choice': /^[a-z0-9,]+$/,
  '--checksum-seed': /^\d+$/,
  // Which xattrs stay as they are: of other rules some read files.
  '--filter': /^-x_[\w.*]+$/,
  '--log-format': /^[%a-zA-Z]*$/,
  '--info': /^[a-z0-9,]+$/i,
  '--debug': /^[a-z0-9,]+$/i,
};

/** Options with a folder: only one of markerfs's own state. */
const FOLDERS = new Set(['--temp-dir', '--partial-dir', '--backup-dir']);

/** rsync's arguments, made anew from those that a client has sent, for the directory `root`. UserError names what may not be. */
export function serverArguments(sent: readonly string[], root: string): string[] {
  const middle = sent.indexOf('.');
  if (sent[0] !== '--server' || middle < 0) throw refuse(sent.join(' '), 'only rsync --server may be run');
  const places = sent.slice(middle + 1);
  if (places.length !== 1 || !isRoot(places[0]!, root)) throw refuse(places.join(' '), `only "${root}" may be written`);
  return [...optionsOf(sent.slice(0, middle), root), '.', './'];
}

function isRoot(place: string, root: string): boolean {
  return [root, '.'].includes(place.replace(/(?<=.)\/+$/, ''));
}

function optionsOf(sent: readonly string[], root: string): string[] {
  const options: string[] = [];
  for (let at = 0; at < sent.length; at++) {
    const given = sent[at]!;
    if (FLAGS.has(given) || LETTERS.test(given)) {
      options.push(given);
      continue;
    }
    const [, name = '', joined] = /^(-[@B]|--[a-z-]+)(?:(?:(?<=^-.)|=)(.*))?$/s.exec(given) ?? [];
    const value = joined ?? sent[++at] ?? '';
    if (FOLDERS.has(name)) options.push(`${name}=${folder(name, value, root)}`);
    else if (VALUES[name]?.test(value)) options.push(name.startsWith('--') ? `${name}=${value}` : `${name}${value}`);
    else throw refuse(given, 'rsync may not be given this option');
  }
  return options;
}

/** A folder in the state folder, relative to the directory: rsync runs in there. */
function folder(name: string, value: string, root: string): string {
  const relative = value.startsWith(`${root}/`) ? value.slice(root.length + 1) : value;
  if (new RegExp(`^${SLAVE_STATE.replace('.', '[.]')}/([a-z]+|versions/[0-9]+/r)$`).test(relative)) return relative;
  throw refuse(`${name}=${value}`, `only folders in "${root}/${SLAVE_STATE}" may be used`);
}

function refuse(what: string, why: string): UserError {
  return new UserError(`Cannot run rsync with ${JSON.stringify(what)}: ${why}`);
}
