import fs from 'node:fs';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { become, run, type User } from '../../support/run.js';
import { ALICE, testAsRoot } from '../../support/users.js';
import { TestVolume } from '../../support/volume.js';
import { makeWork } from '../../support/work.js';

const SECRET = 'what nobody may read who has only the key';

/** A copy with ways out of it, and how rsync gets to the agent that serves it; run by root where no user is given. */
class Copy {
  readonly to: string;
  readonly #rsh: string;

  private constructor(
    readonly volume: TestVolume,
    user: User | undefined,
    before: string,
  ) {
    const { work, slave } = volume;
    this.to = path.join(work, 'to');
    this.#rsh = path.join(work, 'rsh');
    const outside = path.join(work, 'outside');
    for (const directory of [this.to, outside, path.join(slave, 'd')]) fs.mkdirSync(directory);
    fs.writeFileSync(path.join(outside, 'secret'), SECRET);
    fs.writeFileSync(path.join(slave, 'd/file'), 'content');
    fs.symlinkSync(outside, path.join(slave, 'out'));
    fs.symlinkSync('../outside', path.join(slave, 'beside'));
    fs.symlinkSync(path.join(outside, 'secret'), path.join(slave, 'd/secret'));
    if (user)
      for (const link of ['out', 'beside', 'd/secret']) fs.lchownSync(path.join(slave, link), user.uid, user.gid);
    const agent = [...(user ? become(user) : []), process.execPath, volume.program, 'agent', '--root', slave];
    const quoted = agent.map((word) => `'${word}'`).join(' ');
    // As sshd runs it, whatever is asked for.
    const script = `#!/bin/sh\nshift\nunset TMPDIR\n${before}\ncd /\nSSH_ORIGINAL_COMMAND="$*" exec ${quoted}\n`;
    fs.writeFileSync(this.#rsh, script, { mode: 0o755 });
  }

  /** `before`: what the machine of the copy is told before. */
  static async create(t: ExecutionContext, user: User | undefined, before = ''): Promise<Copy> {
    return new Copy(await TestVolume.create(t, user), user, before);
  }

  /** What rsync says; and what it brings is in `to`, where nothing was before. */
  async read(...args: readonly string[]): Promise<{ status: number | undefined; said: string }> {
    fs.rmSync(this.to, { recursive: true });
    fs.mkdirSync(this.to);
    const { status, stdout, stderr } = await run(['rsync', '-rlpt', '-e', this.#rsh, ...args]);
    return { status, said: stdout + stderr };
  }

  /** What came of files, by name. */
  came(): Record<string, string> {
    const files = fs.readdirSync(this.to, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return Object.fromEntries(
      files.map(({ name, parentPath }) => [name, fs.readFileSync(path.join(parentPath, name), 'utf8')]),
    );
  }

  /** A list for --files-from. */
  list(...names: string[]): string {
    const file = path.join(this.volume.work, 'list');
    fs.writeFileSync(file, names.map((name) => `${name}\n`).join(''));
    return `--files-from=${file}`;
  }
}

/** What a client may try. */
const ATTEMPTS: Readonly<Record<string, (copy: Copy) => readonly string[]>> = {
  'through a symlink': ({ to }) => ['far::copy/out/secret', to],
  'through a relative symlink': ({ to }) => ['far::copy/beside/secret', to],
  'a directory that is a symlink': ({ to }) => ['far::copy/out/', to],
  'above the copy': ({ to }) => ['far::copy/../outside/secret', to],
  'far above it': ({ to }) => ['far::copy/../../../../../../../../../../../etc/passwd', to],
  'another module': ({ to }) => ['far::outside/secret', to],
  'a list through a symlink': (copy) => [copy.list('out/secret', 'beside/secret'), 'far::copy/', copy.to],
  'a list that leads above': (copy) => [
    copy.list('../outside/secret', 'd/../../outside/secret'),
    'far::copy/',
    copy.to,
  ],
  'a list that begins elsewhere': (copy) => [
    copy.list('/out/./secret', '/d/../../outside/./secret'),
    'far::copy/',
    copy.to,
  ],
  'a file as a list': ({ to }) => ['--files-from=:/out/secret', 'far::copy/', to],
  'a file above as a list': ({ to }) => ['--files-from=:/../outside/secret', 'far::copy/', to],
  'a file as rules': ({ to }) => ['--filter=: out/secret', 'far::copy/', to],
  'a symlink as rules': ({ to }) => ['--filter=: secret', 'far::copy/d/', to],
  'a file above as rules': ({ to }) => ['--filter=: ../../outside/secret', 'far::copy/d/', to],
  'what symlinks lead to': ({ to }) => ['-L', 'far::copy/', to],
  'what symlinks outwards lead to': ({ to }) => ['--copy-unsafe-links', 'far::copy/', to],
  'directories that symlinks lead to': ({ to }) => ['-k', 'far::copy/', to],
  'symlinks as they were': ({ to }) => ['-M--insecure-links', 'far::copy/out/secret', to],
};

for (const [who, user] of [
  ['root', undefined],
  ['another user', ALICE],
] as const) {
  testAsRoot(`whatever a client tries, an agent of ${who} reads nothing that is not in its copy`, async (t) => {
    const copy = await Copy.create(t, user);
    for (const [what, attempt] of Object.entries(ATTEMPTS)) {
      const { said } = await copy.read(...attempt(copy));
      const came = copy.came();
      t.false(said.includes(SECRET) || said.includes('root:x:'), `${what}: ${said}`);
      for (const name of Object.keys(came)) t.is(name, 'file', what);
    }
    t.like(await copy.read(copy.list('d/file'), 'far::copy/', copy.to), { status: 0, said: '' });
    t.deepEqual(copy.came(), { file: 'content' });
  });

  testAsRoot(`whatever a client tries, an agent of ${who} changes nothing when it reads`, async (t) => {
    const copy = await Copy.create(t, user);
    const { slave } = copy.volume;
    const source = `${copy.to}/`;
    for (const args of [
      [source, 'far::copy/d/'],
      ['--delete', source, 'far::copy/'],
      ['--remove-source-files', 'far::copy/', copy.to],
      [`-M--log-file=${slave}/log`, 'far::copy/', copy.to],
      ['--copy-devices', 'far::copy/', copy.to],
      ['-M--write-devices', source, 'far::copy/'],
    ])
      t.not((await copy.read(...args)).status, 0, args.join(' '));
    t.like(await copy.read('far::copy/d/', copy.to), { status: 0, said: '' });
    t.deepEqual(fs.readdirSync(slave).sort(), ['beside', 'd', 'out']);
    t.deepEqual(fs.readdirSync(path.join(slave, 'd')).sort(), ['file', 'secret']);
  });
}

testAsRoot('options that do more than copy are refused, whatever would become of them', async (t) => {
  const copy = await Copy.create(t, undefined);
  for (const option of ['-L', '-k', '--copy-unsafe-links', '-M--exclude-from=d/file', '--checksum', '-M--fake-super']) {
    const { status, said } = await copy.read(option, 'far::copy/', copy.to);
    t.not(status, 0, option);
    t.regex(said, /The server is configured to refuse --/, option);
  }
});

testAsRoot('an agent that is not run by root has an rsync that follows no symlink, or lets none read', async (t) => {
  const bin = makeWork(t);
  const copy = await Copy.create(t, ALICE, `PATH='${bin}':$PATH`);
  for (const [version, isRead] of Object.entries({ '3.4.9': false, '3.5.0': true, v4: false, '4.0.0pre1': true })) {
    const script = `#!/bin/sh\n[ "$1" = --version ] && exec echo 'rsync  version ${version}  protocol version 32'\nexec /usr/bin/rsync "$@"\n`;
    fs.writeFileSync(path.join(bin, 'rsync'), script, { mode: 0o755 });
    const { said } = await copy.read('far::copy/d/file', copy.to);
    t.deepEqual(Object.keys(copy.came()), isRead ? ['file'] : [], said);
    if (!isRead) t.regex(said, /^markerfs: Cannot let rsync read the copy: .* needs rsync 3\.5 or later for it$/m);
  }
});
