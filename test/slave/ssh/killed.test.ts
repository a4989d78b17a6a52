import fs from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ship } from '../../../src/ship/ship.js';
import { World } from '../../ship/world.js';
import { endProcess, waitForEnd } from '../../support/processes.js';
import { HOST, Sshd } from '../../support/sshd.js';
import { waitUntil } from '../../support/wait.js';

async function farWorld(t: ExecutionContext): Promise<World> {
  const sshd = await Sshd.start(t);
  return World.create(t, {
    reach: (slave) => {
      sshd.allowAgent(slave);
      return { target: `${HOST}:${slave}` };
    },
  });
}

/** What is killed, by its command line: each argument ends with a blank. SLAVE stands for the slave's directory. */
const VICTIMS = {
  agent: '^[^ ]*node [^ ]*main[.]js agent --root SLAVE $',
  ssh: "^/usr/bin/ssh .* far markerfs agent --root 'SLAVE' $",
} as const;

/** The processes that serve, or lead to, the slave of a world. */
function pidsOf({ slave }: World, victim: keyof typeof VICTIMS): number[] {
  const pattern = new RegExp(VICTIMS[victim].replace('SLAVE', slave));
  return fs
    .readdirSync('/proc')
    .flatMap((pid) => (/^\d+$/.test(pid) && pattern.test(commandOf(pid)) ? Number(pid) : []));
}

function commandOf(pid: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** An rsync that first waits until the test has done what it does meanwhile. */
function waitingRsync({ slave }: World): { program: string; begun: () => boolean; goOn: () => void } {
  const at = (name: string) => path.join(path.dirname(slave), name);
  fs.writeFileSync(
    at('rsync'),
    `#!/bin/bash
touch '${at('begun')}'
until [[ -e '${at('go')}' ]]; do read -rt 0.05 <> <(:) || :; done
exec rsync "$@"
`,
    { mode: 0o755 },
  );
  return {
    program: at('rsync'),
    begun: () => fs.existsSync(at('begun')),
    goOn: () => fs.writeFileSync(at('go'), ''),
  };
}

for (const victim of ['agent', 'ssh'] as const) {
  test(`a pass whose ${victim} is killed fails, and the next one makes up for it`, async (t) => {
    const world = await farWorld(t);
    for (const name of ['a', 'b']) world.mkdir(name);
    for (const name of ['a/1', 'b/2', 'gone']) world.write(name, name);
    await world.pass();
    world.exchange('a', 'b');
    world.write('a/new', 'new');
    world.unlink('gone');
    const rsync = waitingRsync(world);
    const passing = world.tryPass({ rsync: rsync.program });
    await waitUntil('rsync runs', () => (rsync.begun() ? undefined : 'it does not'));
    const victims = pidsOf(world, victim);
    t.is(victims.length, 1);
    await endProcess(victims[0]!, 'SIGKILL');
    rsync.goOn();
    const { error } = await passing;
    t.regex(error ?? '', /Lost the connection to the slave: /);
    t.like(world.state.slaves.need('copy'), { state: 'faulty', reason: error });
    await world.pass();
    t.is(await world.differences(), '');
    t.like(world.state.slaves.need('copy'), { state: 'active' });
  });
}

test('a loop keeps its connection from pass to pass, and makes a new one where it is lost', async (t) => {
  const world = await farWorld(t);
  const agents: number[] = [];
  const end = new AbortController();
  t.teardown(() => end.abort());
  const errors: (string | undefined)[] = [];
  const looping = ship(world.volume, {
    intervalMs: 50,
    signal: end.signal,
    onPass: ({ error }) => {
      errors.push(error);
      agents.push(...pidsOf(world, 'agent'));
      if (agents.length === 3) process.kill(agents[0]!, 'SIGKILL');
      if (agents.length >= 5) end.abort();
    },
  });
  await looping;
  t.deepEqual([...new Set(errors)], [undefined]);
  const [first, second, third, ...later] = agents;
  t.is(new Set([first, second, third]).size, 1);
  t.is(new Set(later.filter((pid) => pid !== first)).size, 1);
  for (const pid of new Set(agents)) await waitForEnd(pid);
  await waitUntil('all of ssh ends', () => (pidsOf(world, 'ssh').length > 0 ? 'some of it runs' : undefined));
});
