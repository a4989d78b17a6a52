import type { RsyncSource } from '../archive.js';
import type { Identity } from '../identity.js';
import { type Claim, type KeepingPlace, type OwnPlaces, type TakeOptions, Unfit } from '../place.js';
import type { RsyncTarget } from '../slave.js';
import { AgentArchive } from './archive.js';
import { AgentConnection, ConnectionLost, type Dialling } from './connection.js';
import { AgentSlave } from './slave.js';

/** The way to a directory that an agent serves. */
export interface Route {
  /** As it was asked for, or as it was recorded. */
  readonly directory: string;
  /** How to start an agent. */
  dial(): Dialling;
  /** How rsync reaches the directory, by its real path. */
  rsync(root: string): RsyncTarget;
  /** How rsync reads the directory, by its real path. */
  source(root: string): RsyncSource;
  /** The target to record for the directory, by its real path. */
  target(root: string): string;
  close(): void;
}

/** A directory behind an agent. The connection is kept until the place is closed, and made anew where it was lost. */
export class AgentPlace implements KeepingPlace {
  #connection: AgentConnection | undefined;

  constructor(private readonly route: Route) {}

  async take(identity: Identity, own: OwnPlaces, options: TakeOptions): Promise<string> {
    const { value: root } = await this.#ask((agent) => agent.call('take', { value: { identity, own, options } }));
    return this.route.target(root);
  }

  open(name: string, claim: Claim, own: OwnPlaces): Promise<AgentSlave> {
    return this.#ask(async (agent) => {
      const root = this.#rootOf(agent);
      await agent.call('open', { value: { name, claim, own } });
      return new AgentSlave(name, this.route.rsync(root), agent);
    });
  }

  look(claim: Claim): Promise<AgentArchive> {
    return this.#ask(async (agent) => {
      const root = this.#rootOf(agent);
      await agent.call('look', { value: { claim, nowUs: Date.now() * 1000 } });
      return new AgentArchive(this.route.source(root), agent);
    });
  }

  async leave(claim: Claim): Promise<void> {
    await this.#ask((agent) => agent.call('leave', { value: claim }));
  }

  close(): void {
    this.#connection?.end();
    this.#connection = undefined;
    this.route.close();
  }

  #rootOf({ hello: { root } }: AgentConnection): string {
    const { directory } = this.route;
    if (root !== directory) throw new Unfit(`the agent serves "${root}" now, not "${directory}"`);
    return root;
  }

  /** A connection that was kept may turn out to be lost only when it is used: then a new one is asked. */
  async #ask<T>(work: (agent: AgentConnection) => Promise<T>): Promise<T> {
    if (this.#connection?.isOpen) {
      try {
        return await work(this.#connection);
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
      }
    }
    this.#connection = await AgentConnection.open(this.route.dial());
    return work(this.#connection);
  }
}
