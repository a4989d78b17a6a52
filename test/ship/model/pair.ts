import type { Patience } from '../../../src/ship/busy.js';
import { ALL_AGAIN, pendingOf } from '../../../src/ship/commit.js';
import type { Reached } from '../../../src/ship/first-copy/first-copy.js';
import { type PassInput, type PassOutcome, runPass } from '../../../src/ship/pass.js';
import { runPlainPass } from '../../../src/ship/plain/pass.js';
import { EVERYTHING, IN_ITS_PLACE, type Selection } from '../../../src/ship/selection/selection.js';
import { SelectedSource } from '../../../src/ship/selection/source.js';
import type { Source } from '../../../src/ship/source.js';
import { PassError } from '../../../src/ship/transfer/rsync.js';
import type { Crawl, Later } from '../../../src/ship/work.js';
import type { Base } from '../../../src/slave/manifest.js';
import { type BytePath, fromBytes, isAtOrBelow, parentOf } from '../../../src/slave/path.js';
import { objectId } from '../../../src/slave/slave.js';
import type { PendingPath } from '../../../src/volume/pending.js';
import { type Change, ModelDaemon } from './daemon.js';
import { type Intent, pick, resolve } from './intent.js';
import type { Inode } from './memory-tree.js';
import { ModelPlain } from './plain.js';
import { ModelSlave } from './slave.js';

class Killed extends Error {}

export interface PassPlan {
  /** Changes that come while the pass runs, and before which of its steps. */
  readonly meanwhile: readonly { step: number; change: Intent }[];
  /** The pass is killed before this step. */
  readonly killedAt?: number | undefined;
  /** The pass is killed when it has noted so often how far its first copy is. */
  readonly killedAtNote?: number;
  /** Objects that refuse to be written, by number. */
  readonly failing: readonly number[];
  /** The journal is lost before the pass. */
  readonly loseJournal: boolean;
  /** What the slave is not to have; from now on. */
  readonly selection?: Selection | undefined;
  /** Whether files that are being written wait; in this pass. */
  readonly isPatient?: boolean | undefined;
  /** Whether what the source has no more stays on the slave; from now on. */
  readonly keepsDeleted?: boolean | undefined;
}

/** `plain`: only rsync reaches the slave. */
export type SlaveKind = 'local' | 'plain';

export const QUIET: PassPlan = { meanwhile: [], failing: [], loseJournal: false };

/** Something on the slave that is excluded, and as what. */
interface Kept {
  readonly paths: readonly BytePath[];
  readonly inode: Inode;
  readonly content: number;
  readonly mode: number;
}

/** A volume and its slave in memory: what ship() does around a pass, without the disk. */
export class ModelPair {
  readonly daemon = new ModelDaemon();
  readonly slave: ModelSlave | ModelPlain;
  #base: Base = { journalId: null, position: 0, stimeUs: 0 };
  #pending: PendingPath[] = [];
  #firstCopy: Reached | undefined;
  #notes = 0;
  crawl: Crawl = 'initial';
  #selection = EVERYTHING;
  /** The selection of the last pass that was completed. */
  #applied = EVERYTHING;
  #keepsDeleted = false;
  /** The slave may have what the source has not. */
  #mayHaveMore = false;
  /** What lost a name that is excluded since the last pass: a walk cannot tell whether it changed under that. */
  readonly #hidden = new Set<Inode>();
  readonly #unseen = new Set<Inode>();
  /** What happened, for a failure's message. */
  readonly log: string[] = [];

  constructor(kind: SlaveKind) {
    const { tree } = this.daemon;
    this.slave = kind === 'plain' ? new ModelPlain(tree) : new ModelSlave(tree);
  }

  /** Answers what was changed, if anything was. */
  change(intent: Intent): Change | undefined {
    const change = resolve(intent, this.daemon.tree);
    const before = [...this.daemon.tree.walk()];
    if (!change || !this.daemon.apply(change)) return undefined;
    for (const [path, inode] of before)
      if (inode.nlink > 0 && this.daemon.tree.find(path) !== inode && this.#isExcluded(path, inode))
        this.#hidden.add(inode);
    this.log.push(Object.values(change).join(' '));
    return change;
  }

  /** The slave's own side makes something under a name that is excluded there. */
  own(intent: Intent): void {
    const change = resolve(intent, this.slave.tree);
    if (change && this.slave.own(change, this.#selection)) this.log.push(`own ${Object.values(change).join(' ')}`);
  }

  /** The slave is added anew: what it holds is taken for anything. */
  adopt(): void {
    this.#base = { journalId: null, position: 0, stimeUs: 0 };
    this.#pending = [];
    this.#firstCopy = undefined;
    if (this.slave instanceof ModelSlave) this.slave.manifest = undefined;
    else this.slave.isAdopted = true;
    this.slave.syncPoint = undefined;
    this.log.push('adopted');
  }

  async pass(plan: PassPlan): Promise<void> {
    if (plan.loseJournal) this.daemon.loseJournal();
    this.#selection = plan.selection ?? this.#selection;
    this.#keepsDeleted = plan.keepsDeleted ?? this.#keepsDeleted;
    if (this.slave instanceof ModelPlain) this.slave.selection = this.#selection;
    const kept = this.#kept();
    this.#arm(plan);
    const barrier = this.daemon.barrier();
    const patience = plan.isPatient ? this.#patience : undefined;
    const formerly = this.#formerly;
    const journal = this.#base.journalId === barrier.journalId && !formerly;
    this.crawl = journal ? 'journal' : this.#base.stimeUs === 0 ? 'initial' : 'walk';
    const hidden = [...this.#hidden];
    if (this.crawl === 'walk') for (const inode of hidden) this.#unseen.add(inode);
    // A first copy that is to have other things begins anew.
    if (this.crawl === 'initial' && formerly) {
      this.#firstCopy = undefined;
      this.#mayHaveMore = false;
    }
    this.#mayHaveMore ||= this.#keepsDeleted;
    if (this.crawl === 'initial' && this.#firstCopy) this.log.push('goes on');
    if (!journal) this.#base = { ...this.#base, journalId: null, position: 0 };
    this.log.push(`${[this.crawl, ...this.#selection.patterns].join(' ')} {`);
    const pending = this.#pending;
    if (formerly && this.crawl === 'walk') this.#pending = [...pending, ALL_AGAIN];
    try {
      await this.#run(barrier, formerly, pending, patience);
      for (const inode of hidden) this.#hidden.delete(inode);
    } catch (error) {
      // What refuses may end a pass too: the next one tries again.
      const isRefused = error instanceof PassError && plan.failing.length > 0;
      if (!isRefused && !(error instanceof Killed)) throw error;
      this.log.push(isRefused ? error.message : 'killed');
    }
    this.log.push(
      `} ${this.#pending.map(({ path, kind, whole }) => `${kind} ${fromBytes(path)} ${whole}`).join(', ')}`,
    );
    this.#arm(QUIET);
    for (const one of kept) {
      if (this.#isLeftAlone(one)) continue;
      const { paths, inode } = one;
      throw new Error(`excluded, and not left alone: ${paths.join(' or ')} (${inode.ino})\n${this.log.join('\n')}`);
    }
  }

  /** Files have their times from the clock of the marks, in nanoseconds. */
  get #patience(): Patience {
    return { settleUs: 0.02, maxDelayUs: 60, nowUs: () => this.daemon.clock / 1000 };
  }

  /** Files that are marked at or before the sync point, as nothing above them was moved later, and are not on the slave as they are. */
  get brokenPromises(): BytePath[] {
    const { stimeUs } = this.#base;
    const later = [...this.daemon.tree.walk()].filter(([, { subtree = 0 }]) => subtree > stimeUs).map(([path]) => path);
    const isPromised = ([path, { what, xtime = 0 }]: [BytePath, Inode]): boolean =>
      what === 'file' && xtime <= stimeUs && !later.some((above) => isAtOrBelow(path, above));
    return [...this.daemon.tree.walk()]
      .filter(isPromised)
      .filter(([path, { content }]) => this.slave.tree.find(path)?.content !== content)
      .map(([path]) => path);
  }

  /** See formerSelection. */
  get #formerly(): Selection | undefined {
    if (this.#applied !== this.#selection) return this.#applied;
    return this.#mayHaveMore && !this.#keepsDeleted ? this.#selection : undefined;
  }

  async #run(
    start: { timeUs: number; head: number; journalId: string },
    formerly: Selection | undefined,
    pending: readonly PendingPath[],
    patience: Patience | undefined,
  ): Promise<void> {
    const { daemon, slave } = this;
    const span = (after: number, upTo: number) => daemon.records.slice(after, upTo);
    const before = (timeUs: number) => daemon.barriers.findLast((one) => one < timeUs);
    const barrier = {
      ...start,
      before,
      settle: async () => ({ journalId: start.journalId, head: daemon.records.length }),
    };
    const outcome = await this.#runKind({
      source: new SelectedSource(this.#source(), this.#selection),
      formerly,
      wanted: { keepsDeleted: this.#keepsDeleted, patience },
      base: this.#base,
      pending,
      crawl: this.crawl,
      barrier,
      links: { namesOf: () => [], add: () => {} },
      records: {
        read: span,
        renames: (after, upTo) => span(after, upTo).filter(({ operation }) => operation === 8 || operation === 9),
      },
    });
    slave.step();
    const { journalId, position, stimeUs, settled } = outcome;
    await slave.writeSyncPoint({ stimeUs, position, journalId, settled });
    this.#pending = pendingOf(outcome.work, this.#pending, 0);
    this.#base = { journalId, position, stimeUs };
    this.#firstCopy = undefined;
    this.#applied = this.#selection;
    this.#mayHaveMore = this.#keepsDeleted;
    slave.step();
    if (slave instanceof ModelSlave) slave.manifest = undefined;
  }

  #runKind(input: Omit<PassInput, 'slave' | 'transfer'>): Promise<PassOutcome> {
    const { slave } = this;
    if (slave instanceof ModelPlain) {
      const remember = (paths: readonly PendingPath[]): void => {
        this.#pending = [...this.#pending, ...paths];
      };
      return runPlainPass({ ...input, slave, transfer: slave, remember });
    }
    const note = (reached: Reached, later: ReadonlyMap<string, Later>): void => {
      this.#firstCopy = reached;
      this.#notes++;
      this.#pending = pendingOf({ later }, this.#pending, 0);
    };
    const firstCopy = { noted: this.#firstCopy, note, pauseMs: 0 };
    return runPass({ ...input, slave, transfer: slave, firstCopy });
  }

  #source(): Source {
    const { tree } = this.daemon;
    const source: Source = {
      selection: EVERYTHING,
      get all() {
        return source;
      },
      forget: () => {},
      flush: () => {},
      lstat: (path) => {
        this.slave.step();
        return tree.stat(path);
      },
      list: (path) => {
        const inode = tree.find(path);
        return inode?.what === 'directory'
          ? [...inode.children].map(([name, { what }]) => ({ name, isDirectory: what === 'directory' }))
          : undefined;
      },
      hasHoles: () => false,
      marks: (path) => ({ rescan: undefined, xtime: tree.find(path)?.xtime, subtree: tree.find(path)?.subtree }),
      findNames: (objects) =>
        [...tree.walk()]
          .filter(([, inode]) => inode.what !== 'directory' && objects.has(objectId(inode)))
          .map(([path]) => path),
    };
    return source;
  }

  #arm({ meanwhile, killedAt, killedAtNote, failing }: PassPlan): void {
    let steps = 0;
    this.#notes = 0;
    this.slave.failing.clear();
    for (const number of failing) this.slave.failing.add(pick(this.daemon.tree, number));
    this.slave.step = () => {
      steps++;
      for (const { step, change } of meanwhile) if (step === steps) this.change(change);
      // What is under way together is killed together.
      if (killedAt !== undefined && steps >= killedAt) throw new Killed();
      if (this.#notes === killedAtNote) throw new Killed();
    };
  }

  #isExcluded(path: BytePath, { what }: Inode): boolean {
    return this.#selection.excludes(path, what === 'directory');
  }

  /**
   * What of the slave is excluded. Of what a killed pass was moving, what is excluded at both of its places, and it may go
   * to either; what could not be put back counts as removed once all others are.
   */
  #kept(): Kept[] {
    const { slave } = this;
    const kept: Kept[] = [];
    const add = (paths: readonly BytePath[], inode: Inode): void => {
      const { content, mode } = inode;
      if (paths.every((path) => this.#isExcluded(path, inode))) kept.push({ paths, inode, content, mode });
    };
    for (const [path, inode] of slave.tree.walk()) add([path], inode);
    const manifest = slave instanceof ModelSlave ? slave.manifest : undefined;
    for (const [id, { from, to }] of manifest?.stage === 'done' ? [] : (manifest?.moves.entries() ?? [])) {
      const top = (slave as ModelSlave).moving.get(id);
      for (const [path, inode] of top ? slave.tree.walk(from, top) : [])
        add([path, to + path.slice(from.length)], inode);
    }
    return kept;
  }

  #isLeftAlone({ paths, inode, content, mode }: Kept): boolean {
    const { slave } = this;
    const moving = slave instanceof ModelSlave ? [...slave.moving.values()] : [];
    const isThere =
      paths.some((path) => slave.tree.find(path) === inode) ||
      moving.some((top) => [...slave.tree.walk('', top)].some(([, below]) => below === inode));
    return isThere && inode.content === content && inode.mode === mode;
  }

  /** What differs between source and slave; '' where nothing does. What may be kept is no difference. */
  get difference(): string {
    const blocked = this.#pending.filter(({ reason }) => reason === IN_ITS_PLACE).map(({ path }) => fromBytes(path));
    // The time of its directory waits, too.
    const isBlocked = (path: BytePath): boolean =>
      blocked.some((other) => isAtOrBelow(path, other) || path === parentOf(other));
    const isUnseen = (path: BytePath): boolean => this.#unseen.has(this.daemon.tree.find(path)!);
    const isMeant = (path: BytePath, inode: Inode): boolean =>
      !this.#isExcluded(path, inode) && !isBlocked(path) && !isUnseen(path);
    const isWanted = (path: BytePath, inode = this.daemon.tree.find(path)): boolean =>
      inode !== undefined && !this.#isExcluded(path, inode);
    const isHolder = (path: BytePath, inode: Inode): boolean =>
      !isWanted(path) && [...this.slave.tree.walk(path, inode)].some((below) => this.#isExcluded(...below));
    const source = this.daemon.tree.describe(isMeant);
    const isKept = (path: BytePath): boolean => this.#keepsDeleted && !this.daemon.tree.find(path);
    const slave = this.slave.tree.describe(
      (path, inode) => isMeant(path, inode) && !isHolder(path, inode) && !isKept(path),
    );
    const lacks = source.filter((line) => !slave.includes(line)).map((line) => `- ${line}`);
    const extra = slave.filter((line) => !source.includes(line)).map((line) => `+ ${line}`);
    return [...lacks, ...extra].join('\n');
  }
}
