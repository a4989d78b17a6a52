import fs from 'node:fs';
import { JournalReader } from '../journal/reader.js';
import { journalFile } from '../journal/schema.js';
import { State } from '../volume/state.js';
import { openVolume, type Volume } from '../volume/volume.js';

/** A volume that is looked at again and again: what stays open is opened once, and anew where it is another one by now. */
export class Watched {
  #volume: Volume;
  #state: State;
  #reader: JournalReader | undefined;
  #journal: string | undefined;

  private constructor(
    source: string,
    private readonly stateDir: string | undefined,
  ) {
    this.#volume = openVolume(source, stateDir);
    this.#state = State.open(this.#volume);
  }

  /** UserError where there is no volume. */
  static open(source: string, stateDir: string | undefined): Watched {
    return new Watched(source, stateDir);
  }

  /** To be called before each look: mounted over itself or not, a source is reached at another place. */
  refresh(): void {
    const volume = openVolume(this.#volume.source, this.stateDir);
    if (volume.stateDir !== this.#volume.stateDir) {
      this.#state.close();
      this.#state = State.open(volume);
    }
    this.#volume = volume;
    const journal = identityOf(journalFile(volume.stateDir));
    if (journal === this.#journal && this.#reader) return;
    this.#reader?.close();
    this.#reader = JournalReader.open(volume.stateDir);
    this.#journal = journal;
  }

  get volume(): Volume {
    return this.#volume;
  }

  get state(): State {
    return this.#state;
  }

  /** Undefined where the journal cannot be read. */
  get reader(): JournalReader | undefined {
    return this.#reader;
  }

  close(): void {
    this.#reader?.close();
    this.#state.close();
  }
}

function identityOf(file: string): string | undefined {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat && `${stat.dev}:${stat.ino}`;
}
