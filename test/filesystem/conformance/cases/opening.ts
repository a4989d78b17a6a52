import { constants } from 'node:fs';
import { type Case, everybody, kinds, O, octal, product, toCase, type UserName, users } from '../case.js';

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_NOATIME, O_DIRECT } = constants;
const O_PATH = 0o10000000;
const O_TMPFILE = 0o20000000 | O_DIRECTORY;

/** What open(2) meets, named `it`. */
const targets: Readonly<Record<string, readonly string[]>> = {
  nothing: [],
  'a file': [...kinds.file!('it'), 'open 15 it 1 0', 'write 15 0 content', 'close 15'],
  'a file of mode 0': kinds.file!('it', '0'),
  'a directory': kinds.directory!('it'),
  'a fifo': kinds.fifo!('it'),
  'a socket': kinds.socket!('it'),
  'a device': kinds.device!('it'),
  'a symlink to a file': [...kinds.file!('file'), 'symlink file it'],
  'a symlink to a directory': [...kinds.directory!('folder'), 'symlink folder it'],
  'a symlink to nothing': ['symlink nothing it'],
  'a symlink to itself': ['symlink it it'],
};

const extras: readonly number[] = [
  0,
  O.CREAT,
  O.CREAT | O.EXCL,
  O.TRUNC,
  O.CREAT | O.TRUNC,
  O.APPEND,
  O.EXCL,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_NOFOLLOW | O.CREAT,
  O_PATH,
  O_PATH | O_NOFOLLOW,
  O_DIRECTORY | O.CREAT,
  O_NOATIME,
  O_DIRECT,
  O_TMPFILE,
];

function flagCases(): Case[] {
  return product(Object.keys(targets), [0, 1, 2, 3], extras, ['root', 'bob'] as UserName[]).map(
    ([target, access, extra, user]) =>
      toCase(
        `open ${target} with ${octal(access | extra)} as ${user}`,
        ...targets[target]!,
        users[user],
        `open 0 it ${access | extra | O_NONBLOCK} 0640`,
        ...(access === 1 || access === 2 ? [] : ['read 0 0 9']),
        'fstat 0',
        'lstat it',
      ),
  );
}

/** Modes of a directory and of what is in it, for each class of user, against each operation. */
function permissionCases(): Case[] {
  const operations: Readonly<Record<string, readonly string[]>> = {
    read: ['open 0 d/file 0 0'],
    write: ['open 0 d/file 1 0'],
    both: ['open 0 d/file 2 0', 'open 0 d/file 01002 0', 'open 0 d/file 01000 0'],
    stat: ['lstat d/file', 'access d/file 0', 'access d/file 4', 'access d/file 2', 'access d/file 1'],
    create: ['open 0 d/new 0102 0644', 'mkdir d/newer 0755', 'mkfifo d/fifo 0644', 'symlink x d/link', 'bind d/socket'],
    tmpfile: [`open 0 d ${O_TMPFILE | 2} 0644`],
    unlink: ['unlink d/file', 'rmdir d/folder'],
    'rename in': ['rename d/file d/other 0'],
    'rename out': ['rename d/file other/file 0', 'rename d/folder other/folder 0'],
    link: ['link d/file d/twin', 'link d/file other/twin'],
    attributes: ['chmod d/file 0600', 'chown d/file -1 41001', 'truncate d/file 5', 'touch d/file'],
    times: ['utimens d/file 5 0 6 0 0', 'utimens d/file 0 now 0 now 0', 'utimens d/file 0 omit 0 now 0'],
    list: ['ls d', 'cd d', 'ls .'],
    exec: ['exec d/file'],
    xattrs: ['setx d/file user.a 41 0', 'getx d/file user.a 9', 'listx d/file 99', 'rmx d/file user.a'],
  };
  const classes: Readonly<Record<string, { owner: string; shift: number }>> = {
    owner: { owner: '41001 42007', shift: 6 },
    group: { owner: '0 42000', shift: 3 },
    other: { owner: '0 0', shift: 0 },
  };
  return product(Object.keys(operations), Object.keys(classes), [0, 1, 2, 3, 4, 5, 6, 7], [0, 5, 7]).map(
    ([operation, kind, folder, file]) => {
      const { owner, shift } = classes[kind]!;
      return toCase(
        `${operation} as ${kind} where the directory has ${folder} and the file ${file}`,
        'mkdir d 0777',
        'mkdir other 0777',
        ...kinds.file!('d/file', octal(file << shift)),
        'mkdir d/folder 0777',
        `chown d ${owner}`,
        `chown d/file ${owner}`,
        `chown d/folder ${owner}`,
        `chmod d ${octal(folder << shift)}`,
        users.alice,
        ...operations[operation]!,
        users.root,
        'ls d',
        'lstat d/file',
      );
    },
  );
}

function executionCases(): Case[] {
  return [
    toCase(
      'what is executed cannot be written',
      'self it',
      'hold it',
      'open 0 it 1 0',
      'open 0 it 2 0',
      'truncate it 0',
    ),
    toCase('what is executed can be removed and replaced', 'self it', 'hold it', 'unlink it', 'self it', 'exec it'),
    toCase('what is open for writing cannot be executed', 'self it', 'open 0 it 1 0', 'exec it', 'close 0', 'exec it'),
    toCase('what is open for reading can be executed', 'self it', 'open 0 it 0 0', 'exec it'),
    ...product(everybody, ['0', '0100', '0010', '0001', '0111', '0444', '0755', '06755']).map(([user, mode]) =>
      toCase(
        `execute ${mode} as ${user}`,
        'self it',
        'chown it 41001 42000',
        `chmod it ${mode}`,
        users[user],
        'exec it',
      ),
    ),
  ];
}

export const openingCases = (): Case[] => [...flagCases(), ...permissionCases(), ...executionCases()];
