import { acl, type Case, everybody, ids, kinds, octal, product, toCase, type UserName, users } from '../case.js';

const typeNames = Object.keys(kinds).filter((kind) => kind !== 'symlink');

function modeCases(): Case[] {
  const modes = [0, 0o777, 0o4755, 0o2755, 0o6777, 0o1777, 0o2644, 0o7777];
  const owners = ['41001 41001', '41001 42000', '41001 42007', '0 0'];
  return product(typeNames, modes, everybody, owners).map(([kind, mode, user, owner]) =>
    toCase(
      `chmod ${octal(mode)} of a ${kind} of ${owner} as ${user}`,
      ...kinds[kind]!('it'),
      `chown it ${owner}`,
      users[user],
      'snap it',
      `chmod it ${octal(mode)}`,
      'stat it',
      'changed it',
    ),
  );
}

function ownerCases(): Case[] {
  const modes = ['0644', '06755', '02644', '04644', '07777'];
  const owners = ['-1', '0', '41001', '41002'];
  const groups = ['-1', '41001', '42000', '42007'];
  const callers: UserName[] = ['root', 'alice', 'bob'];
  return product(Object.keys(kinds), modes, owners, groups, callers)
    .filter(([kind, mode]) => kind !== 'symlink' || mode === '0644')
    .map(([kind, mode, owner, group, user]) =>
      toCase(
        `chown ${owner}:${group} of a ${kind} of mode ${mode} as ${user}`,
        ...kinds[kind]!('it'),
        'lchown it 41001 41001',
        ...(kind === 'symlink' ? [] : [`chmod it ${mode}`]),
        users[user],
        'snap it',
        `lchown it ${owner} ${group}`,
        'lstat it',
        'changed it',
      ),
    );
}

/** Who changes content takes set-ID bits and capabilities away. */
function privilegeCases(): Case[] {
  const modes = ['0777', '04777', '02777', '06777', '02767', '06666'];
  const changes: Readonly<Record<string, readonly string[]>> = {
    write: ['open 0 it 1 0', 'write 0 0 x'],
    append: ['open 0 it 02001 0', 'write 0 -1 x'],
    'write nothing': ['open 0 it 1 0', 'write 0 0 '],
    truncate: ['truncate it 3'],
    'truncate to the same': ['truncate it 7'],
    ftruncate: ['open 0 it 1 0', 'ftruncate 0 20'],
    'open with O_TRUNC': ['open 0 it 01001 0'],
    fallocate: ['open 0 it 1 0', 'fallocate 0 0 0 100'],
    punch: ['open 0 it 1 0', 'fallocate 0 3 0 3'],
    zero: ['open 0 it 1 0', 'fallocate 0 16 0 3'],
    copy: ['open 1 other 0 0', 'open 0 it 1 0', 'copy 1 0 0 0 3'],
    map: ['open 0 it 2 0', 'map 0 5 m'],
    chmod: ['chmod it 0777'],
    chown: ['chown it -1 -1', 'chown it 41001 -1', 'chown it -1 41001'],
    rename: ['rename it moved 0', 'rename moved it 0'],
    xattr: ['setx it user.a 41 0'],
  };
  return product(Object.keys(changes), modes, everybody, ['41001 41001', '41001 42000', '0 0']).map(
    ([change, mode, user, owner]) =>
      toCase(
        `set-ID bits ${mode} of ${owner} after ${change} as ${user}`,
        'open 0 it 0102 0',
        'write 0 0 content',
        'open 0 other 0102 0644',
        'write 0 0 content',
        'close 0',
        `chown it ${owner}`,
        `chmod it ${mode}`,
        'setx it security.capability 0100000200040000000000000000000000000000 0',
        'utimens it 1 0 1 0 0',
        users[user],
        'snap it',
        ...changes[change]!,
        'stat it',
        'times it',
        'changed it',
        'getx it security.capability 99',
      ),
  );
}

function timeCases(): Case[] {
  const given = [
    '0 now',
    '0 omit',
    '1 999999999',
    '0 0',
    '-1 5',
    '-2147483648 1',
    '4294967296 7',
    '15032385535 0',
    '99999999999 0',
  ];
  const places = ['file', 'directory', 'symlink'];
  const owners = ['41001 0', '0 0'];
  return product(places, given, given, ['root', 'alice', 'bob'] as UserName[], owners).map(
    ([kind, atime, mtime, user, owner]) =>
      toCase(
        `times ${atime} and ${mtime} of a ${kind} of ${owner} as ${user}`,
        ...kinds[kind]!('it'),
        ...(kind === 'symlink' ? [] : ['chmod it 0666']),
        `lchown it ${owner}`,
        users[user],
        'snap it',
        `utimens it ${atime} ${mtime} 256`,
        'times it',
        'changed it',
      ),
  );
}

const sizes = [
  '0',
  '1',
  '4095',
  '4096',
  '1048577',
  '5368709120',
  '1099511627776',
  '17592186040320',
  '17592186044416',
  '-1',
];

function sizeCases(): Case[] {
  const sized = product(sizes, ['root', 'alice', 'bob'] as UserName[]).map(([size, user]) =>
    toCase(
      `truncate to ${size} as ${user}`,
      'open 0 it 0102 0644',
      'write 0 0 content',
      'chown it 41001 0',
      'utimens it 1 0 1 0 0',
      'open 1 it 0 0',
      users[user],
      'snap it',
      `truncate it ${size}`,
      'stat it',
      'times it',
      'changed it',
      `ftruncate 0 ${size}`,
      `ftruncate 1 ${size}`,
      'stat it',
      'read 1 0 20',
      'seek 1 0 3',
      'seek 1 0 4',
    ),
  );
  const typed = typeNames.map((kind) =>
    toCase(`truncate a ${kind}`, ...kinds[kind]!('it'), 'truncate it 5', 'stat it'),
  );
  return [...sized, ...typed];
}

function aclCases(): Case[] {
  const lists: Readonly<Record<string, string>> = {
    minimal: acl([
      { tag: 'owner', permissions: 6 },
      { tag: 'group', permissions: 4 },
      { tag: 'other', permissions: 0 },
    ]),
    'with a user': acl([
      { tag: 'owner', permissions: 7 },
      { tag: 'user', permissions: 6, id: ids.bob },
      { tag: 'group', permissions: 4 },
      { tag: 'mask', permissions: 6 },
      { tag: 'other', permissions: 0 },
    ]),
    'with a group and a tight mask': acl([
      { tag: 'owner', permissions: 7 },
      { tag: 'group', permissions: 0 },
      { tag: 'named', permissions: 7, id: ids.team },
      { tag: 'mask', permissions: 4 },
      { tag: 'other', permissions: 7 },
    ]),
    'that is none': '0200000001000600',
  };
  const names = ['system.posix_acl_access', 'system.posix_acl_default'];
  return product(Object.keys(lists), names, ['file', 'directory'], everybody, ['41001 41001', '41001 42007']).map(
    ([list, name, kind, user, owner]) =>
      toCase(
        `ACL ${list} as ${name} of a ${kind} of ${owner} by ${user}`,
        ...kinds[kind]!('it'),
        `chown it ${owner}`,
        'chmod it 02775',
        users[user],
        'snap it',
        `setx it ${name} ${lists[list]} 0`,
        'changed it',
        'stat it',
        `getx it ${name} 99`,
        'listx it 99',
        ...everybody.flatMap((other) => [users[other], ...[1, 2, 4, 6].map((wanted) => `access it ${wanted}`)]),
        users.root,
        'chmod it 0750',
        `getx it ${name} 99`,
        `rmx it ${name}`,
        'stat it',
      ),
  );
}

function xattrCases(): Case[] {
  const names = [
    'user.a',
    'trusted.a',
    'security.a',
    'system.a',
    'other.a',
    'user.',
    'a',
    `user.${'n'.repeat(250)}`,
    `user.${'n'.repeat(251)}`,
  ];
  const written = product(Object.keys(kinds), names, ['root', 'alice', 'bob'] as UserName[]).map(([kind, name, user]) =>
    toCase(
      `xattr ${name.slice(0, 12)} of ${name.length} of a ${kind} as ${user}`,
      ...kinds[kind]!('it'),
      'lchown it 41001 41001',
      users[user],
      'snap it',
      `rmx it ${name}`,
      `setx it ${name} 41 2`,
      `setx it ${name} 414243 1`,
      `setx it ${name} 41 1`,
      `setx it ${name} 4142 2`,
      'changed it',
      `getx it ${name} 0`,
      `getx it ${name} 1`,
      `getx it ${name} 2`,
      'listx it 0',
      'listx it 1',
      'listx it 999',
      `rmx it ${name}`,
      'listx it 999',
    ),
  );
  const long = ['0', '1', '255', '1000', '3000', '4096', '65536', '65537'].map((length) =>
    toCase(
      `an xattr of ${length} bytes`,
      ...kinds.file!('it'),
      `fillx it user.a ${length}`,
      'getx it user.a 0',
      'getx it user.a 70000',
    ),
  );
  return [...written, ...long];
}

export const attributeCases = (): Case[] => [
  ...modeCases(),
  ...ownerCases(),
  ...privilegeCases(),
  ...timeCases(),
  ...sizeCases(),
  ...aclCases(),
  ...xattrCases(),
];
