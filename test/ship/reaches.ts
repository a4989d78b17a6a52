import type { ExecutionContext } from 'ava';
import { Rsyncd } from '../support/rsyncd.js';
import type { Reached } from './world.js';

type Reach = (t: ExecutionContext, slave: string) => Reached | Promise<Reached>;

/** A slave of each kind, for tests that hold for all; one behind an agent takes {@link useFakeSsh}. */
export const REACHES: Record<string, Reach> = {
  'a local slave': (_, target) => ({ target }),
  'a slave behind an agent': (_, slave) => ({ target: `host:${slave}` }),
  'a slave of an rsync daemon': async (t, slave) => {
    const daemon = await Rsyncd.start(t, slave);
    return { target: daemon.target(), settings: { passwordFile: daemon.passwordFile } };
  },
};
