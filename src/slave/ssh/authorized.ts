import fs from 'node:fs';
import os from 'node:os';
import { quoteWord } from '../agent/words.js';
import { Unfit } from '../place.js';
import { parseTarget, type SshTarget } from '../target.js';
import { sshCommand } from './command.js';

/** Where the public key is not known. */
const PLACEHOLDER = 'ssh-ed25519 AAAA…';

/**
 * The line for ~/.ssh/authorized_keys on a target's host that lets a key serve this target and do nothing else (sshd(8),
 * AUTHORIZED_KEYS FILE FORMAT): with the first public key that ssh would use, where it can be read. Undefined for
 * targets that are not behind ssh, or no targets.
 */
export async function authorizedLine(target: string): Promise<{ host: string; line: string } | undefined> {
  const parsed = sshTarget(target);
  if (!parsed) return undefined;
  const agent = `markerfs agent --root ${quoteWord(parsed.directory)}`;
  const key = (await publicKey(parsed)) ?? PLACEHOLDER;
  return { host: parsed.host, line: `command="${agent.replaceAll('"', '\\"')}",restrict ${key}` };
}

function sshTarget(target: string): SshTarget | undefined {
  try {
    const parsed = parseTarget(target);
    return parsed.kind === 'ssh' ? parsed : undefined;
  } catch (error) {
    if (error instanceof Unfit) return undefined;
    throw error;
  }
}

async function publicKey(target: SshTarget): Promise<string | undefined> {
  const { execa } = await import('execa');
  const [program, ...args] = [...sshCommand(target), '-G', '--', target.host];
  const { stdout } = await execa(program!, args, { reject: false });
  for (const [, file = ''] of String(stdout).matchAll(/^identityfile (.+)$/gm)) {
    try {
      return fs.readFileSync(`${file.replace(/^~(?=\/)/, os.homedir())}.pub`, 'utf8').trim();
    } catch {
      // ssh names more files than there are.
    }
  }
  return undefined;
}
