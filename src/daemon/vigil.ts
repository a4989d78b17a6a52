import { workerData } from 'node:worker_threads';
import { Crew, keepAwake } from '../fuse/index.js';

/** What a thread is given that keeps a processor awake. */
export interface VigilData {
  readonly crew: SharedArrayBuffer;
  readonly processor: number;
}

const { crew, processor } = workerData as VigilData;
keepAwake(processor, new Crew(crew));
