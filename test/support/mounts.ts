import { readFileSync } from 'node:fs';

/** All mountpoints, from the mount table: a mount whose daemon is dead answers nothing else. */
function mountpoints(): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  // Blanks and the like stand there in octal.
  const decode = (field: string) =>
    field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return lines.map((line) => decode(line.split(' ')[4] ?? ''));
}

/** Whether anything is mounted at exactly this path. */
export function isMounted(mountpoint: string): boolean {
  return mountpoints().includes(mountpoint);
}

/** What is mounted below a folder. */
export function mountsBelow(folder: string): string[] {
  return mountpoints().filter((mountpoint) => mountpoint.startsWith(`${folder}/`));
}
