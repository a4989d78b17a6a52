import type { Command } from 'commander';
import { explain } from './help.js';

/** `markerfs man` */
export function addMan(program: Command): void {
  const command = program
    .command('man')
    .description('print the manual page')
    .action(() => print(program));
  explain(command, ['markerfs man >/usr/local/share/man/man1/markerfs.1']);
}

async function print(program: Command): Promise<void> {
  const [{ outline }, { manPage }] = await Promise.all([import('./outline.js'), import('./man-page.js')]);
  process.stdout.write(manPage(outline(program)));
}
