/**
 * Loaded ahead of the program (`node --import`), in a test only: the program itself has no switch. Every method of the
 * classes below is a labelled step, before and after; MARKERFS_FAULT says what happens there (see Fault), or which rule
 * is broken on purpose.
 */
import './clock.js';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import type { Fault } from './fault.js';
import { linger, type Method, methodsOf, replace, replaceIn } from './replace.js';
import type { Rule } from './rules.js';

type Step = { readonly name: string; readonly prototype: object };

/** Where each class is: only those that a fault names are loaded, since most programs need few of them. */
const STEPS: Readonly<Record<string, () => Promise<Step>>> = {
  Observer: async () => (await import('../../src/marker/observer.js')).Observer,
  Barrier: async () => (await import('../../src/marker/barrier.js')).Barrier,
  Epochs: async () => (await import('../../src/marker/epochs.js')).Epochs,
  DurableMarks: async () => (await import('../../src/marker/durable.js')).DurableMarks,
  JournalWriter: async () => (await import('../../src/journal/writer.js')).JournalWriter,
  LinkTable: async () => (await import('../../src/journal/links.js')).LinkTable,
  LocalSource: async () => (await import('../../src/ship/source.js')).LocalSource,
  Work: async () => (await import('../../src/ship/work.js')).Work,
  Rsync: async () => (await import('../../src/ship/transfer/rsync.js')).Rsync,
  Tree: async () => (await import('../../src/slave/tree.js')).Tree,
  LocalSlave: async () => (await import('../../src/slave/local/local.js')).LocalSlave,
  Session: async () => (await import('../../src/slave/agent/session.js')).Session,
  Turn: async () => (await import('../../src/slave/agent/turn.js')).Turn,
  ControlClient: async () => (await import('../../src/volume/control.js')).ControlClient,
  State: async () => (await import('../../src/volume/state.js')).State,
};

const fault = JSON.parse(process.env.MARKERFS_FAULT ?? '{}') as Fault;
let passings = 0;
let delays = 0;
let armed = fault.kill?.armed === undefined;

function step(label: string): void {
  const { delay, kill } = fault;
  if (delay && label.includes(delay.label) && canWait(delay) && ++delays % delay.every === 0)
    linger(delay.ms, () => isEnough(delay));
  if (!kill || !label.includes(kill.label)) return;
  armed ||= existsSync(kill.armed!);
  if (!armed || ++passings < kill.passing) return;
  if (kill.told !== undefined) writeFileSync(kill.told, '');
  process.kill(process.pid, 'SIGKILL');
}

const isThere = (file: string | undefined): boolean => file === undefined || existsSync(file);

/** A thread that holds itself up until it is told cannot be the one that tells. */
function canWait({ from, until }: NonNullable<Fault['delay']>): boolean {
  return isThere(from) && (until === undefined || !isMainThread);
}

function isEnough({ from, until }: NonNullable<Fault['delay']>): boolean {
  return !isThere(from) || (until !== undefined && (existsSync(until) || existsSync(waited(until))));
}

/** The file that is there while a barrier waits. */
const waited = (until: string): string => `${until}.waited`;
const WAITED_MS = 200;

/** Tells that a barrier waits. */
function tellWaits(until: string): (old: Method) => Method {
  return (old) =>
    async function settled(...args) {
      const late = setTimeout(() => writeFileSync(waited(until), ''), WAITED_MS);
      try {
        return await old.apply(this, args);
      } finally {
        clearTimeout(late);
        rmSync(waited(until), { force: true });
      }
    };
}

function label(name: string, old: Method): Method {
  return function labelled(...args) {
    step(`before ${name}`);
    const result = old.apply(this, args);
    if (result instanceof Promise) return result.finally(() => step(`after ${name}`));
    step(`after ${name}`);
    return result;
  };
}

/** Between a mark and its change, and between the change and the reply. */
function labelApply(old: Method): Method {
  return function labelled(targets, apply) {
    const labelledApply = (epoch: unknown) => {
      step('before apply');
      const result = (apply as Method)(epoch);
      step('after apply');
      return result;
    };
    return old.call(this, targets, labelledApply);
  };
}

/** Kills what a pass has started, in the middle of its work. */
async function killRsync({ passing, afterMs, told }: NonNullable<Fault['rsync']>): Promise<void> {
  let starts = 0;
  replace(
    await STEPS.Rsync!(),
    'put',
    (old) =>
      function put(...args) {
        if (++starts === passing) setTimeout(() => killChildren(told), afterMs);
        return old.apply(this, args);
      },
  );
}

function killChildren(told: string): void {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean);
  for (const pid of children.map(Number)) {
    try {
      process.kill(pid, 'SIGKILL');
      writeFileSync(told, '');
    } catch {
      // It was quicker.
    }
  }
}

/** The steps before and after the methods of a class, where a label may mean one of them. */
async function labelSteps(name: string, load: () => Promise<Step>, labels: readonly string[]): Promise<void> {
  if (!labels.some((label) => label.includes(name))) return;
  const type = await load();
  for (const target of [type.prototype, type])
    for (const method of methodsOf(target)) replaceIn(target, method, (old) => label(`${name}.${method}`, old));
}

if (fault.breaks !== undefined) (await import('./rules.js')).breakRule(fault.breaks as Rule);
if (fault.rsync) await killRsync(fault.rsync);
const labels = [fault.kill?.label, fault.delay?.label].filter((label) => label !== undefined);
if (labels.some((label) => label.includes('apply'))) replace(await STEPS.Observer!(), 'change', labelApply);
if (fault.delay?.until !== undefined) replace(await STEPS.Epochs!(), 'settled', tellWaits(fault.delay.until));
for (const [name, load] of Object.entries(STEPS)) await labelSteps(name, load, labels);
