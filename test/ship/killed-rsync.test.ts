import fs from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { descendantsOf } from '../support/processes.js';
import { Rsyncd } from '../support/rsyncd.js';
import { HOST, Sshd } from '../support/sshd.js';
import { waitUntil } from '../support/wait.js';
import { World } from './world.js';

/** An rsync whose first run is slow, and says its process. */
function slowFirst({ slave }: World): { program: string; pid: () => number | undefined } {
  const at = (name: string): string => path.join(path.dirname(slave), name);
  const script = `#!/bin/bash\n[[ -e '${at('pid')}' ]] && exec rsync "$@"\necho $$ > '${at('pid')}'\nexec rsync --bwlimit=64 "$@"\n`;
  fs.writeFileSync(at('slow-rsync'), script, { mode: 0o755 });
  const pid = (): number | undefined =>
    fs.existsSync(at('pid')) ? Number(fs.readFileSync(at('pid'), 'utf8')) || undefined : undefined;
  return { program: at('slow-rsync'), pid };
}

function commandOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** The rsync that receives a file, among what a server has started. */
function receiver(server: number, slave: string): number | undefined {
  const isBusy = fs.readdirSync(`${slave}/.markerfs-slave/tmp`).length > 0;
  return isBusy ? descendantsOf(server).find((pid) => /^rsync( |: |$)/.test(commandOf(pid))) : undefined;
}

interface Victims {
  readonly world: World;
  /** The process to kill, as soon as there is one; by the one that this machine's rsync is. */
  readonly victim: (own: number | undefined) => number | undefined;
}

const KINDS: Readonly<Record<string, (t: ExecutionContext) => Promise<Victims>>> = {
  'rsync of a local slave': async (t) => ({ world: await World.create(t), victim: (own) => own }),
  'rsync on the other side of an agent': async (t) => {
    const sshd = await Sshd.start(t);
    const reach = (slave: string) => {
      sshd.allowAgent(slave);
      return { target: `${HOST}:${slave}` };
    };
    const world = await World.create(t, { reach });
    return { world, victim: () => receiver(sshd.pid, world.slave) };
  },
  'rsync daemon': async (t) => {
    let rsyncd: Rsyncd | undefined;
    const reach = async (slave: string) => {
      rsyncd = await Rsyncd.start(t, slave);
      return { target: rsyncd.target(), settings: { passwordFile: rsyncd.passwordFile } };
    };
    const world = await World.create(t, { reach });
    return { world, victim: () => receiver(rsyncd!.pid, world.slave) };
  },
};

for (const [kind, start] of Object.entries(KINDS)) {
  test(`a pass in which somebody kills the ${kind} goes on`, async (t) => {
    const { world, victim } = await start(t);
    await world.pass();
    world.write('file', Buffer.alloc(1 << 20, 'content'));
    world.mkdir('d');
    world.write('d/other', 'other');
    const { program, pid } = slowFirst(world);
    const passing = world.tryPass({ rsync: program });
    let found: number | undefined;
    await waitUntil('a file is on its way', () => {
      found = pid() === undefined ? undefined : victim(pid());
      return found === undefined ? 'nobody receives one' : undefined;
    });
    process.kill(found!, 'SIGKILL');
    t.like(await passing, { error: undefined, failed: 0 });
    t.is(await world.differences(), '');
  });
}

test('an rsync that is killed each time fails its paths, and says so', async (t) => {
  const world = await World.create(t);
  for (const name of ['a', 'b']) world.write(name, name);
  const program = path.join(path.dirname(world.slave), 'killed-rsync');
  fs.writeFileSync(program, '#!/bin/bash\nkill -TERM $$\n', { mode: 0o755 });
  t.like(await world.tryPass({ rsync: program }), { error: undefined, failed: 3 });
  const pending = world.state.pending.of('copy');
  t.deepEqual(new Set(pending.map(({ reason }) => reason)), new Set(['rsync was ended by SIGTERM']));
  t.true(pending.every(({ nextTryUs }) => nextTryUs > 0));
  await world.pass();
  t.is(await world.differences(), '');
});
