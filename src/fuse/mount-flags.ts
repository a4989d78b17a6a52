import {
  MS_DIRSYNC,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
  MS_RELATIME,
  MS_STRICTATIME,
  MS_SYNCHRONOUS,
} from '../syscalls/index.js';

/** What an option of mount(8) does to the flags of mount(2). */
interface Effect {
  readonly set?: number;
  readonly clear?: number;
}

const atime = MS_NOATIME | MS_RELATIME | MS_STRICTATIME;

const effects: Readonly<Record<string, Effect>> = {
  ro: { set: MS_RDONLY },
  rw: { clear: MS_RDONLY },
  nosuid: { set: MS_NOSUID },
  suid: { clear: MS_NOSUID },
  nodev: { set: MS_NODEV },
  dev: { clear: MS_NODEV },
  noexec: { set: MS_NOEXEC },
  exec: { clear: MS_NOEXEC },
  sync: { set: MS_SYNCHRONOUS },
  async: { clear: MS_SYNCHRONOUS },
  dirsync: { set: MS_DIRSYNC },
  noatime: { clear: atime, set: MS_NOATIME },
  atime: { clear: MS_NOATIME },
  relatime: { clear: atime, set: MS_RELATIME },
  norelatime: { clear: MS_RELATIME },
  strictatime: { clear: atime, set: MS_STRICTATIME },
  nostrictatime: { clear: MS_STRICTATIME },
  nodiratime: { set: MS_NODIRATIME },
  diratime: { clear: MS_NODIRATIME },
};

/** The flags after one option more; undefined for an option that is none of mount(2)'s. A later option wins. */
export function withMountOption(flags: number, option: string): number | undefined {
  if (!Object.hasOwn(effects, option)) return undefined;
  const { set = 0, clear = 0 } = effects[option]!;
  return (flags & ~clear) | set;
}

/** What fusermount3(1) grants to an ordinary user; it refuses the opposites, or has them from the start. */
const granted = ['ro', 'nosuid', 'nodev', 'noexec', 'sync', 'dirsync', 'noatime', 'nodiratime'];

/** The options that set these flags, as fusermount3(1) takes them. */
export function helperOptionsOf(flags: number): string[] {
  return granted.filter((option) => (flags & effects[option]!.set!) !== 0);
}
