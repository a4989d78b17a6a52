import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { SystemError } from '../../syscalls/index.js';
import { errorCause, UserError } from '../../volume/errors.js';
import { SlaveRefused } from '../identity.js';
import { Unfit } from '../place.js';
import type { CallName, Hello } from './calls.js';
import { decodeMessages, encodeMessage, type Message } from './messages.js';
import { HANDLERS, Session } from './session.js';

/**
 * Serves a directory over a pair of streams until the input ends: a greeting, then an answer to each request, in their
 * order. ProtocolError where the other side sends something else.
 */
export async function serveAgent(hello: Hello, input: Readable, output: Writable): Promise<void> {
  const session = new Session(hello.root);
  const send = async (message: Message): Promise<void> => {
    for (const frame of encodeMessage(message)) if (!output.write(frame)) await once(output, 'drain');
  };
  try {
    await send({ id: 0, value: hello });
    for await (const request of decodeMessages(input)) await send(await answer(session, request));
  } finally {
    session.end();
  }
}

async function answer(session: Session, { id, call, ...ask }: Message): Promise<Message> {
  try {
    if (!isCall(call)) throw new UserError(`Cannot do "${call}": this agent is of another version`);
    // The handler looks at what the other side sent.
    const handler = HANDLERS[call] as (session: Session, ask: object) => Promise<Pick<Message, 'value' | 'list'>>;
    return { id, ...(await handler(session, ask)) };
  } catch (error) {
    return { id, error: describe(error) };
  }
}

function isCall(call: string | undefined): call is CallName {
  return call !== undefined && Object.hasOwn(HANDLERS, call);
}

function describe(error: unknown): { code: string; message: string } {
  if (error instanceof Unfit) return { code: 'unfit', message: error.message };
  if (error instanceof SlaveRefused) return { code: 'refused', message: error.message };
  if (error instanceof UserError) return { code: 'user', message: error.message };
  if (error instanceof SystemError)
    return { code: 'system', message: `Cannot ${error.syscall} "${error.object}" of the slave: ${errorCause(error)}` };
  return { code: 'bug', message: error instanceof Error ? error.message : String(error) };
}
