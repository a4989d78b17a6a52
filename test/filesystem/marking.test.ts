import test from 'ava';
import { assembleOver, handlersOf } from '../support/unmounted.js';
import { makeWork } from '../support/work.js';

/** Operations that change a tree, or may: each goes through the observer, which marks first. */
const MARKING = [
  ...['SETATTR', 'SYMLINK', 'MKNOD', 'MKDIR', 'UNLINK', 'RMDIR', 'RENAME', 'RENAME2', 'LINK', 'CREATE', 'TMPFILE'],
  ...['OPEN', 'WRITE', 'RELEASE', 'SETXATTR', 'REMOVEXATTR', 'IOCTL', 'FALLOCATE', 'COPY_FILE_RANGE'],
];

/** Operations that only look, and those that end something. */
const OTHERS = [
  ...['LOOKUP', 'FORGET', 'BATCH_FORGET', 'GETATTR', 'STATX', 'READLINK', 'READ', 'STATFS', 'GETXATTR', 'LISTXATTR'],
  ...['OPENDIR', 'READDIR', 'READDIRPLUS', 'RELEASEDIR', 'LSEEK', 'FLUSH', 'FSYNC', 'FSYNCDIR', 'SYNCFS'],
  ...['INTERRUPT', 'DESTROY'],
];

test('every operation that is served is known to mark or not to', (t) => {
  const place = { device: -1, privileged: false, uuid: '00000000-0000-0000-0000-000000000000' };
  const served = Object.keys(handlersOf(assembleOver(makeWork(t), place)));
  const known = [...MARKING, ...OTHERS];
  const unknown = served.filter((name) => !known.includes(name));
  t.deepEqual(unknown, [], 'put it into one of the lists, and through Observer.change if it changes anything');
  t.deepEqual(
    MARKING.filter((name) => !served.includes(name)),
    [],
  );
});
