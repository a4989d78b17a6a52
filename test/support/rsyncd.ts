import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { waitUntil } from './wait.js';
import { makeWork } from './work.js';

const USER = 'keeper';
const PASSWORD = 'not for others';

/** An rsync daemon on loopback, with one module for one user; it ends with the test. */
export class Rsyncd {
  readonly #work: string;
  #port = 0;
  #daemon: ChildProcess | undefined;

  private constructor(
    work: string,
    private readonly directory: string,
  ) {
    this.#work = work;
    fs.writeFileSync(path.join(this.#work, 'secrets'), `${USER}:${PASSWORD}\n`, { mode: 0o600 });
    fs.writeFileSync(this.passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
  }

  /** Serves a directory; `more`: lines of rsyncd.conf(5) for its module. */
  static async start(t: ExecutionContext, directory: string, more: readonly string[] = []): Promise<Rsyncd> {
    const rsyncd = await Rsyncd.startIn(makeWork(t), directory, more);
    t.teardown(() => rsyncd.stop());
    return rsyncd;
  }

  /** The same with its files in a folder; stop() is the end of it. */
  static async startIn(work: string, directory: string, more: readonly string[] = []): Promise<Rsyncd> {
    const rsyncd = new Rsyncd(work, directory);
    rsyncd.#port = await freePort();
    await rsyncd.restart(more);
    return rsyncd;
  }

  /** The daemon's process; those that serve a connection are its children. */
  get pid(): number {
    return this.#daemon?.pid ?? 0;
  }

  get passwordFile(): string {
    return path.join(this.#work, 'password');
  }

  /** What leads to the module, or to a directory in it. */
  target(folder = '', module = 'copies'): string {
    return `rsync://${USER}@127.0.0.1:${this.#port}/${module}${folder}`;
  }

  /** At the same port, once it has ended. */
  async restart(more: readonly string[] = []): Promise<void> {
    await this.stop();
    const config = path.join(this.#work, 'rsyncd.conf');
    const lines = [
      ...[
        'use chroot = no',
        'munge symlinks = no',
        'read only = no',
        `uid = ${process.getuid?.()}`,
        `gid = ${process.getgid?.()}`,
      ],
      ...['[copies]', `path = ${this.directory}`, `auth users = ${USER}`, `secrets file = ${this.#work}/secrets`],
      ...more,
    ];
    fs.writeFileSync(config, `${lines.join('\n')}\n`);
    const log = path.join(this.#work, 'log');
    fs.rmSync(log, { force: true });
    const place = ['--address=127.0.0.1', `--port=${this.#port}`];
    const args = ['--daemon', '--no-detach', `--config=${config}`, ...place, `--log-file=${log}`];
    this.#daemon = spawn('rsync', args, { stdio: 'ignore' });
    const read = (): string => (fs.existsSync(log) ? fs.readFileSync(log, 'utf8') : '');
    await waitUntil('the rsync daemon listens', () => (/listening on port/.test(read()) ? undefined : read()));
  }

  async stop(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = undefined;
    if (!daemon || daemon.exitCode !== null) return;
    const ended = once(daemon, 'exit');
    daemon.kill('SIGTERM');
    await ended;
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
