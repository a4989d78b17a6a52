import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { execa } from 'execa';
import { endProcess } from './processes.js';
import { must } from './run.js';
import { MARKERFS } from './volume.js';
import { waitUntil } from './wait.js';
import { makeWork } from './work.js';

/** The name by which a test's ssh knows the test's sshd. */
export const HOST = 'far';

/**
 * A sshd of the test's own on loopback, with one key that is let in, and an `ssh` in front of this process's PATH that
 * goes there by the name of HOST. For test files in which no other ssh is used.
 */
export class Sshd {
  readonly #folder: string;
  readonly #port: number;
  #pid: number | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
  }

  /** On loopback. */
  get port(): number {
    return this.#port;
  }

  static async start(t: ExecutionContext): Promise<Sshd> {
    const sshd = await Sshd.startIn(makeWork(t));
    t.teardown(() => sshd.stop());
    return sshd;
  }

  /** The same with its files in a folder; stop() is the end of it. `program`: what `markerfs` is there. */
  static async startIn(folder: string, program = MARKERFS): Promise<Sshd> {
    const sshd = new Sshd(folder, await freePort());
    await sshd.#prepare(program);
    await sshd.run();
    return sshd;
  }

  /** The lines of its authorized_keys. */
  authorize(lines: string): void {
    fs.writeFileSync(this.#file('authorized_keys'), lines);
  }

  /** What may be done with the key: this, whatever is asked for; anything where it is not given. */
  allow(forced?: string): void {
    const key = fs.readFileSync(this.#file('key.pub'), 'utf8');
    const options = forced === undefined ? '' : `command="${forced.replaceAll('"', '\\"')}",restrict `;
    this.authorize(`${options}${key}`);
  }

  /** The key may serve this directory and do nothing else. */
  allowAgent(root: string): void {
    this.allow(`markerfs agent --root '${root}'`);
  }

  /** More environment variables for each markerfs that is started there from now on. */
  setEnvironment(variables: Readonly<Record<string, string>>): void {
    const lines = Object.entries(variables).map(
      ([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`,
    );
    fs.writeFileSync(this.#file('remote/environment'), lines.join(''));
  }

  allowNobody(): void {
    this.authorize('');
  }

  /** Which key the client knows as the host's: the right one, another one, or none. */
  know(which: 'host' | 'key' | undefined): void {
    const key =
      which &&
      fs
        .readFileSync(this.#file(`${which}.pub`), 'utf8')
        .split(' ')
        .slice(0, 2)
        .join(' ');
    fs.writeFileSync(this.#file('known_hosts'), key === undefined ? '' : `${HOST} ${key}\n`);
  }

  async run(): Promise<void> {
    fs.mkdirSync('/run/sshd', { recursive: true });
    // Debian's sshd wants to be started by its absolute path.
    const sshd = execa('/usr/sbin/sshd', ['-D', '-e', '-f', this.#file('sshd_config')], { reject: false });
    this.#pid = sshd.pid;
    await waitUntil('sshd listens', () => (isListening(this.#port) ? undefined : 'it does not'));
  }

  /** The process that listens; those that serve a connection descend from it. */
  get pid(): number {
    return this.#pid ?? 0;
  }

  /** No new connections; those that are stay. */
  async stop(): Promise<void> {
    const pid = this.#pid;
    this.#pid = undefined;
    if (pid !== undefined) await endProcess(pid, 'SIGTERM');
  }

  async #prepare(program: string): Promise<void> {
    for (const name of ['host', 'key'])
      await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', this.#file(name)]);
    this.know('host');
    fs.writeFileSync(
      this.#file('sshd_config'),
      `Port ${this.#port}
ListenAddress 127.0.0.1
HostKey ${this.#file('host')}
AuthorizedKeysFile ${this.#file('authorized_keys')}
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
SetEnv PATH=${this.#file('remote')}:/usr/bin:/bin
MaxStartups 100
`,
    );
    fs.writeFileSync(
      this.#file('ssh_config'),
      `Host ${HOST}
  HostName 127.0.0.1
  Port ${this.#port}
  HostKeyAlias ${HOST}
  IdentityFile ${this.#file('key')}
  IdentitiesOnly yes
  UserKnownHostsFile ${this.#file('known_hosts')}
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
`,
    );
    fs.mkdirSync(this.#file('remote'));
    this.setEnvironment({});
    const markerfs = `#!/bin/sh\n. '${this.#file('remote/environment')}'\nexec '${process.execPath}' '${program}' "$@"\n`;
    fs.writeFileSync(this.#file('remote/markerfs'), markerfs, { mode: 0o755 });
    const ssh = `#!/bin/sh\nexec /usr/bin/ssh -F '${this.#file('ssh_config')}' "$@"\n`;
    fs.mkdirSync(this.#file('bin'));
    fs.writeFileSync(this.#file('bin/ssh'), ssh, { mode: 0o755 });
    process.env.PATH = `${this.#file('bin')}:${process.env.PATH}`;
  }

  #file(name: string): string {
    return path.join(this.#folder, name);
  }
}

/** A port that nobody listens on. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** proc(5), /proc/net/tcp: local address, then state; 0A is LISTEN. */
function isListening(port: number): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return new RegExp(`: 0100007F:${hex} \\S+ 0A `).test(fs.readFileSync('/proc/net/tcp', 'latin1'));
}
