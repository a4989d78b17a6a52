import { Argument, type Command } from 'commander';
import { explain } from './help.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** `markerfs completion <shell>` */
export function addCompletion(program: Command): void {
  const command = program
    .command('completion')
    .description('print a script that completes verbs and options in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action((shell: (typeof SHELLS)[number]) => print(program, shell));
  explain(command, [
    'markerfs completion bash >/etc/bash_completion.d/markerfs',
    'markerfs completion zsh >/usr/local/share/zsh/site-functions/_markerfs',
    'markerfs completion fish >/etc/fish/completions/markerfs.fish',
  ]);
}

async function print(program: Command, shell: (typeof SHELLS)[number]): Promise<void> {
  const [{ outline }, { scripts }] = await Promise.all([import('./outline.js'), import('./completion/scripts.js')]);
  process.stdout.write(scripts[shell](outline(program)));
}
