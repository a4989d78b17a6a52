import { pendingOf } from '../../../src/ship/commit.js';
import { runPass } from '../../../src/ship/pass.js';
import type { Source } from '../../../src/ship/source.js';
import type { Crawl } from '../../../src/ship/work.js';
import type { Base } from '../../../src/slave/manifest.js';
import { fromBytes } from '../../../src/slave/path.js';
import { objectId } from '../../../src/slave/slave.js';
import type { PendingPath } from '../../../src/volume/pending.js';
import { ModelDaemon } from './daemon.js';
import { type Intent, pick, resolve } from './intent.js';
import { ModelSlave } from './slave.js';

class Killed extends Error {}

export interface PassPlan {
  /** Changes that come while the pass runs, and before which of its steps. */
  readonly meanwhile: readonly { step: number; change: Intent }[];
  /** The pass is killed before this step. */
  readonly killedAt?: number | undefined;
  /** Objects that refuse to be written, by number. */
  readonly failing: readonly number[];
  /** The journal is lost before the pass. */
  readonly loseJournal: boolean;
}

export const QUIET: PassPlan = { meanwhile: [], failing: [], loseJournal: false };

/** A volume and its slave in memory: what ship() does around a pass, without the disk. */
export class ModelPair {
  readonly daemon = new ModelDaemon();
  readonly slave = new ModelSlave(this.daemon.tree);
  #base: Base = { journalId: null, position: 0, stimeUs: 0 };
  #pending: PendingPath[] = [];
  crawl: Crawl = 'initial';
  /** What happened, for a failure's message. */
  readonly log: string[] = [];

  change(intent: Intent): void {
    const change = resolve(intent, this.daemon.tree);
    if (change && this.daemon.apply(change)) this.log.push(Object.values(change).join(' '));
  }

  async pass(plan: PassPlan): Promise<void> {
    if (plan.loseJournal) this.daemon.loseJournal();
    this.#arm(plan);
    const barrier = this.daemon.barrier();
    const journal = this.#base.journalId === barrier.journalId;
    this.crawl = journal ? 'journal' : this.#base.stimeUs === 0 ? 'initial' : 'walk';
    if (!journal) this.#base = { ...this.#base, journalId: null, position: 0 };
    this.log.push(`${this.crawl} {`);
    try {
      await this.#run(barrier);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      this.log.push('killed');
    }
    this.log.push(
      `} ${this.#pending.map(({ path, kind, whole }) => `${kind} ${fromBytes(path)} ${whole}`).join(', ')}`,
    );
    this.#arm(QUIET);
  }

  async #run(start: { timeUs: number; head: number; journalId: string }): Promise<void> {
    const { daemon, slave } = this;
    const span = (after: number, upTo: number) => daemon.records.slice(after, upTo);
    const barrier = { ...start, settle: async () => ({ journalId: start.journalId, head: daemon.records.length }) };
    const outcome = await runPass({
      ...{
        source: this.#source(),
        slave,
        transfer: slave,
        base: this.#base,
        pending: this.#pending,
        crawl: this.crawl,
        barrier,
      },
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
    slave.step();
    slave.manifest = undefined;
  }

  #source(): Source {
    const { tree } = this.daemon;
    return {
      forget: () => {},
      lstat: (path) => {
        this.slave.step();
        return tree.stat(path);
      },
      list: (path) => {
        const inode = tree.find(path);
        return inode?.what === 'directory' ? [...inode.children.keys()] : undefined;
      },
      marks: (path) => ({ xtime: tree.find(path)?.xtime, subtree: tree.find(path)?.subtree }),
      findNames: (objects) =>
        [...tree.walk()]
          .filter(([, inode]) => inode.what !== 'directory' && objects.has(objectId(inode)))
          .map(([path]) => path),
    };
  }

  #arm({ meanwhile, killedAt, failing }: PassPlan): void {
    let steps = 0;
    this.slave.failing.clear();
    for (const number of failing) this.slave.failing.add(pick(this.daemon.tree, number));
    this.slave.step = () => {
      steps++;
      for (const { step, change } of meanwhile) if (step === steps) this.change(change);
      if (steps === killedAt) throw new Killed();
    };
  }

  /** What differs between source and slave; '' where nothing does. */
  get difference(): string {
    const [source, slave] = [this.daemon.tree.describe(), this.slave.tree.describe()];
    const lacks = source.filter((line) => !slave.includes(line)).map((line) => `- ${line}`);
    const extra = slave.filter((line) => !source.includes(line)).map((line) => `+ ${line}`);
    return [...lacks, ...extra].join('\n');
  }
}
