import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import {
  type Answer,
  CONTROL_SOCKET,
  controlPath,
  onLines,
  type Reply,
  type Request,
  type Verb,
} from '../volume/control.js';

/** What the daemon does for each verb. A rejection becomes the error of the answer. */
export type ControlHandlers = { readonly [V in Verb]: () => Promise<Reply[V]> };

/**
 * The daemon's end of the control protocol. The socket lies in the state folder (0700) and is 0600 itself; who holds
 * the volume's lock may replace one that a killed daemon left.
 */
export class ControlServer {
  readonly #server: net.Server;

  private constructor(handlers: ControlHandlers) {
    this.#server = net.createServer((socket) => converse(socket, handlers));
  }

  static async listen(stateDir: string, handlers: ControlHandlers): Promise<ControlServer> {
    const server = new ControlServer(handlers);
    fs.rmSync(path.join(stateDir, CONTROL_SOCKET), { force: true });
    const directory = fs.openSync(stateDir, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    try {
      await new Promise<void>((resolve, reject) => {
        server.#server.once('error', reject).listen(controlPath(directory), resolve);
      });
      fs.chmodSync(controlPath(directory), 0o600);
    } finally {
      fs.closeSync(directory);
    }
    return server;
  }

  /** Accepts no more connections. Those that are open stay until their ends close. */
  close(): void {
    this.#server.close();
  }
}

/** One connection: a request a line, answered in order. */
function converse(socket: net.Socket, handlers: ControlHandlers): void {
  let answered: Promise<void> = Promise.resolve();
  onLines(socket, (line) => {
    const answer = answerTo(line, handlers);
    answered = answered.then(async () => void socket.write(`${JSON.stringify(await answer)}\n`));
  });
  // The other end was killed: there is nobody to tell.
  socket.on('error', () => socket.destroy());
}

async function answerTo(line: string, handlers: ControlHandlers): Promise<Answer<Verb>> {
  try {
    const { verb } = JSON.parse(line) as Partial<Request>;
    if (verb === undefined || !Object.hasOwn(handlers, verb))
      return { ok: false, error: `Cannot answer "${String(verb)}": no such verb` };
    return { ok: true, ...(await handlers[verb]()) };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}
