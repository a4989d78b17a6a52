import test from 'ava';
import { formatTarget, parseTarget, type Target } from '../../src/slave/target.js';

const KNOWN: Record<string, [Target, shown?: string]> = {
  '/dir': [{ kind: 'local', directory: '/dir' }],
  '/a:b': [{ kind: 'local', directory: '/a:b' }],
  'host:/dir': [{ kind: 'ssh', host: 'host', directory: '/dir' }],
  'host:/dir//x/../y/': [{ kind: 'ssh', host: 'host', directory: '/dir/y' }, 'host:/dir/y'],
  'some.user@host-1.example.org:/a b:c': [
    { kind: 'ssh', user: 'some.user', host: 'host-1.example.org', directory: '/a b:c' },
  ],
  'root@[fe80::1%eth0]:/dir': [{ kind: 'ssh', user: 'root', host: 'fe80::1%eth0', directory: '/dir' }],
  'ssh://host/dir': [{ kind: 'ssh', host: 'host', directory: '/dir' }, 'host:/dir'],
  'ssh://user@host:2222/dir': [{ kind: 'ssh', user: 'user', host: 'host', port: 2222, directory: '/dir' }],
  'ssh://[::1]:22/': [{ kind: 'ssh', host: '::1', port: 22, directory: '/' }],
};

for (const [target, [parsed, shown = target]] of Object.entries(KNOWN)) {
  test(`target ${target}`, (t) => {
    t.deepEqual(parseTarget(target), parsed);
    t.is(formatTarget(parsed), shown);
  });
}

const UNKNOWN = [
  'host:dir',
  'host:',
  '-oProxyCommand=x:/dir',
  '-l@host:/dir',
  'a b:/dir',
  'ssh://host',
  'ssh://-x/dir',
];
for (const target of [...UNKNOWN, 'ftp://host/dir', 'host:/a\nb', 'ssh://host:0/dir', 'user@:/dir', '[::1:/dir']) {
  test(`no target: ${JSON.stringify(target)}`, (t) => {
    t.throws(() => parseTarget(target), { name: 'Unfit' });
  });
}
