import { EIO, ENOSYS } from '../syscalls/index.js';
import { type OpcodeName, opcodes } from './abi/opcodes.js';
import type { Reply } from './reply.js';
import type { Request } from './request.js';

/** Serves one request: fills `reply.payload` and returns its length, or −errno. Never both, never twice. */
export type Handler = (request: Request, reply: Reply) => number;

/** The operations that are served; the kernel is told ENOSYS for the others, and mostly does not ask again. */
export type Handlers = { readonly [Name in OpcodeName]?: Handler };

/** The answer of an operation that takes none. */
export const noReply = Number.NaN;

interface Row {
  readonly name: OpcodeName;
  readonly handler: Handler;
  readonly body: number;
  readonly replies: boolean;
}

/**
 * Finds the handler of a request by its opcode, and turns whatever goes wrong in it into EIO: one bad request never
 * ends the mount.
 */
export class Dispatcher {
  readonly #rows: (Row | undefined)[] = [];

  constructor(
    handlers: Handlers,
    private readonly onFault: (operation: string, error: unknown) => void,
  ) {
    for (const [name, handler] of Object.entries(handlers) as [OpcodeName, Handler][]) {
      const { opcode, body, replies } = opcodes[name];
      this.#rows[opcode] = { name, handler, body, replies };
    }
  }

  /** Returns the length of the reply's payload, −errno, or {@link noReply}. */
  serve(request: Request, reply: Reply): number {
    const row = this.#rows[request.opcode];
    if (row === undefined) return -ENOSYS;
    const result = this.#run(row, request, reply);
    return row.replies ? result : noReply;
  }

  #run(row: Row, request: Request, reply: Reply): number {
    try {
      return request.bodyLength < row.body ? -EIO : row.handler(request, reply);
    } catch (error) {
      this.onFault(row.name, error);
      return -EIO;
    }
  }
}
