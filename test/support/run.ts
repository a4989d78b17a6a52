import { execa } from 'execa';

/** Who runs a program: numeric ids, so that no account of that name need exist. */
export interface User {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups. */
  readonly groups: readonly number[];
}

export interface RunOptions {
  /** Whom to become, with all capabilities dropped; only root can. */
  readonly as?: User | undefined;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** How a program ended. */
export interface Result {
  /** The command as one could type it. */
  readonly command: string;
  /** undefined: killed by a signal. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** No program of a test runs longer than this; it is killed then. */
const LIMIT_MS = 120_000;

/** The arguments that run a command as another user. */
export function become({ uid, gid, groups }: User): string[] {
  const members = groups.length > 0 ? [`--groups=${groups.join(',')}`] : ['--clear-groups'];
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, ...members, '--inh-caps=-all'];
}

/** Runs a program without a shell and without input, and returns however it ends. Output is one character for each byte. */
export async function run(command: readonly string[], { as, ...options }: RunOptions = {}): Promise<Result> {
  const [file = '', ...args] = as ? [...become(as), ...command] : command;
  const limits = { timeout: LIMIT_MS, killSignal: 'SIGKILL' } as const;
  // The folder that the tests run in may be closed to others.
  const place = as ? { cwd: '/' } : {};
  const ended = await execa(file, args, {
    ...place,
    ...options,
    ...limits,
    reject: false,
    stdin: 'ignore',
    encoding: 'latin1',
  });
  return { command: ended.escapedCommand, status: ended.exitCode, stdout: ended.stdout, stderr: ended.stderr };
}

/** Runs a program that has to succeed; returns its output. The error tells all that it said. */
export async function must(command: readonly string[], options?: RunOptions): Promise<string> {
  const { status, stdout, stderr, command: typed } = await run(command, options);
  if (status !== 0) throw new Error(`${typed}\nended with ${status ?? 'a signal'}\n${stderr}\n${stdout}`);
  return stdout;
}

/** Runs a bash script that has to succeed, stopping at its first failure; its arguments are $1 and so on. */
export function script(text: string, args: readonly string[], options?: RunOptions): Promise<string> {
  return must(['bash', '-euo', 'pipefail', '-c', text, 'bash', ...args], options);
}
