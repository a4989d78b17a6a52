import test from 'ava';
import { cannotLoad, testNative } from '../support/fuse-native.js';
import { Served } from '../support/served.js';
import type { PosixCases } from './posix/case.js';
import { requestCases } from './posix/files.js';
import { anybody, privileged, runIn } from './posix/suite.js';

const mtime = 'the package hands over the atime as the mtime, and libfuse drops a time that is set alone';
const utf8 = 'the package makes strings of names and targets';
const owner = 'the package does not say who calls';
const noRequest = 'the package has no callback for it, or libfuse 2 does not know the request';

/** Cases that the package cannot pass, each with its reason; native-notes/fuse-native.md has more of it. One that passes fails the run. */
const defects: Readonly<Record<string, string>> = {
  'an unlinked file lives for those who have it open': mtime,
  'times are kept to the nanosecond, before 1970 and after 2038 too': mtime,
  'UTIME_OMIT leaves a time and UTIME_NOW takes the present': mtime,
  'a symlink has times of its own': mtime,
  'names are bytes: whatever has neither slash nor NUL': utf8,
  'symlinks hold any target': utf8,
  'what a user makes is his': owner,
  'a directory with set-group-ID gives its group, and directories the bit': owner,
  'set-group-ID on a new file stays only for members of the group': owner,
  'in a sticky directory each removes only what is his': owner,
  'flags are the owner’s to set, and immutable is root’s': owner,
  'a default ACL replaces the umask and is inherited':
    'the kernel applies the umask, and the package does not say who calls',
  'ACLs decide who may do what': 'libfuse 2 does not have the kernel enforce ACLs',
  'a hole takes no space and is found': noRequest,
  'fallocate reserves space, with and without a new size': noRequest,
  'fallocate punches holes and zeroes ranges': noRequest,
  'a change of content by a user takes the set-ID bits away': noRequest,
  'RENAME_NOREPLACE takes only a free name': noRequest,
  'RENAME_EXCHANGE changes the places of any two objects': noRequest,
  'a file without a name is in no directory': noRequest,
  'a file without a name gets one, and more': noRequest,
  'a file without a name that lost the one it got gets none again': noRequest,
  'a file without a name that was made with O_EXCL gets none': noRequest,
  'chattr and lsattr set and show the flags of files and directories': noRequest,
  'what is immutable stays as it is': noRequest,
  'what is append-only takes appends': noRequest,
  'an ioctl that no filesystem knows is ENOTTY': noRequest,
  'the time of birth is shown, and stays': noRequest,
  'a directory that was removed can still be looked at, and nothing can be made in it':
    'libfuse 2 knows objects by their paths',
};

let served: Served;

test.before(async () => {
  if (cannotLoad === undefined) served = await Served.start(undefined, 'fuse-native');
});

test.after.always('the daemon ends in order, and found no fault in itself', async (t) => {
  if (served === undefined) return;
  t.is(await served.stop(), 0, served.log);
  t.notRegex(served.log, /Cannot serve|Worker/);
});

const all: PosixCases = { ...anybody, ...requestCases, ...privileged };
const only = (wanted: (title: string) => boolean): PosixCases =>
  Object.fromEntries(Object.entries(all).filter(([title]) => wanted(title)));

runIn(
  testNative,
  'fuse-native',
  () => served.mountpoint,
  only((title) => !(title in defects)),
);
if (cannotLoad === undefined)
  runIn(
    test.failing,
    'fuse-native, for a reason that is listed',
    () => served.mountpoint,
    only((title) => title in defects),
  );

test('every case that is listed as failing is a case', (t) => {
  t.deepEqual(
    Object.keys(defects).filter((title) => !(title in all)),
    [],
  );
});
