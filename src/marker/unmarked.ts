import { syncFile } from './durable.js';
import { Observer } from './observer.js';

/**
 * Applies changes, and neither marks nor journals them: what the benchmark compares {@link Observer} with. What it is
 * told (the paths of records) has cost its teller all the same. A volume that was changed so has to be shipped as a new
 * one.
 */
export class Unmarked extends Observer {
  override change(_targets: readonly number[], apply: (epoch: number) => number): number {
    return apply(0);
  }

  override changeObject(_id: number, _operation: number, apply: () => number): number {
    return apply();
  }

  override stampNew(): number {
    return 0;
  }

  override noteNew(): void {}

  override stampSubtree(): number {
    return 0;
  }

  override keep(): number {
    return 0;
  }

  override sync(_id: number, fd: number, dataOnly: boolean): number {
    return syncFile(fd, dataOnly);
  }

  override record(): void {}
}
