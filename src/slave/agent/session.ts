import type { KeptObject } from '../archive.js';
import type { LocalArchive } from '../local/archive.js';
import type { LocalSlave } from '../local/local.js';
import { LocalPlace } from '../local/place.js';
import { formatManifest, parseManifest } from '../manifest.js';
import { Unfit } from '../place.js';
import { type CallName, type Calls, entryRow, piecesOf, rowTime } from './calls.js';
import * as checked from './input.js';
import { Turn } from './turn.js';

/** One connection's view of the directory that an agent serves: by the same rules and steps as a local slave. */
export class Session {
  readonly place: LocalPlace;
  #slave: LocalSlave | undefined;
  #archive: LocalArchive | undefined;
  /** What is left to tell of a path. */
  #below: AsyncGenerator<KeptObject[]> | undefined;
  #turn: Turn | undefined;

  constructor(readonly root: string) {
    this.place = new LocalPlace(root);
  }

  get slave(): LocalSlave {
    if (!this.#slave) throw new Unfit('no slave is open');
    return this.#slave;
  }

  async open({ name, claim, own }: Calls['open']['ask']['value']): Promise<void> {
    this.close();
    this.#turn = await Turn.begin(this.place.check(claim, own));
    this.#slave = await this.#turn.run(() => this.place.open(name, claim, own));
  }

  close(): void {
    this.#slave?.close();
    this.#turn?.end();
    this.#slave = undefined;
    this.#turn = undefined;
  }

  get archive(): LocalArchive {
    if (!this.#archive) throw new Unfit('nobody looks at old versions');
    return this.#archive;
  }

  /** Neither a turn nor the slave is opened for it: nothing is changed, and a pass may be under way. */
  async look({ claim, nowUs }: Calls['look']['ask']['value']): Promise<void> {
    this.lookAway();
    this.#archive = await this.place.look(claim, Date.now() * 1000 - nowUs);
  }

  lookAway(): void {
    this.#archive?.close();
    this.#archive = undefined;
    this.#below = undefined;
  }

  /** The next part of what was at and below a path at a time; the first one where the path is given. */
  async keptBelow(ask: Calls['keptBelow']['ask']['value']): Promise<readonly KeptObject[]> {
    if (ask) this.#below = this.archive.below(...ask);
    return (await this.#below?.next())?.value ?? [];
  }

  end(): void {
    this.close();
    this.lookAway();
  }

  /** Does something with the open slave, if no other session has begun since. */
  async use<T>(work: (slave: LocalSlave) => Promise<T>): Promise<T> {
    const { slave } = this;
    return this.#turn!.run(() => work(slave));
  }
}

type Handler<K extends CallName> = (session: Session, ask: Calls[K]['ask']) => Promise<Calls[K]['answer']>;

/** What an agent does for each call. */
export const HANDLERS: { readonly [K in CallName]: Handler<K> } = {
  take: async ({ place }, { value: { identity, own, options } }) => {
    const known = checked.checkTakeOptions(options);
    return { value: await place.take(checked.checkIdentity(identity), checked.checkOwn(own), known) };
  },
  leave: async ({ place }, { value }) => {
    await place.leave(checked.checkClaim(value));
    return {};
  },
  open: async (session, { value: { name, claim, own } }) => {
    await session.open({ name: checked.text(name), claim: checked.checkClaim(claim), own: checked.checkOwn(own) });
    return {};
  },
  close: async (session) => {
    session.close();
    return {};
  },
  stat: (session, { list }) =>
    session.use(async (slave) => {
      const entries = await slave.stat(list.map(checked.checkPath));
      return { list: entries.map((entry) => (entry ? entryRow(entry) : null)) };
    }),
  list: (session, { value }) =>
    session.use(async (slave) => {
      const names = await slave.list(checked.checkPath(value));
      return { value: names !== undefined, list: [...(names ?? [])] };
    }),
  remove: (session, { value }) =>
    session.use(async (slave) => ({ value: (await slave.remove(checked.checkContent(value))) ?? null })),
  linkedBelow: (session, { value }) =>
    session.use(async (slave) => {
      const found = await slave.linkedBelow(checked.checkPath(value));
      return { list: [...found].map(([id, { here, all }]) => [id, here, all] as const) };
    }),
  findNames: (session, { list }) =>
    session.use(async (slave) => ({ list: await slave.findNames(new Set(list.map(checked.checkObjectId))) })),
  readManifest: (session) =>
    session.use(async (slave) => {
      const manifest = await slave.readManifest();
      return { list: manifest ? piecesOf(formatManifest(manifest)) : [] };
    }),
  writeManifest: (session, { list }) =>
    session.use(async (slave) => {
      await slave.writeManifest(list.length === 0 ? undefined : parseManifest(list.map(checked.text).join('')));
      return {};
    }),
  takeAway: (session, { value: [id, from, to] }) =>
    session.use(async (slave) => {
      const move = { from: checked.checkContent(from), to: checked.checkContent(to) };
      return { value: await slave.takeAway(checked.whole(id), move) };
    }),
  putBack: (session, { value: [id, from, to] }) =>
    session.use(async (slave) => {
      const move = { from: checked.checkContent(from), to: checked.checkContent(to) };
      return { value: await slave.putBack(checked.whole(id), move) };
    }),
  dropAway: (session) =>
    session.use(async (slave) => {
      await slave.dropAway();
      return {};
    }),
  keepVersions: (session, { value }) =>
    session.use(async (slave) => {
      await slave.keepVersions(checked.whole(value));
      return {};
    }),
  keepCopies: (session, { list }) =>
    session.use(async (slave) => ({ list: await slave.keepCopies(list.map(checked.checkContent)) })),
  thinVersions: (session, { value: [keepUs, nowUs] }) =>
    session.use(async (slave) => {
      await slave.thinVersions(checked.whole(keepUs), checked.whole(nowUs));
      return {};
    }),
  digest: (session, { value, list }) =>
    session.use(async (slave) => {
      const digests = await slave.digest(list.map(checked.checkPath), checked.checkTerms(value));
      return { list: digests.map((digest) => digest ?? null) };
    }),
  describe: (session, { value: { directory, terms } }) =>
    session.use(async (slave) => ({
      list: await slave.describe(checked.checkPath(directory), checked.checkTerms(terms)),
    })),
  setTimes: (session, { list }) =>
    session.use(async (slave) => {
      const times = list.map(rowTime).map(({ path, ...time }) => ({ path: checked.checkPath(path), ...time }));
      return { list: await slave.setTimes(times) };
    }),
  flush: (session) =>
    session.use(async (slave) => {
      await slave.flush();
      return {};
    }),
  readSyncPoint: (session) => session.use(async (slave) => ({ value: (await slave.readSyncPoint()) ?? null })),
  writeSyncPoint: (session, { value }) =>
    session.use(async (slave) => {
      await slave.writeSyncPoint(checked.checkSyncPoint(value));
      return {};
    }),
  look: async (session, { value: { claim, nowUs } }) => {
    await session.look({ claim: checked.checkClaim(claim), nowUs: checked.whole(nowUs) });
    return {};
  },
  lookAway: async (session) => {
    session.lookAway();
    return {};
  },
  versions: async ({ archive }, { value }) => ({ list: await archive.versions(checked.checkPath(value)) }),
  keptBelow: async (session, { value }) => {
    const ask = value && ([checked.checkContent(value[0]), checked.whole(value[1])] as const);
    const part = await session.keptBelow(ask);
    return { list: part.map(({ path, folder, hasHoles }) => [path, folder, hasHoles] as const) };
  },
};
