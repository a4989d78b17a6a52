import type { Identity } from '../identity.js';
import { type Claim, type OwnPlaces, type Place, type TakeOptions, Unfit } from '../place.js';
import type { RsyncTarget } from '../slave.js';
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
  /** The target to record for the directory, by its real path. */
  target(root: string): string;
  close(): void;
}

/** A directory behind an agent. The connection is kept until the place is closed, and made anew where it was lost. */
export class AgentPlace implements Place {
  #connection: AgentConnection | undefined;

  constructor(private readonly route: Route) {}

  async take(identity: Identity, own: OwnPlaces, options: TakeOptions): Promise<string> {
    const { value: root } = await this.#ask((agent) => agent.call('take', { value: { identity, own, options } }));
    return this.route.target(root);
  }

  open(name: string, claim: Claim, own: OwnPlaces): Promise<AgentSlave> {
    const { directory } = this.route;
    return this.#ask(async (agent) => {
      const { root } = agent.hello;
      if (root !== directory) throw new Unfit(`the agent serves "${root}" now, not "${directory}"`);
      await agent.call('open', { value: { name, claim, own } });
      return new AgentSlave(name, this.route.rsync(root), agent);
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
