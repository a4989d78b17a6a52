import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../support/random.js';
import type { Bench, Part } from './bench.js';
import type { FarKind } from './far.js';
import type { Fault } from './fault.js';
import { type Manner, manners, stop } from './loads.js';

/** Labels of faults.ts, or parts of them: at any passing of one of these the daemon is killed. */
const DAEMON_STEPS = [
  ...['before Observer.change', 'before apply', 'after apply', 'after Observer.change'],
  ...['Observer.record', 'Observer.stampNew', 'Observer.stampSubtree', 'DurableMarks.keep'],
  ...['before JournalWriter.append', 'after JournalWriter.append', 'LinkTable'],
  ...['before Barrier.raise', 'after Epochs.advance', 'after Barrier.raise', 'after Barrier.flush'],
];
/** The same for a pass: its barrier, its steps, and its sync point. */
const SHIP_STEPS = [
  ...[
    'after ControlClient.call',
    'LocalSource',
    'LocalSource.flush',
    'Work',
    'Work.saveManifest',
    'Tree',
    'LocalSlave',
  ],
  ...['LocalSlave.writeManifest', 'LocalSlave.takeAway', 'LocalSlave.putBack', 'LocalSlave.remove', 'LocalSlave.flush'],
  ...[
    'before Rsync.put',
    'after Rsync.put',
    'LocalSlave.writeSyncPoint',
    'before State.commitPass',
    'after State.commitPass',
  ],
];
/** The same for the agent: a session, its turn, and what it does to the copy; and for what runs rsync's receiving side. */
const AGENT_STEPS = [
  ...['Session.open', 'before Turn.begin', 'after Turn.begin', 'before Turn.share', 'after Turn.share', 'Turn.run'],
  ...['Tree', 'LocalSlave', 'LocalSlave.stat', 'LocalSlave.list', 'LocalSlave.readManifest'],
  ...['LocalSlave.writeManifest', 'LocalSlave.takeAway', 'LocalSlave.putBack', 'LocalSlave.remove'],
  ...['LocalSlave.setTimes', 'LocalSlave.flush', 'before LocalSlave.writeSyncPoint', 'after LocalSlave.writeSyncPoint'],
];
const DELAYS_MS = [20, 200, 1500];
/** A pass is over by then, however busy the machine is. */
const MOST_DELAY_MS = 30_000;
/** By then what was held up has seen that it is enough. */
const GOING_ON_MS = 250;

export type Kind =
  | 'daemon'
  | 'daemon step'
  | 'ship'
  | 'ship step'
  | 'rsync'
  | 'agent'
  | 'agent step'
  | 'rsyncd'
  | 'power'
  | `${'full' | 'failing'} ${Part}`;
/** Those that only end a pass. */
const passKills: readonly Kind[] = ['ship', 'ship step', 'rsync'];
const farKills: Readonly<Record<FarKind, readonly Kind[]>> = {
  agent: ['agent', 'agent', 'agent step', 'agent step'],
  rsyncd: ['rsyncd'],
};

/** What is killed in a round: passes, one after the other; then that or the daemon. */
export function someKills(random: Random, far: readonly FarKind[]): Kind[] {
  const passes = [...passKills, ...far.flatMap((kind) => farKills[kind])];
  const before = Array.from({ length: 1 + random.below(3) }, () => random.of(passes));
  return [...before, random.of([...passes, ...DAEMON_KILLS, ...(far.length > 0 ? DAEMON_KILLS : [])])];
}

const DAEMON_KILLS: readonly Kind[] = ['daemon', 'daemon', 'daemon step', 'daemon step', 'daemon step', 'daemon step'];

export const diskFaults: readonly Kind[] = [
  ...(['full source', 'full state', 'full slave'] as const),
  ...(['failing source', 'failing state', 'failing slave'] as const),
];

/** To what is open a cut does little: its marks are on the disk when a pass is over. */
const POWER_MANNERS: readonly Manner[] = ['everything', 'data alone'];
const MOST_WORK_MS = 400;
const DAY_S = 86_400;

/** What came of a round: the faults that did hit something, and what is wrong after them. */
export interface Outcome {
  readonly struck: readonly Kind[];
  readonly problems: readonly string[];
}

/** Faults in the middle of changes. */
export async function round(bench: Bench, random: Random, kinds: readonly Kind[]): Promise<Outcome> {
  const round = new Round(bench, random);
  const struck = await round.strike(kinds);
  await round.mount();
  return { struck, problems: await bench.problems() };
}

class Round {
  /** There while the loads are at work. */
  readonly #begun: string;
  readonly #armed: string;
  /** Made by a program that a fault has killed, or by who kills for it. */
  readonly #told: string;

  constructor(
    private readonly bench: Bench,
    private readonly random: Random,
  ) {
    this.#begun = join(bench.work, 'begun');
    this.#armed = join(bench.work, 'armed');
    this.#told = join(bench.work, 'told');
  }

  /** Ends with no program running, every disk well, and perhaps no mount. Answers which of the faults hit. */
  async strike(kinds: readonly Kind[]): Promise<Kind[]> {
    const { bench, random } = this;
    const struck: Kind[] = [];
    await this.mount();
    await bench.loads.start(random.below(2 ** 20), random.of(kinds.includes('power') ? POWER_MANNERS : manners));
    writeFileSync(this.#begun, '');
    const arming = kinds.at(-1) === 'daemon step';
    // Enough for something to be held up.
    await (arming ? sleep(MOST_WORK_MS) : this.#work());
    for (const [at, kind] of kinds.entries()) {
      if (at === kinds.length - 1) await this.#pass(arming);
      if (await this.#do(kind)) struck.push(kind);
    }
    rmSync(this.#begun, { force: true });
    await bench.loads.stop();
    // The next pass has to walk then.
    if (random.once(4)) bench.removeJournal();
    return struck;
  }

  /** Mounts, so that the daemon can be killed at a step in a round to come. */
  async mount(): Promise<void> {
    const { bench, random } = this;
    if (bench.daemon > 0) return;
    rmSync(this.#armed, { force: true });
    await bench.mount({ ...(random.once(3) ? this.#killAnywhere() : this.#killAtChange()), ...this.#clock() });
  }

  /** Between a change and what comes after it; perhaps a change that a pass has gone by meanwhile. */
  #killAtChange(): Fault {
    const { random } = this;
    const every = 3 + random.below(8);
    const late = { label: 'before apply', every, ms: MOST_DELAY_MS, from: this.#begun, until: this.#armed };
    const kill = { label: 'after apply', passing: 1 + random.below(random.of([1, 1, 4])), armed: this.#armed };
    return random.once(3) ? { kill } : { kill, delay: late };
  }

  #killAnywhere(): Fault {
    const { random } = this;
    const delay = { ...this.#delay(DAEMON_STEPS), every: 10 + random.below(50) };
    const kill = { ...this.#kill(DAEMON_STEPS), armed: this.#armed };
    return random.once(3) ? { kill, delay } : { kill };
  }

  #delay(steps: readonly string[]): { readonly label: string; readonly ms: number } {
    return { label: this.random.of(steps), ms: this.random.of(DELAYS_MS) };
  }

  #kill(steps: readonly string[]): { readonly label: string; readonly passing: number } {
    const { random } = this;
    return { label: random.of(steps), passing: 1 + random.below(random.of([1, 1, 5, 40])) };
  }

  /** Once in a while the clock steps by days, back or forth, while the daemon runs; the programs after it go on from there. */
  #clock(): Pick<Fault, 'clock'> {
    const { bench, random } = this;
    if (!random.once(4)) return {};
    const clock = { offsetS: bench.clockS, stepS: (random.below(7) - 3) * DAY_S, afterMs: 300 + random.below(1500) };
    bench.clockS += clock.stepS;
    return { clock };
  }

  /**
   * A pass in the middle of the changes; or between them: what comes after it and before the fault has nothing but its
   * own marks to be found by.
   */
  async #pass(arming: boolean): Promise<void> {
    const { bench, random } = this;
    const calm = !random.once(arming ? 6 : 4);
    if (arming && !calm && random.once(2)) this.#arm();
    if (calm) bench.loads.hold();
    if (calm || random.once(2)) await bench.ship();
    if (arming) this.#arm();
    // What was held up in the middle of a change goes on before anything else changes.
    if (arming && calm) await sleep(GOING_ON_MS);
    bench.loads.resume();
  }

  #arm(): void {
    writeFileSync(this.#armed, '');
  }

  #work(): Promise<void> {
    return sleep(this.random.below(this.random.of([5, 50, MOST_WORK_MS])));
  }

  /** False where the fault came too late. */
  async #do(kind: Kind): Promise<boolean> {
    const { bench } = this;
    const hit = await this.#strikePass(kind);
    const [fault, part] = kind.split(' ') as [string, Part];
    if (fault === 'full') await this.#fill(part);
    else if (fault === 'failing') await this.#fail(part);
    else await this.#work();
    bench.promised = bench.loads.promises();
    if (kind === 'daemon' || kind === 'daemon step') await bench.killDaemon();
    if (kind === 'power') await this.#cutPower();
    return hit;
  }

  async #strikePass(kind: Kind): Promise<boolean> {
    switch (kind) {
      case 'ship':
        return this.#killShip();
      case 'ship step':
        return (await this.bench.ship({ kill: this.#kill(SHIP_STEPS) })).status === undefined;
      case 'rsync':
        return this.#killRsync();
      case 'agent':
      case 'rsyncd':
        return this.#killFar(kind);
      case 'agent step':
        return this.#killAgentAtStep();
      default:
        return true;
    }
  }

  async #killShip(): Promise<boolean> {
    const passing = this.bench.startShip();
    await sleep(150 + this.random.below(600));
    return stop(passing);
  }

  async #killRsync(): Promise<boolean> {
    const { random } = this;
    const rsync = { passing: 1 + random.below(2), afterMs: random.below(60), told: this.#told };
    return this.#isTold(() => this.bench.ship({ rsync }));
  }

  async #killFar(kind: FarKind): Promise<boolean> {
    const { bench, random } = this;
    const side = bench.far.get(kind)!;
    // Without a connection the agent may go on for longer than the next pass waits to begin.
    if (random.once(2)) side.setFault({ delay: { ...this.#delay(AGENT_STEPS), every: 1 + random.below(20) } });
    const passing = bench.ship();
    const hit = await side.kill(random, passing);
    await passing;
    side.setFault({});
    return hit;
  }

  #killAgentAtStep(): Promise<boolean> {
    const side = this.bench.far.get('agent')!;
    const kill = { ...this.#kill(AGENT_STEPS), told: this.#told };
    return this.#isTold(async () => {
      side.setFault({ kill });
      await this.bench.ship();
      side.setFault({});
    });
  }

  /** Whether something was killed meanwhile. */
  async #isTold(strike: () => Promise<unknown>): Promise<boolean> {
    rmSync(this.#told, { force: true });
    await strike();
    return existsSync(this.#told);
  }

  /** What the disk holds at this moment is all that is left. The daemon and the loads go with it. */
  async #cutPower(): Promise<void> {
    const disk = this.bench.disks.get('source')!;
    await disk.cut();
    await this.bench.killDaemon();
    await disk.restore();
  }

  async #fill(part: Part): Promise<void> {
    const { bench, random } = this;
    const disk = bench.disks.get(part)!;
    await disk.fill(random.of([0, 0, 50_000]));
    await this.#work();
    await bench.ship();
    await this.#work();
    disk.empty();
  }

  /** The disk fails in a pass, or between two; only what it holds comes back. */
  async #fail(part: Part): Promise<void> {
    const { bench, random } = this;
    const disk = bench.disks.get(part)!;
    const passing = part === 'slave' || random.once(2) ? bench.startShip() : undefined;
    await this.#work();
    await disk.fail();
    await this.#work();
    if (passing) await stop(passing);
    if (part !== 'slave') await bench.killDaemon();
    await disk.detach();
    await disk.attach();
  }
}
