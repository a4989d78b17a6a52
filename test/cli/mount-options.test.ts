import test from 'ava';
import { type MountOptionsGiven, parseMountOptions } from '../../src/cli/mount-options.js';
import { UserError } from '../../src/volume/errors.js';

/** MS_ of sys/mount.h. */
const RDONLY = 1;
const NOSUID = 2;
const NODEV = 4;
const NOEXEC = 8;
const SYNCHRONOUS = 16;
const DIRSYNC = 128;
const NOATIME = 1024;
const NODIRATIME = 2048;
const RELATIME = 0x200000;
const STRICTATIME = 0x1000000;

const GIVEN: Record<string, [lists: string[], given: Partial<MountOptionsGiven>]> = {
  'nothing is asked for': [[], {}],
  'each option has its flag': [
    ['ro,nosuid,nodev,noexec,sync,dirsync,noatime,nodiratime'],
    { mountFlags: RDONLY | NOSUID | NODEV | NOEXEC | SYNCHRONOUS | DIRSYNC | NOATIME | NODIRATIME },
  ],
  'the last of opposites counts, in one list and over several': [
    ['ro,nosuid,nodev,noexec,sync,nodiratime', 'rw,suid,dev,exec,async,diratime'],
    {},
  ],
  'the access times have one rule': [['noatime,strictatime,relatime'], { mountFlags: RELATIME }],
  'strictatime alone': [['strictatime'], { mountFlags: STRICTATIME }],
  'atime takes noatime back': [['noatime,atime'], {}],
  'everybody may come in': [['allow_other,ro'], { allowOther: true, mountFlags: RDONLY }],
  'options of the command': [['engine=markerfs,state-dir=/var/lib/x'], { engine: 'markerfs', stateDir: '/var/lib/x' }],
  'limits of the journal': [
    ['journal-keep=7d,journal-limit=10M'],
    { journalKeepMs: 604_800_000, journalLimitKiB: 10_240 },
  ],
  'a comma or backslash in a value is escaped': [
    [String.raw`state-dir=/a\,b\\c,ro`],
    { stateDir: '/a,b\\c', mountFlags: RDONLY },
  ],
  'what mount(8) and fstab add is ignored': [
    [
      'defaults,default_permissions,auto,noauto,user,nouser,users,owner,group,nofail,_netdev,user=alice',
      'x-systemd.requires=/data,x-gvfs-show,X-mount.mkdir,comment=a b',
    ],
    {},
  ],
  'empty options are nothing': [['', ',,ro,,'], { mountFlags: RDONLY }],
};

for (const [title, [lists, given]] of Object.entries(GIVEN)) {
  test(title, (t) => t.deepEqual(parseMountOptions(lists), { mountFlags: 0, allowOther: false, ...given }));
}

for (const option of ['journal-keep=', 'journal-keep=7', 'journal-limit=0', 'journal-limit=1X']) {
  test(`a value that makes no sense is refused: ${option}`, (t) => {
    const error = t.throws(() => parseMountOptions([option]), { instanceOf: UserError });
    t.regex(error!.message, /^Cannot mount: mount option "journal-.*" makes no sense, wanted a (time|number)/);
    t.is(error?.exitStatus, 2);
  });
}

for (const option of ['fast', 'remount', 'xattr', 'ro=1', 'constructor', 'engine', 'user_id=0', '\\']) {
  test(`an unknown option is named: ${option}`, (t) => {
    const error = t.throws(() => parseMountOptions([`ro,${option},nodev`.replace('\\,', '\\\\,')]), {
      instanceOf: UserError,
    });
    t.is(error?.message, `Cannot mount: unknown mount option "${option}"`);
    t.is(error?.exitStatus, 2);
  });
}
