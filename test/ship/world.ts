import fs from 'node:fs';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { Operation } from '../../src/journal/record.js';
import { JournalWriter } from '../../src/journal/writer.js';
import { markNames, writeMark } from '../../src/marker/mark.js';
import type { PassResult } from '../../src/ship/commit.js';
import { type ShipOptions, ship } from '../../src/ship/ship.js';
import { type BytePath, fromBytes, nameOf, parentOf } from '../../src/slave/path.js';
import { addSlave } from '../../src/slave/registry.js';
import { cname, Tree } from '../../src/slave/tree.js';
import {
  AT_FDCWD,
  check,
  native,
  O_CLOEXEC,
  O_NOFOLLOW,
  O_PATH,
  RENAME_EXCHANGE,
  type Stat,
} from '../../src/syscalls/index.js';
import type { SlaveSettings } from '../../src/volume/slave-settings.js';
import { State } from '../../src/volume/state.js';
import { createVolume, type Volume } from '../../src/volume/volume.js';
import { batchOf, record } from '../journal/records.js';
import { differences } from '../support/trees.js';
import { makeWork } from '../support/work.js';

const NO_PATH = Buffer.alloc(0);

export interface Reached {
  readonly target: string;
  readonly settings?: SlaveSettings;
}

export interface WorldOptions {
  readonly adopt?: boolean;
  /** What is in the two directories before there is a volume. */
  readonly fill?: (source: string, slave: string) => void;
  /** How the slave's directory is reached; by its path where it is not given. */
  readonly reach?: (slave: string) => Reached | Promise<Reached>;
}

/**
 * A real source and slave, and what the daemon does for each change without one: marks on the object and all above it, the change,
 * then its record. Paths are UTF-8 strings or bytes.
 */
export class World {
  readonly volume: Volume;
  readonly state: State;
  readonly slave: string;
  readonly #tree: Tree;
  readonly #names: { xtime: string; subtree: string };
  #journal: JournalWriter;
  #lastUs = 0;

  private constructor(t: ExecutionContext, options: WorldOptions) {
    const work = makeWork(t);
    const source = path.join(work, 'source');
    this.slave = path.join(work, 'slave');
    fs.mkdirSync(source);
    fs.mkdirSync(this.slave);
    options.fill?.(source, this.slave);
    this.volume = createVolume(source);
    this.state = State.open(this.volume);
    this.#tree = Tree.open(source);
    this.#names = markNames(this.volume.uuid, process.geteuid?.() === 0 ? 'trusted' : 'user');
    this.#journal = JournalWriter.open(this.volume.stateDir);
    t.teardown(() => this.#close());
  }

  static async create(t: ExecutionContext, options: WorldOptions = {}): Promise<World> {
    const { adopt = false, reach = (target: string): Reached => ({ target }) } = options;
    const world = new World(t, options);
    const { target, settings = {} } = await reach(world.slave);
    await addSlave(world.volume, world.state, 'copy', target, { adopt, settings });
    return world;
  }

  #close(): void {
    this.#journal.close();
    this.#tree.close();
    this.state.close();
  }

  /** One pass that has to succeed. */
  async pass(options: ShipOptions = {}): Promise<PassResult> {
    const result = await this.tryPass(options);
    if (result.error !== undefined || result.failed > 0)
      throw new Error(`${result.error} ${JSON.stringify(this.state.pending.of('copy'))}`);
    return result;
  }

  async tryPass(options: ShipOptions = {}): Promise<PassResult> {
    return (await ship(this.volume, options))[0]!;
  }

  /** What the slave lacks or has too much; '' where it is a copy. */
  differences(): Promise<string> {
    return differences(this.volume.source, this.slave);
  }

  /** The journal is deleted, and a new one begun. */
  loseJournal(): void {
    this.#journal.close();
    for (const suffix of ['', '-wal', '-shm'])
      fs.rmSync(path.join(this.volume.stateDir, `journal.db${suffix}`), { force: true });
    this.#journal = JournalWriter.open(this.volume.stateDir);
  }

  inSource(name: string | Buffer): Buffer {
    return Buffer.concat([Buffer.from(`${this.volume.source}/`), Buffer.from(name)]);
  }

  inSlave(name: string | Buffer): Buffer {
    return Buffer.concat([Buffer.from(`${this.slave}/`), Buffer.from(name)]);
  }

  /** Makes or overwrites a file, in place. */
  write(name: string | Buffer, content: string | Buffer, mtime?: string): void {
    const at = bytePath(name);
    if (!this.#lstat(at)) this.#make(at, Operation.create, (full) => fs.writeFileSync(full, '', { flag: 'wx' }));
    this.change(name, Operation.data, (full) => fs.writeFileSync(full, content, { flag: 'r+' }));
    if (mtime !== undefined) this.change(name, Operation.meta, (full) => setMtime(full, mtime));
  }

  mkdir(name: string | Buffer): void {
    this.#make(bytePath(name), Operation.mkdir, (full) => fs.mkdirSync(full));
  }

  symlink(name: string | Buffer, target: string): void {
    this.#make(bytePath(name), Operation.symlink, (full) => fs.symlinkSync(target, full));
  }

  /** A fifo, a socket or a device. */
  mknod(name: string | Buffer, mode: number, major = 0, minor = 0): void {
    const make = (full: Buffer) =>
      check(native.mknodat(AT_FDCWD, Buffer.concat([full, Buffer.alloc(1)]), mode, major, minor), 'mknod', full);
    this.#make(bytePath(name), Operation.mknod, make);
  }

  /** Any change of an object's content or attributes. */
  change(
    name: string | Buffer,
    operation: typeof Operation.data | typeof Operation.meta,
    apply: (full: Buffer) => void,
  ): void {
    const at = bytePath(name);
    this.#mark(at);
    apply(this.inSource(name));
    this.#record(operation, this.#lstat(at)!, at);
  }

  unlink(name: string | Buffer): void {
    const at = bytePath(name);
    const stat = this.#lstat(at)!;
    this.#mark(parentOf(at));
    if (stat.isDirectory) fs.rmdirSync(this.inSource(name));
    else fs.unlinkSync(this.inSource(name));
    this.#record(stat.isDirectory ? Operation.rmdir : Operation.unlink, stat, at);
  }

  /** Like rm -r. */
  remove(name: string | Buffer): void {
    const at = bytePath(name);
    for (const entry of (this.#lstat(at)!.isDirectory ? this.#tree.list(at) : undefined) ?? []) {
      this.remove(Buffer.from(`${at}/${fromBytes(entry.name)}`, 'latin1'));
    }
    this.unlink(name);
  }

  link(name: string, name2: string): void {
    const [at, at2] = [bytePath(name), bytePath(name2)];
    this.#mark(parentOf(at2));
    this.#mark(at);
    fs.linkSync(this.inSource(name), this.inSource(name2));
    this.#record(Operation.link, this.#lstat(at)!, at, at2);
  }

  rename(name: string | Buffer, name2: string | Buffer, flags = 0): void {
    const [at, at2] = [bytePath(name), bytePath(name2)];
    this.#markMove(at, at2);
    if (flags === RENAME_EXCHANGE) this.#markMove(at2, at);
    const [from, to] = [this.inSource(name), this.inSource(name2)].map((full) =>
      Buffer.concat([full, Buffer.alloc(1)]),
    );
    check(native.renameat2(AT_FDCWD, from!, AT_FDCWD, to!, flags), 'rename', from!);
    this.#record(flags === RENAME_EXCHANGE ? Operation.exchange : Operation.rename, this.#lstat(at2)!, at, at2);
  }

  exchange(name: string, name2: string): void {
    this.rename(name, name2, RENAME_EXCHANGE);
  }

  #make(at: BytePath, operation: Operation, make: (full: Buffer) => void): void {
    this.#mark(parentOf(at));
    make(this.inSource(Buffer.from(at, 'latin1')));
    this.#stamp(at, this.#names.xtime);
    this.#record(operation, this.#lstat(at)!, at);
  }

  #markMove(at: BytePath, at2: BytePath): void {
    this.#mark(parentOf(at));
    this.#mark(parentOf(at2));
    this.#stamp(at, this.#names.xtime);
    if (this.#lstat(at)!.isDirectory) this.#stamp(at, this.#names.subtree);
  }

  #mark(at: BytePath): void {
    if (at !== '') this.#mark(parentOf(at));
    this.#stamp(at, this.#names.xtime);
  }

  #stamp(at: BytePath, name: string): void {
    const stat = this.#lstat(at)!;
    if (!stat.isDirectory && !stat.isFile) return;
    const directory = this.#tree.directory(parentOf(at))!;
    const fd = check(
      native.openat(directory, cname(at === '' ? '.' : nameOf(at)), O_PATH | O_NOFOLLOW | O_CLOEXEC, 0),
      'open',
      at,
    );
    writeMark(fd, name, this.#now());
    native.close(fd);
  }

  #lstat(at: BytePath): Stat | undefined {
    this.#tree.forget();
    return this.#tree.lstat(at);
  }

  /** A time that all marks so far are not after, and all later ones are. */
  barrier(): number {
    const timeUs = this.#now();
    this.state.clock.writeCeiling(timeUs);
    return timeUs;
  }

  /** Later than every mark and sync point so far. */
  #now(): number {
    this.#lastUs = Math.max(this.#lastUs + 1, Date.now() * 1000, this.state.clock.readCeiling() + 1);
    return this.#lastUs;
  }

  #record(operation: Operation, stat: Stat, at: BytePath, at2?: BytePath): void {
    const path2 = at2 === undefined ? null : Buffer.from(at2, 'latin1');
    const { dev, inoLow: inoLo, inoHigh: inoHi } = stat;
    const paths = { path: at === '' ? NO_PATH : Buffer.from(at, 'latin1'), path2 };
    this.#journal.append(batchOf(record({ operation, dev, inoLo, inoHi, timeUs: this.#now(), ...paths })));
  }
}

function bytePath(name: string | Buffer): BytePath {
  return fromBytes(Buffer.from(name));
}

/** `seconds.nanoseconds` since 1970, which Node's own calls would round. */
export function setMtime(full: Buffer, mtime: string): void {
  const [seconds = '0', nanoseconds = '0'] = mtime.split('.');
  const times = Buffer.alloc(32);
  times.writeBigInt64LE(0x3ffffffen, 8);
  times.writeBigInt64LE(BigInt(seconds), 16);
  times.writeBigInt64LE(BigInt(nanoseconds.padEnd(9, '0')), 24);
  check(native.utimensat(AT_FDCWD, Buffer.concat([full, Buffer.alloc(1)]), times, 0), 'utimensat', full);
}
