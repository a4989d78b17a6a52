import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { execa } from 'execa';
import { Machine, onlyChild } from '../support/machine.js';
import { differences } from '../support/trees.js';
import { testAsRoot } from '../support/users.js';
import { PROJECT } from '../support/volume.js';
import { waitUntil } from '../support/wait.js';

const README = readFileSync(join(PROJECT, 'README.md'), 'utf8');
const HOST = 'backup.example.org';

/** The lines of commands in a section, without what they say of themselves. */
function linesOf(section: string): string[] {
  const [, text = ''] = README.split(`\n## ${section}\n`);
  const blocks = [...text.split('\n## ')[0]!.matchAll(/^```\n(.*?)^```$/gms)].map(([, block]) => block!);
  return blocks
    .flatMap((block) => block.split('\n'))
    .map((line) => line.replace(/\s+#.*$/, ''))
    .filter(Boolean);
}

/** The far side: sshd on loopback, to which the name leads, and a key that it does not know yet. */
async function connect(near: Machine, far: Machine, port: number): Promise<void> {
  const path = `SetEnv PATH=/usr/local/bin:${process.env.PATH}`;
  const config = ['UsePAM no', 'PidFile none', 'ListenAddress 127.0.0.1', `Port ${port}`, path].join('\n');
  await far.type(
    `mkdir -m 700 /root/.ssh; ssh-keygen -qt ed25519 -N '' -f /root/host; echo '${config}' >/root/sshd_config
     /usr/sbin/sshd -f /root/sshd_config -h /root/host`,
    '/',
  );
  const client = [`Host ${HOST}`, 'HostName 127.0.0.1', `Port ${port}`, `HostKeyAlias ${HOST}`].join('\n');
  const key = await far.type('cut -d" " -f1,2 /root/host.pub', '/');
  await near.type(
    `mkdir -m 700 /root/.ssh; ssh-keygen -qt ed25519 -N '' -f /root/.ssh/id_ed25519
     echo '${client}' >/root/.ssh/config; echo '${HOST} ${key}' >/root/.ssh/known_hosts`,
    '/',
  );
}

/** A loop as a person sees it: its first pass, then Ctrl-C. */
async function untilFirstPass(t: ExecutionContext, machine: Machine, line: string): Promise<void> {
  const [file = '', ...args] = machine.command(`exec ${line}`, PROJECT);
  const loop = execa(file, args, { reject: false });
  t.teardown(() => loop.kill('SIGKILL'));
  let said = '';
  loop.stdout.on('data', (data: Buffer) => {
    said += data;
  });
  await waitUntil('the loop has shipped', () => (said.includes('backup: ') ? undefined : said));
  process.kill(onlyChild(loop.pid!), 'SIGINT');
  t.is((await loop).exitCode, 0);
}

/** What systemd runs for a unit, with the variables of the volume, in bash's words. */
async function execOf(machine: Machine, unit: string, key: string): Promise<string> {
  const found = await machine.type(`sed -n 's/^${key}=-\\?//p' /etc/systemd/system/${unit}`, '/');
  return `set -a; . /etc/markerfs/data.conf; exec ${found.replaceAll(/\$\{(\w+)\}/g, '"$$$1"')}`;
}

/** What the units do where systemd does not run: mount, ship as the timer does, unmount. */
async function runUnits(t: ExecutionContext, near: Machine): Promise<void> {
  await near.type(
    'cd /etc/systemd/system; for unit in markerfs*@.*; do cp $unit /run/$(echo $unit | sed s/@/@data/); done',
    '/',
  );
  t.is(await near.type('systemd-analyze verify /run/markerfs*.{service,timer} 2>&1', '/'), '');
  const [file = '', ...args] = near.command(await execOf(near, 'markerfs@.service', 'ExecStart'), '/');
  const service = execa(file, args, { reject: false });
  t.teardown(() => service.kill('SIGKILL'));
  let said = '';
  service.stdout.on('data', (data: Buffer) => {
    said += data;
  });
  await waitUntil('the service has mounted', () => (said.includes('Mounted "/data"') ? undefined : said));
  await near.type('mkdir /mnt/vol/later; echo through the mount >/mnt/vol/later/file', '/');
  await near.type(await execOf(near, 'markerfs-ship@.service', 'ExecStart'), '/');
  await near.type(await execOf(near, 'markerfs@.service', 'ExecStop'), '/');
  t.is((await service).exitCode, 0);
}

testAsRoot(
  'the lines of the README lead from a clone to a volume that is mounted and shipped, here and afar',
  async (t) => {
    const [near, far] = await Promise.all([Machine.boot(t, PROJECT), Machine.boot(t, PROJECT)]);
    for (const machine of [near, far]) mkdirSync(machine.outside('srv/copy'));
    await connect(near, far, 20_000 + (process.pid % 20_000));
    writeFileSync(near.outside('data/file'), 'content');

    const lines = linesOf('Install');
    // The suite begins with it: here everything is set up.
    t.is(lines.shift(), 'scripts/setup.sh');
    t.regex(readFileSync(join(PROJECT, 'scripts/test.sh'), 'utf8'), /^\s*scripts\/setup\.sh --tests/m);
    await far.type(lines[0]!, PROJECT);
    let printed = '';
    for (const line of lines) {
      if (line.includes('--interval')) await untilFirstPass(t, near, line);
      else if (line.startsWith('systemctl ')) t.true(printed.split('\n').includes(line), `${line}\n${printed}`);
      else if (line.includes(HOST)) await authorize(t, near, far, line);
      else printed = await near.type(line, PROJECT);
    }
    t.true(lines.some((line) => line.startsWith('systemctl enable')));
    await runUnits(t, near);
    for (const machine of [near, far]) t.is(await differences(near.outside('data'), machine.outside('srv/copy')), '');
    t.is(readFileSync(far.outside('srv/copy/later/file'), 'utf8'), 'through the mount\n');
  },
);

/** As the README says: the command prints a line for the other side, without which the key is not let in. */
async function authorize(t: ExecutionContext, near: Machine, far: Machine, line: string): Promise<void> {
  const refused = await near.tryType(line, PROJECT);
  t.is(refused.status, 1);
  t.regex(refused.stderr, /Permission denied/);
  const allowed = refused.stdout.split('\n').find((one) => one.startsWith('command='));
  t.truthy(allowed, refused.stdout);
  await far.type(`cat >/root/.ssh/authorized_keys <<'END'\n${allowed}\nEND`, '/');
  await near.type(line, PROJECT);
}
