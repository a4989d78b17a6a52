import { randomBytes } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import type { SlaveSettings } from '../../src/volume/slave-settings.js';
import { Relay } from '../support/relay.js';
import { Rsyncd } from '../support/rsyncd.js';
import { HOST, Sshd } from '../support/sshd.js';
import { World } from './world.js';

const SHORT: SlaveSettings = { timeoutMs: 2000 };

interface Reached {
  readonly world: World;
  readonly relay: Relay;
}

async function behindSsh(t: ExecutionContext, settings: SlaveSettings): Promise<Reached> {
  const sshd = await Sshd.start(t);
  const relay = await Relay.start(t, sshd.port);
  const reach = (slave: string) => {
    if (settings.rsyncOnly) sshd.allow();
    else sshd.allowAgent(slave);
    return { target: `ssh://${HOST}:${relay.port}${slave}`, settings };
  };
  return { world: await World.create(t, { reach }), relay };
}

async function behindDaemon(t: ExecutionContext): Promise<Reached> {
  let relay: Relay | undefined;
  const reach = async (slave: string) => {
    const daemon = await Rsyncd.start(t, slave);
    const target = new URL(daemon.target());
    relay = await Relay.start(t, Number(target.port));
    target.port = String(relay.port);
    return { target: target.href, settings: { ...SHORT, passwordFile: daemon.passwordFile } };
  };
  const world = await World.create(t, { reach });
  return { world, relay: relay! };
}

const KINDS: Readonly<Record<string, [(t: ExecutionContext) => Promise<Reached>, RegExp]>> = {
  'behind an agent': [(t) => behindSsh(t, SHORT), /cannot be reached|timeout|not responding/i],
  'behind ssh with rsync only': [(t) => behindSsh(t, { ...SHORT, rsyncOnly: true }), /timeout|not responding/i],
  'of an rsync daemon': [behindDaemon, /did nothing|timeout/i],
};

for (const [kind, [start, reason]] of Object.entries(KINDS)) {
  test(`a network that falls silent in the middle of a pass for a slave ${kind}: it is faulty, and recovers`, async (t) => {
    const { world, relay } = await start(t);
    await world.pass();
    world.write('file', randomBytes(4 << 20));
    world.write('other', 'other');
    relay.fallSilent(1 << 20);
    const { error } = await world.tryPass();
    t.true(relay.isSilent);
    t.regex(error ?? '', reason);
    t.like(world.state.slaves.need('copy'), { state: 'faulty', reason: error });
    t.regex(
      (await world.tryPass()).error ?? '',
      /timed? ?out|not responding|cannot be reached|did nothing/i,
      'also from the beginning',
    );
    relay.speak();
    await world.pass();
    t.is(await world.differences(), '');
    t.like(world.state.slaves.need('copy'), { state: 'active', reason: null });
  });
}
