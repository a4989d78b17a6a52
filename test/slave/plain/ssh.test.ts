import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { World } from '../../ship/world.js';
import { HOST, Sshd } from '../../support/sshd.js';
import { waitUntil } from '../../support/wait.js';
import { makeWork } from '../../support/work.js';

/** The commands that a sshd ran, each with the connection that it came by: addresses and ports of both ends. */
function recordSessions(sshd: Sshd, file: string): () => { commands: number; connections: number } {
  writeFileSync(file, '');
  sshd.allow(`echo "$SSH_CONNECTION" >> '${file}'; exec sh -c "$SSH_ORIGINAL_COMMAND"`);
  return () => {
    const sessions = readFileSync(file, 'utf8').trim().split('\n');
    return { commands: sessions.length, connections: new Set(sessions).size };
  };
}

test('with rsync only a pass logs in once, and leaves no connection behind', async (t) => {
  const sshd = await Sshd.start(t);
  sshd.allow();
  const settings = { rsyncOnly: true };
  const world = await World.create(t, { reach: (slave) => ({ target: `${HOST}:${slave}`, settings }) });
  const sessions = recordSessions(sshd, path.join(makeWork(t), 'sessions'));
  world.write('file', 'content');
  await world.pass();
  t.is(await world.differences(), '');
  const { commands, connections } = sessions();
  t.true(commands > 2, `${commands} commands`);
  t.is(connections, 1);

  await waitUntil('no connection is left', () => openConnections(sshd.port).join(' ') || undefined);
});

/** Local addresses of connections to a port of this machine that are open (proc_pid_net(5), tcp: state 1). */
function openConnections(port: number): string[] {
  const lines = readFileSync('/proc/net/tcp', 'latin1').trim().split('\n').slice(1);
  const rows = lines.map((line) => line.trim().split(/\s+/));
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return rows
    .filter(([, , remote, state]) => remote?.endsWith(`:${hex}`) && state === '01')
    .map(([, local]) => `${local}`);
}
