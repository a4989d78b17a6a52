import type { Command } from 'commander';
import { explain } from './help.js';
import { version } from './version.js';

/** `markerfs agent --root <dir>` */
export function addAgent(program: Command): void {
  const command = program
    .command('agent')
    .description('serve a copy on this machine to a markerfs elsewhere, over stdin and stdout; ssh starts it')
    .requiredOption('--root <dir>', 'directory that holds the copy, or will; nothing outside of it is touched')
    .argument('[rsync...]', "arguments of rsync's server side, which a client of markerfs sends")
    .allowUnknownOption()
    .passThroughOptions()
    .action(agent);
  explain(
    command,
    ['ssh backup.example.org markerfs agent --root /srv/copy'],
    `Nobody needs to type this. "markerfs slave add" prints the line for ~/.ssh/authorized_keys that lets
a key do this and nothing else: whatever its owner asks for, the agent serves its own directory,
runs rsync in it, to write there or to read what is restored, and refuses the rest.`,
  );
}

async function agent(rest: readonly string[], { root: directory }: { root: string }): Promise<void> {
  const { realRoot, whatIsAsked } = await import('../slave/agent/asked.js');
  const root = realRoot(directory);
  const asked = whatIsAsked(root, process.env.SSH_ORIGINAL_COMMAND, rest);
  if (asked.what === 'rsync') {
    const { runRsyncServer } = await import('../slave/agent/rsync-server.js');
    process.exitCode = await runRsyncServer(root, asked.args);
    return;
  }
  if (asked.what === 'read') {
    const { runRsyncSource } = await import('../slave/agent/rsync-source.js');
    process.exitCode = await runRsyncSource(root);
    return;
  }
  const [{ serveAgent }, { PROTOCOL }, { isRoot }] = await Promise.all([
    import('../slave/agent/serve.js'),
    import('../slave/agent/calls.js'),
    import('../volume/user.js'),
  ]);
  await serveAgent(
    { protocol: PROTOCOL, version: version(), root, privileged: isRoot() },
    process.stdin,
    process.stdout,
  );
}
