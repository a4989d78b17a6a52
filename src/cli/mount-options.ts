import { withMountOption } from '../fuse/index.js';
import { UserError } from '../volume/errors.js';
import { duration, type Field, kibibytes } from '../volume/setting-kinds.js';

/** What `-o` said. */
export interface MountOptionsGiven {
  /** Flags of mount(2). */
  readonly mountFlags: number;
  readonly allowOther: boolean;
  /** Options of the command that /etc/fstab has no other place for, as they were given. */
  readonly engine?: string;
  readonly stateDir?: string;
  readonly journalKeepMs?: number;
  readonly journalLimitKiB?: number;
}

/**
 * What mount(8) and /etc/fstab add for themselves or for other programs, and what holds anyway: permissions are always
 * the kernel's to check (default_permissions).
 */
const ignored = new Set(
  'defaults default_permissions auto noauto user nouser users owner noowner group nogroup nofail _netdev'.split(' '),
);
const ignoredBeginnings = ['x-', 'X-', 'comment=', 'user=', 'uhelper=', 'helper='];

/** Parses the values of `-o`, each a list of options. UserError (wrong usage) names an option that is not known. */
export function parseMountOptions(lists: readonly string[]): MountOptionsGiven {
  const given: Writable<MountOptionsGiven> = { mountFlags: 0, allowOther: false };
  for (const option of lists.flatMap(splitOptions)) {
    const flags = withMountOption(given.mountFlags, option);
    if (flags !== undefined) given.mountFlags = flags;
    else if (option === 'allow_other') given.allowOther = true;
    else if (option.startsWith(ENGINE)) given.engine = option.slice(ENGINE.length);
    else if (option.startsWith(STATE_DIR)) given.stateDir = option.slice(STATE_DIR.length);
    else if (isOf(option, KEEP)) given.journalKeepMs = readValue(option, KEEP);
    else if (isOf(option, LIMIT)) given.journalLimitKiB = readValue(option, LIMIT);
    else if (!isIgnored(option)) throw new UserError(`Cannot mount: unknown mount option "${option}"`, 2);
  }
  return given;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const ENGINE = 'engine=';
const STATE_DIR = 'state-dir=';
const KEEP = duration('journal-keep', 'how long records are kept that every slave has passed');
const LIMIT = kibibytes('journal-limit', 'what the journal may hold');

function isOf(option: string, { option: name }: Field<unknown>): boolean {
  return option.startsWith(`${name}=`);
}

function readValue<T>(option: string, field: Field<T>): T {
  const value = field.parse([option.slice(field.option.length + 1)]);
  if (value !== undefined) return value;
  throw new UserError(`Cannot mount: mount option "${option}" makes no sense, wanted ${field.wanted}`, 2);
}

function isIgnored(option: string): boolean {
  return option === '' || ignored.has(option) || ignoredBeginnings.some((beginning) => option.startsWith(beginning));
}

/** Options are separated by commas; a backslash makes the character after it an ordinary one. */
function splitOptions(list: string): string[] {
  return [...list.matchAll(/(?:\\.|[^,\\])+|\\$/gs)].map(([option]) => option.replace(/\\(.)/gs, '$1'));
}
