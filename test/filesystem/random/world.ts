import { errnoName } from '../../../src/syscalls/index.js';
import {
  type Abilities,
  type Command,
  type HandleOperation,
  handleOperations,
  type NameOperation,
  type Place,
  SLOTS,
} from './command.js';
import { onHandle } from './on-handles.js';
import { onName } from './on-names.js';
import { join } from './tree.js';

/** A directory in which commands are done, and the handles that they have open. */
export class World implements Place {
  readonly handles: (number | undefined)[] = Array.from({ length: SLOTS });

  constructor(
    readonly root: Buffer,
    readonly abilities: Abilities,
  ) {}

  path = (indices: readonly number[]): Buffer => {
    const names = indices.map((index) => this.abilities.names[index] ?? Buffer.from('x'));
    return names.reduce((path, name) => join(path, name), this.root);
  };

  /** Does it, and says how it ended: the name of an error, or what a program would see. */
  do(command: Command): string {
    const result = isHandleOperation(command.op)
      ? onHandle(this, command.op, command)
      : onName(this, command.op as NameOperation, command);
    return typeof result === 'number' && result < 0 ? errnoName(-result) : String(result);
  }

  closeAll(): void {
    for (let slot = 0; slot < SLOTS; slot++) this.do({ op: 'close', path: [], other: [], slot, n: 0, m: 0 });
  }
}

function isHandleOperation(op: string): op is HandleOperation {
  return (handleOperations as readonly string[]).includes(op);
}
