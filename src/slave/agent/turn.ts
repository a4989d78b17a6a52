import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { check, EAGAIN, LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN, native } from '../../syscalls/index.js';
import { errorCause } from '../../volume/errors.js';
import { SLAVE_STATE } from '../identity.js';
import { Unfit } from '../place.js';

/** Whoever works on a copy for somebody far away holds this file locked, shared, while it does. */
const FILE = 'turn.lock';

/** How long those who came before may take to end; milliseconds. */
const PATIENCE_MS = 60_000;
const STEP_MS = 50;

/**
 * Who may change a copy. When a connection breaks, this side may learn of it late, and what the old connection asked
 * for may still be under way when a new one is there. So a new session waits for it, and from then on the old one may
 * do nothing more: it finds that the file it has locked is not the one in its place.
 */
export class Turn {
  private constructor(private readonly fd: number) {}

  /** Begins the turn of a session. Unfit where the one before does not end. */
  static async begin(directory: string, patienceMs = PATIENCE_MS): Promise<Turn> {
    const file = path.join(directory, SLAVE_STATE, FILE);
    const before = await lockExclusively(file, directory, Date.now() + patienceMs);
    try {
      const own = `${file}.${process.pid}`;
      fs.rmSync(own, { force: true });
      const turn = new Turn(fs.openSync(own, fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_EXCL, 0o600));
      fs.renameSync(own, file);
      return turn;
    } finally {
      fs.closeSync(before);
    }
  }

  /** Takes part in the turn that is: for a process that a session has asked for. The lock lives as long as the descriptor. */
  static share(directory: string): number {
    const file = path.join(directory, SLAVE_STATE, FILE);
    const fd = openShared(file);
    if (native.flock(fd, LOCK_SH | LOCK_NB) === 0 && isCurrent(fd)) return fd;
    fs.closeSync(fd);
    throw new Unfit('another session is about to begin');
  }

  /** Does something while no other session can begin. Unfit where one has begun. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    check(native.flock(this.fd, LOCK_SH), 'flock', FILE);
    try {
      if (!isCurrent(this.fd)) throw new Unfit('another session has begun meanwhile');
      return await work();
    } finally {
      native.flock(this.fd, LOCK_UN);
    }
  }

  end(): void {
    fs.closeSync(this.fd);
  }
}

function openShared(file: string): number {
  try {
    return fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
  } catch (error) {
    throw new Unfit(`no session has begun: cannot open "${file}": ${errorCause(error)}`);
  }
}

/** A file that was replaced has no name any more. */
function isCurrent(fd: number): boolean {
  return fs.fstatSync(fd).nlink > 0;
}

async function lockExclusively(file: string, directory: string, untilMs: number): Promise<number> {
  for (;;) {
    const { O_RDWR, O_CREAT, O_NOFOLLOW } = fs.constants;
    const fd = fs.openSync(file, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
    const result = native.flock(fd, LOCK_EX | LOCK_NB);
    if (result === 0 && isCurrent(fd)) return fd;
    fs.closeSync(fd);
    if (result !== 0 && result !== -EAGAIN) check(result, 'flock', file);
    if (Date.now() > untilMs)
      throw new Unfit(`what an earlier connection asked for is still under way in "${directory}"; try again later`);
    if (result !== 0) await delay(STEP_MS);
  }
}
