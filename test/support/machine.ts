import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { must, type Result, run } from './run.js';
import { makeWork } from './work.js';

/**
 * The root directory of this machine with a layer of its own for all that is written, which is in memory; /data and /srv
 * are folders of the test's. The processes in it are gone with the first of them.
 */
const BOOT = `
cd "$1"
mount -t tmpfs markerfs-test layer
mkdir layer/upper layer/work
mount -t overlay -o lowerdir=/,upperdir=layer/upper,workdir=layer/work markerfs-test root
mkdir -p root/data root/srv root/mnt root"$2"
mount --bind data root/data
mount --bind srv root/srv
mount --rbind "$2" root"$2"
mount --rbind /dev root/dev
mount -t proc proc root/proc
mount --rbind /sys root/sys
for folder in run tmp mnt root; do mount -t tmpfs markerfs-test root/$folder; done
chmod 700 root/root
mkdir root/run/sshd
rm -rf root/usr/local/bin/markerfs root/etc/markerfs
exec chroot root bash -c 'echo ready; exec sleep infinity'
`;

/** A machine of a test's own as far as files, mounts and processes go: what is installed there is gone afterwards. Takes root. */
export class Machine {
  private constructor(
    private readonly work: string,
    private readonly pid: number,
  ) {}

  /** `project` is seen at its place. */
  static async boot(t: ExecutionContext, project: string): Promise<Machine> {
    const work = makeWork(t);
    for (const folder of ['layer', 'root', 'data', 'srv']) mkdirSync(join(work, folder));
    const namespaces = ['--mount', '--pid', '--fork', '--kill-child'];
    const child = spawn('unshare', [...namespaces, 'bash', '-euc', BOOT, 'bash', work, project], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.teardown(() => end(child));
    const [said] = (await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])) as [Buffer | number];
    if (String(said).trim() !== 'ready') throw new Error(`The machine did not start: ${said}`);
    return new Machine(work, onlyChild(child.pid!));
  }

  /** Runs a line as somebody types it in bash, in the project's folder; it has to succeed. Answers its output. */
  type(line: string, cwd: string): Promise<string> {
    return must(this.command(line, cwd));
  }

  /** The same, however it ends. */
  tryType(line: string, cwd: string): Promise<Result> {
    return run(this.command(line, cwd));
  }

  /** What runs a line there. */
  command(line: string, cwd: string): string[] {
    return [
      ...['nsenter', `--target=${this.pid}`, '--mount', '--pid', '--root', `--wd=/proc/${this.pid}/root${cwd}`],
      ...['env', '-i', 'HOME=/root', `PATH=/usr/local/sbin:/usr/local/bin:${process.env.PATH}`, 'bash', '-euc', line],
    ];
  }

  /** What one of its files is called from outside: one of /data or /srv. */
  outside(path: string): string {
    return join(this.work, path);
  }
}

/** The process that a process has started: unshare(1) and nsenter(1) wait for theirs, and pass no signals on. */
export function onlyChild(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim());
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
