import { type Identity, SLAVE_STATE } from '../identity.js';
import {
  type Claim,
  checkClaim,
  type OwnPlaces,
  type Place,
  refuseForeign,
  refuseFull,
  type TakeOptions,
} from '../place.js';
import { LACKS } from './lacks.js';
import { RsyncSlave } from './plain.js';
import { probe } from './probe.js';
import type { Remote } from './remote.js';
import { dropState, fetchState, type PlainState, putState } from './state.js';

/** A directory that only rsync can reach. */
export class PlainPlace implements Place {
  /** `hangUp` ends what is kept between passes. */
  constructor(
    private readonly remote: Remote,
    private readonly hangUp = () => {},
  ) {}

  async take(identity: Identity, _own: OwnPlaces, { adopt, siblings, remark }: TakeOptions): Promise<string> {
    const where = `"${this.remote.target}"`;
    const isEmpty = !(await this.#holdsAnything());
    const found = await fetchState(this.remote);
    if (found) refuseForeign(where, found.identity, identity.volume, siblings);
    if (!adopt && !isEmpty) refuseFull(where);
    const bare = { ...identity, adopted: !isEmpty, lacks: ['fsync' as const] };
    await putState(this.remote, { identity: bare });
    const lacks = await probe(this.remote);
    await putState(this.remote, { identity: { ...bare, lacks } });
    for (const lack of lacks) remark?.(`it keeps no ${LACKS[lack]}`);
    return this.remote.target;
  }

  async open(name: string, claim: Claim): Promise<RsyncSlave> {
    const state = await this.#claimed(claim);
    return new RsyncSlave(name, this.remote, state);
  }

  async leave(claim: Claim): Promise<void> {
    await this.#claimed(claim);
    await dropState(this.remote);
  }

  close(): void {
    this.hangUp();
  }

  async #claimed(claim: Claim): Promise<PlainState> {
    const where = `"${this.remote.target}"`;
    const state = await fetchState(this.remote);
    checkClaim(where, state?.identity, claim);
    return state!;
  }

  /** `lost+found` alone, empty, is nothing. */
  async #holdsAnything(): Promise<boolean> {
    const names = (await this.remote.list('')).filter((name) => name !== SLAVE_STATE);
    if (names.length !== 1 || names[0] !== 'lost+found') return names.length > 0;
    return (await this.remote.list('lost+found/')).length > 0;
  }
}
