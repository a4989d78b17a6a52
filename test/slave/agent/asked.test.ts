import test from 'ava';
import { realRoot, whatIsAsked } from '../../../src/slave/agent/asked.js';
import { serverArguments } from '../../../src/slave/agent/rsync-arguments.js';
import { quoteWord, splitWords } from '../../../src/slave/agent/words.js';
import { makeWork } from '../../support/work.js';

test('a command is split as a shell would, and nothing in it is expanded', (t) => {
  t.deepEqual(splitWords("  a 'b c'  d\\ e 'it'\\''s' \\$HOME -x=1,2 *?[z]"), [
    ...['a', 'b c', 'd e', "it's", '$HOME', '-x=1,2', '*?[z]'],
  ]);
  for (const text of ["it's", 'a b', '', '$(x)', '\\', 'ü\xff', "''"])
    t.deepEqual(splitWords(`x ${quoteWord(text)}`), ['x', text]);
  for (const command of [
    'a; b',
    'a & b',
    'a | b',
    'a > b',
    'a < b',
    '$HOME',
    '`a`',
    '"a"',
    "'a",
    'a \\',
    '(a)',
    '~',
    'a #b',
  ])
    t.throws(() => splitWords(command), { message: /more than a plain command/ }, command);
});

test('an agent that sshd runs does what is its business, and nothing else', (t) => {
  const root = realRoot(makeWork(t));
  t.deepEqual(whatIsAsked(root, undefined, []), { what: 'serve' });
  t.deepEqual(whatIsAsked(root, '', []), { what: 'serve' });
  t.deepEqual(whatIsAsked(root, `markerfs agent --root ${quoteWord(root)}`, []), { what: 'serve' });
  const rsync = { what: 'rsync', args: ['--server', '-x', '.', root] } as const;
  t.deepEqual(whatIsAsked(root, undefined, rsync.args), rsync);
  t.deepEqual(whatIsAsked(root, `rsync --server -x . ${root}`, []), rsync);
  t.deepEqual(whatIsAsked(root, `/opt/bin/markerfs agent --root ${root} --server -x . ${root}`, []), rsync);
  for (const asked of ['rsync --server --daemon .', `markerfs agent --root ${root} --server --daemon .`])
    t.deepEqual(whatIsAsked(root, asked, []), { what: 'read' });
  const configured = ['--server', '--daemon', '--config=/etc/x', '.'];
  t.deepEqual(whatIsAsked(root, `rsync ${configured.join(' ')}`, []), { what: 'rsync', args: configured });
  t.throws(() => serverArguments(configured, root), { name: 'UserError' });
  for (const command of [
    'sh',
    'sftp-server',
    'scp -t /',
    'markerfs ship /data',
    'markerfs agent --other',
    `cat ${root}`,
  ])
    t.throws(() => whatIsAsked(root, command, []), { message: /this key is for markerfs's copy/ }, command);
  t.throws(() => whatIsAsked(root, 'markerfs agent --root /', []), { message: /this key is for ".*" alone/ });
  t.throws(() => whatIsAsked(root, `markerfs agent --root ${root}/none`, []), { message: /does not exist/ });
  t.throws(() => realRoot('relative'), { message: /absolute/ });
});

const COMMON = ['--server', '-lHogDtpAXIRSe.LsfxCIvu', '--stats', '-@-1', '--numeric-ids'];

test("rsync's arguments are made anew, for the agent's own directory", (t) => {
  const all = [...COMMON, '--temp-dir', '/srv/copy/.markerfs-slave/tmp', '--timeout=60', '--compress-choice=zstd'];
  const options = [...COMMON, '--temp-dir=.markerfs-slave/tmp', '--timeout=60', '--compress-choice=zstd'];
  for (const place of ['/srv/copy', '/srv/copy/', '/srv/copy//', '.', './'])
    t.deepEqual(serverArguments([...all, '.', place], '/srv/copy'), [...options, '.', './'], place);
  t.deepEqual(serverArguments(['--server', '--partial-dir=.markerfs-slave/partial', '.', '.'], '/srv/copy'), [
    ...['--server', '--partial-dir=.markerfs-slave/partial', '.', './'],
  ]);
  const rule = '--filter=-x_trusted.SGI_ACL_*';
  t.deepEqual(serverArguments(['--server', rule, '.', '.'], '/srv/copy'), ['--server', rule, '.', './']);
});

const REFUSED_OPTIONS = [
  ...['--sender', '--daemon', '--log-file=/tmp/x', '--files-from=/etc/passwd', '--rsync-path=sh', '-K', '-lKt', '-s'],
  ...['--keep-dirlinks', '--copy-links', '-L', '-k', '--no-implied-dirs', '--write-devices', '--copy-devices', '-M'],
  ...['--backup-dir=/etc', '--compare-dest=/etc', '--copy-dest=/etc', '--link-dest=/etc', '--only-write-batch=/x'],
  ...['--temp-dir=/tmp', '--temp-dir=.markerfs-slave/../..', '--temp-dir=.markerfs-slave/a/b', '--partial-dir=/etc'],
  ...['--temp-dir=/srv/copy/d', '--config=/etc/x', '--address=x', '--timeout=1 --daemon', '--remove-source-files'],
  ...['--delete', '--delete-during', '--delete-excluded', '--delete-missing-args', '-m', '--prune-empty-dirs'],
  ...['--filter=merge /etc/passwd', '--filter=._/etc/passwd', '--filter=-_x', '--filter=-x_a /etc', '--filter=:_x'],
  ...['--temp-dir=.markerfs-slave/tmp\n/', '--info=a b', '-e', '-esh', '-e.LsfxCIvu/../sh', '--iconv=x', '--', 'x'],
];

for (const option of REFUSED_OPTIONS) {
  test(`rsync is not run with ${JSON.stringify(option)}`, (t) => {
    t.throws(() => serverArguments([...COMMON, option, '.', '.'], '/srv/copy'), { name: 'UserError' });
  });
}

test('rsync is not run in another place, in two, or the other way round', (t) => {
  for (const places of [['/'], ['/etc'], ['..'], ['/srv/copy/..'], ['/srv/copy/d'], ['.', '/etc'], [], ['/srv/copyx']])
    t.throws(() => serverArguments([...COMMON, '.', ...places], '/srv/copy'), { message: /only ".*" may be/ });
  t.throws(() => serverArguments(['-x', '.', '.'], '/srv/copy'), { message: /only rsync --server/ });
  t.throws(() => serverArguments(['--server'], '/srv/copy'), { message: /only rsync --server/ });
});
