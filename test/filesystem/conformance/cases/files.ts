import { type Case, everybody, kinds, product, toCase, users } from '../case.js';

const made = ['open 0 it 0102 0644', 'write 0 0 content', 'utimens it 1 0 1 0 0'];

/** After a change through one way, what every other way shows. */
function coherenceCases(): Case[] {
  const changes: Readonly<Record<string, readonly string[]>> = {
    write: ['write 0 3 more-content'],
    'write far': ['write 0 6442450944 x'],
    'write nothing': ['write 0 0 '],
    read: ['read 0 0 9'],
    'read at the end': ['read 0 100 9'],
    map: ['map 0 4 m'],
    truncate: ['truncate it 3'],
    ftruncate: ['ftruncate 0 30'],
    fsync: ['fsync 0'],
    chmod: ['chmod it 0600'],
    fchmod: ['fchmod 0 0604'],
    fchown: ['fchown 0 5 6'],
    futimens: ['futimens 0 5 6 7 8'],
    link: ['link it third'],
    unlink: ['unlink it'],
    'unlink both': ['unlink it', 'unlink twin'],
    'rename away': ['rename it moved 0'],
    'rename over': ['rename other it 0'],
    exchange: ['rename other it 2'],
    xattr: ['setx twin user.a 41 0'],
    'open again': ['open 2 it 0 0', 'open 3 it 2 0', 'close 3', 'close 2'],
    'open again with O_TRUNC': ['open 2 it 01002 0', 'close 2'],
    'copy in': ['copy 4 0 0 0 5'],
    'copy out': ['copy 0 0 4 0 5'],
    fallocate: ['fallocate 0 0 0 9000'],
    'fallocate and keep the size': ['fallocate 0 1 0 9000'],
    punch: ['fallocate 0 3 0 4'],
    zero: ['fallocate 0 16 2 3'],
    'zero beyond': ['fallocate 0 16 2 3000'],
    close: ['close 0'],
  };
  return product(Object.keys(changes), [2, 0o2002, 0o40002, 0o10002]).map(([change, flags]) =>
    toCase(
      `after ${change} on a file open with ${flags}`,
      ...made,
      'link it twin',
      'open 4 other 0102 0644',
      'write 4 0 something-else',
      `open 0 it ${flags} 0`,
      'stat twin',
      'snap twin',
      ...changes[change]!,
      'changed twin',
      'times twin',
      'stat it',
      'stat twin',
      'fstat 0',
      'open 1 twin 0 0',
      'read 1 0 40',
      'close 0',
      'changed twin',
      'stat twin',
      'fstat 4',
    ),
  );
}

/** Shared mappings: what stat(2), read(2) and other handles show between the writes. */
function mappingCases(): Case[] {
  const steps = [
    'poke 0 first',
    'msync 4',
    'stat it',
    'changed twin',
    'times twin',
    'poke 3 second',
    'stat twin',
    'times it',
    'read 1 0 20',
    'write 2 1 third',
    'peek 0',
    'msync 4',
    'changed twin',
    'ftruncate 2 5',
    'peek 0',
    'stat twin',
  ];
  return product(
    [2, 0o40002],
    ['open 1 it 0 0', 'open 1 twin 040000 0'],
    ['', 'unmap', 'close 0', 'unlink it', 'rename other it 0'],
  ).map(([flags, reader, event]) =>
    toCase(
      `a mapping of a file open with ${flags}, read by ${reader}, after ${event || 'nothing'}`,
      ...made,
      'ftruncate 0 4096',
      'utimens it 1 0 1 0 0',
      'close 0',
      'link it twin',
      ...kinds.file!('other'),
      'stat it',
      `open 0 it ${flags} 0`,
      reader,
      'open 2 twin 1 0',
      'snap twin',
      'keep 0',
      'stat it',
      'snap twin',
      ...steps,
      ...(event === '' ? [] : [event]),
      'stat it',
      'stat twin',
      'times twin',
      'fstat 0',
      ...(event === 'unmap' ? [] : ['poke 7 fourth', 'msync 4', 'times twin', 'unmap']),
      'close 0',
      'close 2',
      'stat twin',
      'changed twin',
    ),
  );
}

/** What is open and has no name. */
function unlinkedCases(): Case[] {
  const actions = [
    'write 0 0 more',
    'read 0 0 9',
    'fchmod 0 0600',
    'fchown 0 7 8',
    'ftruncate 0 99',
    'futimens 0 1 2 3 4',
    'fallocate 0 0 0 99',
    'fsync 0',
    'map 0 3 m',
    'seek 0 0 4',
    'linkfd 0 again',
    'copy 0 0 0 50 5',
  ];
  const removals: Readonly<Record<string, readonly string[]>> = {
    removed: ['unlink it'],
    replaced: ['rename other it 0'],
    'made without a name': ['open 0 . 020200002 0644', 'write 0 0 content'],
  };
  return product(Object.keys(removals), actions).map(([removal, action]) =>
    toCase(
      `${action} of what was ${removal}`,
      ...made,
      'open 5 other 0102 0600',
      ...removals[removal]!,
      'fstat 0',
      action,
      'fstat 0',
      'read 0 0 99',
      'ls .',
    ),
  );
}

function spaceCases(): Case[] {
  const modes = [0, 1, 2, 3, 4, 8, 16, 17, 32, 64, 0x80];
  const ranges = ['0 10', '0 0', '-1 5', '5 -1', '4096 8192', '0 1099511627776000', '17592186044416 5', '100000 1'];
  const opens = [0, 1, 2, 0o2001];
  const allocated = product(modes.slice(0, 9), ranges, opens).map(([mode, range, flags]) =>
    toCase(
      `fallocate ${mode} ${range} on flags ${flags}`,
      'open 1 it 0102 0644',
      'write 1 0 content',
      'write 1 20000 content',
      `open 0 it ${flags} 0`,
      `fallocate 0 ${mode} ${range}`,
      'stat it',
      'read 1 0 20',
      'seek 1 0 3',
      'seek 1 0 4',
    ),
  );
  const posix = ranges.map((range) =>
    toCase(`posix_fallocate ${range}`, 'open 0 it 0102 0644', `posix 0 ${range}`, 'stat it'),
  );
  const typed = Object.keys(kinds).map((kind) =>
    toCase(
      `read, write, seek and allocate a ${kind}`,
      ...kinds[kind]!('it'),
      'open 0 it 04000 0',
      'read 0 0 9',
      'write 0 0 x',
      'seek 0 0 4',
      'fallocate 0 0 0 9',
      'ftruncate 0 0',
      'fsync 0',
    ),
  );
  const seeks = product([0, 3, 4, 100, 7999, 8000, 9000, -1], [0, 1, 2, 3, 4, 5]).map(([offset, whence]) =>
    toCase(
      `seek to ${offset} by ${whence}`,
      'open 0 it 0102 0644',
      'write 0 0 content',
      'ftruncate 0 8000',
      `seek 0 ${offset} ${whence}`,
    ),
  );
  return [...allocated, ...posix, ...typed, ...seeks];
}

function copyCases(): Case[] {
  const ranges = ['0 0 7', '3 0 100', '0 100 5', '100 0 5', '0 2 5', '0 0 0', '-1 0 5', '0 9223372036854775807 5'];
  return product(ranges, ['0 1', '1 0', '2 1', '0 0', '0 2', '3 1', '0 4'], [2, 0o2002]).map(
    ([range, slots, flags]) => {
      const [from, to] = slots.split(' ');
      const [start, at, length] = range.split(' ');
      return toCase(
        `copy ${range} between ${slots} with ${flags}`,
        'open 0 it 0102 0644',
        'write 0 0 content',
        `open 1 other 0102 0644`,
        'close 1',
        `open 1 other ${flags} 0`,
        'open 2 it 0 0',
        'open 3 it 1 0',
        'open 4 . 0 0',
        `copy ${from} ${start} ${to} ${at} ${length}`,
        'stat it',
        'stat other',
        'read 2 0 40',
        'read 1 0 200',
      );
    },
  );
}

function lockCases(): Case[] {
  const types = [0, 1, 2];
  const own = product(types, types, ['0 0', '5 10', '12 1']).map(([first, second, range]) =>
    toCase(
      `locks ${first} and ${second} of ${range}`,
      ...made,
      'open 1 it 2 0',
      `lock 0 ${first} 4 8`,
      `lock 1 ${second} ${range}`,
      'close 0',
      `lock 1 ${second} ${range}`,
    ),
  );
  const whole = product([1, 2, 8], [1, 2, 8]).map(([first, second]) =>
    toCase(
      `flock ${first} and ${second}`,
      ...made,
      'open 1 it 0 0',
      `flock 0 ${first}`,
      `flock 1 ${second}`,
      'close 0',
      `flock 1 ${second}`,
    ),
  );
  return [...own, ...whole];
}

/** Immutable (16) and append-only (32) against everything. */
function flagCases(): Case[] {
  const actions = [
    'open 0 it 1 0',
    'open 0 it 02001 0',
    'open 0 it 0 0',
    'open 0 it/new 0102 0644',
    'mkdir it/new 0755',
    'unlink it',
    'rmdir it',
    'rename it moved 0',
    'rename it/inner it/other 0',
    'rename inner it/other 0',
    'unlink it/inner',
    'link it twin',
    'chmod it 0600',
    'chown it 5 6',
    'truncate it 3',
    'touch it',
    'utimens it 1 1 1 1 0',
    'setx it user.a 41 0',
    'setflags it 0',
    'link it/inner it/twin',
  ];
  return product([0, 16, 32, 64, 128], ['file', 'directory'], everybody, actions).map(([flags, kind, user, action]) =>
    toCase(
      `${action} of a ${kind} with flags ${flags} as ${user}`,
      ...kinds[kind]!('it', '0777'),
      ...kinds.file!('inner'),
      ...(kind === 'directory' ? kinds.file!('it/inner') : []),
      `chown it 41001 41001`,
      `setflags it ${flags}`,
      'flags it',
      users[user],
      action,
      'flags it',
      users.root,
      'flags it',
      'setflags it 0',
      'lstat it',
      'ls .',
    ),
  );
}

export const fileCases = (): Case[] => [
  ...coherenceCases(),
  ...mappingCases(),
  ...unlinkedCases(),
  ...spaceCases(),
  ...copyCases(),
  ...lockCases(),
  ...flagCases(),
];
