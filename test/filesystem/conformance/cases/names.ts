import { acl, type Case, everybody, ids, kinds, product, toCase, users } from '../case.js';

/** What is made where, by whom. */
function makingCases(): Case[] {
  const folders = ['0777', '02777', '01777', '03777'];
  const groups = [ids.team, ids.strangers];
  const defaults: Readonly<Record<string, string | undefined>> = {
    none: undefined,
    tight: acl([
      { tag: 'owner', permissions: 7 },
      { tag: 'group', permissions: 5 },
      { tag: 'other', permissions: 0 },
    ]),
    named: acl([
      { tag: 'owner', permissions: 7 },
      { tag: 'user', permissions: 7, id: ids.bob },
      { tag: 'group', permissions: 7 },
      { tag: 'mask', permissions: 7 },
      { tag: 'other', permissions: 5 },
    ]),
  };
  const made = product(['022', '077'], ['0666', '02755', '06777', '0']).flatMap(([umask, mode], index) => [
    `umask ${umask}`,
    `open 0 d/file${index} 0102 ${mode}`,
    `mkdir d/folder${index} ${mode}`,
    `mkfifo d/fifo${index} ${mode}`,
    `mknod d/node${index} 0100644 0 0`,
    `mknod d/device${index} 020644 1 3`,
    `bind d/socket${index}`,
    `symlink target d/link${index}`,
    `open 0 d 020200002 ${mode}`,
    `linkfd 0 d/late${index}`,
    ...['file', 'folder', 'fifo', 'node', 'device', 'socket', 'link', 'late'].map((name) => `lstat d/${name}${index}`),
    ...['file', 'folder', 'late'].flatMap((name) => [
      `getx d/${name}${index} system.posix_acl_access 99`,
      `getx d/${name}${index} system.posix_acl_default 99`,
    ]),
  ]);
  return product(folders, groups, Object.keys(defaults), everybody).map(([mode, group, list, user]) =>
    toCase(
      `make in ${mode} of group ${group} with default ACL ${list} as ${user}`,
      'mkdir d 0777',
      `chown d 0 ${group}`,
      ...(defaults[list] === undefined ? [] : [`setx d system.posix_acl_default ${defaults[list]} 0`]),
      `chmod d ${mode}`,
      users[user],
      'snap d',
      ...made,
      'changed d',
      'stat d',
    ),
  );
}

const subjects: Readonly<Record<string, (name: string) => string[]>> = {
  nothing: () => [],
  ...kinds,
  'a full directory': (name) => [...kinds.directory!(name), `mkdir ${name}/inner 0755`],
};

/** rename(2) of each type onto each, with each flag, in one directory and between two. */
function renameCases(): Case[] {
  return product(Object.keys(subjects), Object.keys(subjects), [0, 1, 2, 3, 4, 8], ['d', 'e']).map(
    ([from, to, flags, folder]) =>
      toCase(
        `rename ${from} to ${to} in ${folder} with flags ${flags}`,
        'mkdir d 0755',
        'mkdir e 0755',
        ...subjects[from]!('d/from'),
        ...subjects[to]!(`${folder}/to`),
        'snap d',
        `rename d/from ${folder}/to ${flags}`,
        'changed d',
        'lstat d/from',
        `lstat ${folder}/to`,
        'stat d',
        'stat e',
        'ls d',
        'ls e',
      ),
  );
}

function oddRenames(): Case[] {
  const tree = ['mkdir d 0755', 'mkdir d/e 0755', 'mkdir d/e/f 0755', ...kinds.file!('d/file'), 'link d/file twin'];
  const pairs = [
    'd d/e/f/new',
    'd d/e',
    'd/e/f d',
    'd .',
    '. d',
    'd ..',
    'd/. x',
    'd/.. x',
    'd/file d/file',
    'd/file twin',
    'd/file/ x',
    'd/file x/',
    'd x/',
    'd/ x',
    'd/e/ x/',
    'none x',
    'd/none x',
    'd/file none/x',
    'd/file twin/x',
    'twin/x y',
    'd/e d/e',
  ];
  return product(pairs, [0, 1, 2]).map(([pair, flags]) =>
    toCase(
      `rename ${pair} with flags ${flags}`,
      ...tree,
      'snap d/file',
      `rename ${pair} ${flags}`,
      'changed d/file',
      'stat d/file',
      'lstat twin',
      'ls .',
      'ls d',
      'stat d',
    ),
  );
}

/** A sticky directory lets only owners of the directory or of the object remove and rename. */
function stickyCases(): Case[] {
  const owners = ['0 0', '41001 41001', '41002 41002'];
  const actions = [
    'unlink d/it',
    'rmdir d/it',
    'rename d/it e/it 0',
    'rename d/it d/new 0',
    'rename e/mine d/it 0',
    'rename d/it e/mine 2',
    'link d/it e/twin',
    'truncate d/it 3',
    'open 0 d/it 0102 0644',
    'open 0 d/it 1 0',
  ];
  return product(['01777', '0777', '01770'], owners, owners, ['file', 'directory', 'fifo'], everybody, actions).map(
    ([mode, folderOwner, owner, kind, user, action]) =>
      toCase(
        `${action} of a ${kind} of ${owner} in ${mode} of ${folderOwner} as ${user}`,
        'mkdir d 0777',
        'mkdir e 0777',
        ...kinds[kind]!('d/it', '0666'),
        ...kinds[kind]!('e/mine'),
        `chown d/it ${owner}`,
        `chown e/mine ${ids.alice} ${ids.alice}`,
        `chown d ${folderOwner}`,
        `chmod d ${mode}`,
        users[user],
        ...(kind === 'fifo' && action.startsWith('open') ? [] : [action]),
        users.root,
        'ls d',
        'ls e',
        'lstat d/it',
      ),
  );
}

/** Removing and linking each type, and what becomes of the directory and of the other names. */
function linkCases(): Case[] {
  return product(Object.keys(subjects), everybody).flatMap(([kind, user]) => [
    toCase(
      `link ${kind} as ${user}`,
      'mkdir d 0777',
      ...subjects[kind]!('d/it'),
      users[user],
      'snap d/it',
      'link d/it d/twin',
      'changed d/it',
      'lstat d/it',
      'lstat d/twin',
      'link d/it d/twin',
      'link d/it none/twin',
      'unlink d/it',
      'lstat d/twin',
      'stat d',
    ),
    toCase(
      `unlink and rmdir ${kind} as ${user}`,
      'mkdir d 0755',
      ...subjects[kind]!('d/it'),
      'link d/it d/twin',
      users[user],
      'snap d',
      'rmdir d/it',
      'changed d',
      'unlink d/it',
      'changed d',
      'lstat d/twin',
      'stat d',
      users.root,
      'rmdir d/it',
      'unlink d/it',
      'stat d',
      'changed d',
      'rmdir d',
    ),
  ]);
}

const repeated = (length: number) => 'n'.repeat(length);

/** A path of so many bytes to `x` in the same directory. */
const pathOf = (length: number) =>
  `${'./'.repeat(Math.floor((length - 1) / 2))}${length % 2 === 0 ? '.' : ''}x`.slice(0, length);

const oddNames: readonly string[] = [
  ...['', '.', '..', 'none', 'none/x', 'file/x', 'file/', 'file/.', 'd/', 'd/.', 'd/..', 'loop', 'loop/x', 'dangling'],
  ...[
    'dangling/x',
    'link',
    'link/',
    'link/x',
    repeated(255),
    repeated(256),
    `d/${repeated(255)}`,
    `d/${repeated(256)}`,
  ],
  ...[pathOf(4094), pathOf(4095), pathOf(4096), 'new/', '%ff%fe', 'new%0aline', 'c19', 'c41'],
];

const onNames: Readonly<Record<string, (it: string) => string[]>> = {
  open: (it) => [0, 2, 0o102, 0o302].map((flags) => `open 0 ${it} ${flags} 0644`),
  make: (it) => [`mkdir ${it} 0755`, `lstat ${it}`, `mkfifo ${it} 0644`, `symlink x ${it}`, `mknod ${it} 020644 1 3`],
  remove: (it) => [`unlink ${it}`, `rmdir ${it}`],
  rename: (it) => [`rename ${it} moved 0`, `rename file ${it} 0`, `rename d ${it} 0`],
  link: (it) => [`link ${it} twin`, `link file ${it}`],
  look: (it) => [`stat ${it}`, `lstat ${it}`, `readlink ${it}`, `access ${it} 4`, `ls ${it}`, `cd ${it}`],
  change: (it) => [`chmod ${it} 0700`, `chown ${it} 1 1`, `lchown ${it} 2 2`, `truncate ${it} 3`, `touch ${it}`],
  xattrs: (it) => [`setx ${it} user.a 41 0`, `getx ${it} user.a 9`, `listx ${it} 9`, `rmx ${it} user.a`],
};

/** Every operation on names that lead nowhere, through files, or too far. */
function oddNameCases(): Case[] {
  const tree = [
    'mkdir d 0755',
    ...kinds.file!('file'),
    'symlink loop loop',
    'symlink nowhere dangling',
    'symlink d link',
  ];
  const chain = Array.from({ length: 41 }, (_, index) => `symlink c${index} c${index + 1}`);
  return product(oddNames, Object.keys(onNames)).map(([it, operation]) => {
    const shown = it.length > 40 ? `${it.slice(0, 8)}… of ${it.length}` : it;
    const steps = onNames[operation]!(it);
    return toCase(
      `${operation} "${shown}"`,
      ...tree,
      ...kinds.file!('c0'),
      ...chain,
      ...steps,
      'lstat d',
      'lstat file',
    );
  });
}

function symlinkCases(): Case[] {
  return [
    '',
    'x',
    'x'.repeat(59),
    'x'.repeat(60),
    'x'.repeat(255),
    'x'.repeat(4094),
    'x'.repeat(4095),
    'x'.repeat(4096),
    '%ff',
  ].map((target) =>
    toCase(
      `a symlink to ${target.length} bytes`,
      'snap .',
      `symlink ${target} it`,
      'changed .',
      'lstat it',
      'readlink it',
      'stat it',
      'open 0 it 0 0',
    ),
  );
}

export const nameCases = (): Case[] => [
  ...makingCases(),
  ...renameCases(),
  ...oddRenames(),
  ...stickyCases(),
  ...linkCases(),
  ...oddNameCases(),
  ...symlinkCases(),
];
