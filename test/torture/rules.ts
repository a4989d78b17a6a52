import { JournalLinks, LinkTable } from '../../src/journal/links.js';
import { JournalReader } from '../../src/journal/reader.js';
import { Barrier } from '../../src/marker/barrier.js';
import { DurableMarks } from '../../src/marker/durable.js';
import { Epochs } from '../../src/marker/epochs.js';
import { Observer } from '../../src/marker/observer.js';
import { LocalSource } from '../../src/ship/source.js';
import { LocalSlave } from '../../src/slave/local/local.js';
import { native } from '../../src/syscalls/index.js';
import { ControlClient } from '../../src/volume/control.js';
import { Sessions } from '../../src/volume/sessions.js';
import { type PassCommit, State } from '../../src/volume/state.js';
import { linger, type Method, replace, replaceIn } from './replace.js';

const PROMISED_TOO_MUCH_US = 1_000_000;
const nothing = () => () => 0;

/** Changes are applied as the function given does it; `current` is the epoch that they belong to. */
function applyBy(by: (apply: () => unknown, mark: Method, self: { epochs: Epochs }) => unknown): void {
  replace(
    Observer,
    'change',
    (old) =>
      function change(targets, apply) {
        const self = this as { epochs: Epochs };
        const mark: Method = (late) => old.call(this, targets, late);
        return by(() => (apply as Method)(self.epochs.current), mark, self);
      },
  );
}

/** The epoch seems not to have moved on when it is asked the next time. */
function standStill(epochs: Epochs, epoch: unknown): void {
  Object.defineProperty(epochs, 'current', {
    configurable: true,
    get: () => {
      delete (epochs as { current?: number }).current;
      return epoch;
    },
  });
}

function noRestamp(): void {
  replace(
    Observer,
    'change',
    (old) =>
      function change(targets, apply) {
        const applied = (epoch: unknown) => {
          const result = (apply as Method)(epoch);
          standStill((this as { epochs: Epochs }).epochs, epoch);
          return result;
        };
        return old.call(this, targets, applied);
      },
  );
}

function noWait(): void {
  replace(Epochs, 'settled', () => () => Promise.resolve(true));
}

/** The sync point is written down as soon as the barrier has told it. */
function promiseAtOnce(): void {
  let state: State | undefined;
  replaceIn(State, 'open', (old) => (...args) => {
    state = old.apply(State, args) as State;
    return state;
  });
  replace(
    ControlClient,
    'call',
    (old) =>
      async function call(verb) {
        const answer = (await old.call(this, verb)) as { timeUs: number; head: number; journalId: string };
        if (verb === 'barrier' && state) promise(state, answer.timeUs, answer.head, answer.journalId);
        return answer;
      },
  );
}

function promise(state: State, stimeUs: number, position: number, journalId: string): void {
  for (const { name, lastPass } of state.slaves.list()) {
    if (!lastPass) continue;
    const pass: PassCommit = { journalId, position, stimeUs, pending: [], lastPass, state: 'active', reason: null };
    state.commitPass(name, pass);
  }
}

/** Each breaks a rule on purpose: what the torture has to find. */
const breaches = {
  /** Changes are not marked. */
  'no mark': () => applyBy((apply) => apply()),
  /** Changes are marked after they were applied. */
  'mark late': () =>
    applyBy((apply, mark) => {
      const result = apply();
      linger(3);
      return mark(() => result);
    }),
  /** What was made is not marked itself. */
  'no mark of what is new': () => replace(Observer, 'stampNew', nothing),
  /** A change over which the epoch moved on is not stamped again. */
  'no restamp': noRestamp,
  /** A barrier does not wait for changes that are under way. */
  'no wait at the barrier': noWait,
  'no wait and no restamp': () => {
    noWait();
    noRestamp();
  },
  /** What is open for writing is not stamped at a barrier. */
  'no stamp of writers': () =>
    replace(
      Barrier,
      'raise',
      (old) =>
        function raise() {
          Object.assign(this as object, { writers: () => [] });
          return old.call(this);
        },
    ),
  'no subtree mark': () => replace(Observer, 'stampSubtree', nothing),
  /** The index of names is empty; the source is searched then. */
  'no index of links': () => {
    replace(LinkTable, 'add', nothing);
    replace(JournalLinks, 'add', nothing);
  },
  /** Nor is the source searched. */
  'no names of links': () => {
    replace(LinkTable, 'add', nothing);
    replace(JournalLinks, 'add', nothing);
    replace(LocalSource, 'findNames', () => () => []);
  },
  /** The journal is trusted though the daemon was killed. */
  'journal trusted': () => {
    replace(
      Sessions,
      'lastSession',
      (old) =>
        function lastSession() {
          const session = old.call(this) as object | undefined;
          return session && { ...session, clean: true };
        },
    );
    replace(JournalReader, 'wholeSince', () => () => true);
  },
  /** The sync point says more than is on the slave: a later time. */
  'sync point too late': () =>
    replace(
      State,
      'commitPass',
      (old) =>
        function commitPass(name, pass) {
          const told = pass as PassCommit;
          return old.call(this, name, { ...told, stimeUs: told.stimeUs + PROMISED_TOO_MUCH_US });
        },
    ),
  /** It is written before the data is on the slave. */
  'sync point too early': promiseAtOnce,
  'no flush of the slave': () => {
    replace(LocalSlave, 'flush', () => () => Promise.resolve());
  },
  'no flush of the source': () => replace(LocalSource, 'flush', nothing),
  /** Marks come to the disk by the very fsync(2) that writes the data first. */
  'fsync takes marks along': () => replace(Observer, 'sync', () => (_, fd) => native.fsync(fd as number)),
  /** Marks may reach the disk after the data. */
  'no marks on the disk': () => replace(DurableMarks, 'keep', nothing),
} satisfies Readonly<Record<string, () => void>>;

export type Rule = keyof typeof breaches;

/** The names of the rules that can be broken. */
export const rules = Object.keys(breaches) as readonly Rule[];

export function breakRule(rule: Rule): void {
  breaches[rule]();
}
