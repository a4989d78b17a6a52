import type { Intent } from './intent.js';
import type { PassPlan } from './pair.js';

export type Step = { change: Intent } | { own: Intent } | { plan: PassPlan } | { readonly adopt: true };

/** Histories that random ones rarely are: each needs one rule of the pass, and differs without it. */
export const HISTORIES: readonly { title: string; loseJournal: boolean; steps: readonly Step[] }[] = [
  {
    title: 'a name of a new link is taken by another object while the names are looked for',
    loseJournal: true,
    steps: [
      {
        plan: {
          meanwhile: [{ step: 1, change: { op: 'mkdir', object: 0, directory: 0, name: 'a' } }],
          failing: [],
          loseJournal: true,
        },
      },
      { change: { op: 'mkdir', object: 0, directory: 8, name: 'c' } },
      { change: { op: 'mkdir', object: 0, directory: 0, name: 'b' } },
      { change: { op: 'rename', object: 0, directory: 15, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { plan: { meanwhile: [], failing: [], loseJournal: true } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 5, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 21, name: 'b' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'remove', object: 17, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 5, name: 'a' } },
      { plan: { meanwhile: [], failing: [], loseJournal: true } },
      { change: { op: 'create', object: 0, directory: 0, name: 'b' } },
      { plan: { meanwhile: [], failing: [], loseJournal: true } },
      { change: { op: 'link', object: 17, directory: 2, name: 'b' } },
      { change: { op: 'create', object: 0, directory: 9, name: 'a' } },
      { plan: { meanwhile: [], failing: [], loseJournal: true } },
      { change: { op: 'link', object: 17, directory: 3, name: 'a' } },
      {
        plan: {
          meanwhile: [{ step: 10, change: { op: 'rename', object: 8, directory: 26, name: 'b' } }],
          failing: [],
          loseJournal: false,
        },
      },
    ],
  },
  {
    title: 'a name of a changed object is taken by another while the names are looked for',
    loseJournal: false,
    steps: [
      { change: { op: 'create', object: 0, directory: 0, name: 'c' } },
      {
        plan: {
          meanwhile: [
            { step: 1, change: { op: 'create', object: 0, directory: 0, name: 'a' } },
            { step: 2, change: { op: 'mkdir', object: 0, directory: 0, name: 'a' } },
            { step: 1, change: { op: 'remove', object: 3, directory: 0, name: 'a' } },
          ],
          failing: [],
          loseJournal: true,
        },
      },
      {
        plan: {
          meanwhile: [{ step: 1, change: { op: 'link', object: 0, directory: 15, name: 'a' } }],
          failing: [],
          loseJournal: true,
        },
      },
      { change: { op: 'rename', object: 17, directory: 0, name: 'b' } },
      { change: { op: 'create', object: 0, directory: 3, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 3, name: 'c' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'exchange', object: 14, directory: 6, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      {
        plan: {
          meanwhile: [{ step: 1, change: { op: 'rename', object: 8, directory: 7, name: 'b' } }],
          failing: [],
          loseJournal: true,
        },
      },
      { change: { op: 'exchange', object: 9, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'unlink', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 25, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'chmod', object: 3, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      {
        plan: {
          meanwhile: [{ step: 17, change: { op: 'rename', object: 4, directory: 1, name: 'b' } }],
          failing: [],
          loseJournal: false,
        },
      },
    ],
  },
  {
    title: 'a changed name of a linked object is deleted before a walk',
    loseJournal: true,
    steps: [
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { plan: { meanwhile: [], failing: [], loseJournal: false } },
      { change: { op: 'rename', object: 0, directory: 0, name: 'b' } },
      { change: { op: 'mkdir', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'link', object: 0, directory: 7, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { plan: { meanwhile: [], failing: [], loseJournal: false } },
      { change: { op: 'write', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'unlink', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
    ],
  },
  {
    title: 'a renamed and changed name of a linked object is taken by a directory before its rename is replayed',
    loseJournal: false,
    steps: [
      { change: { op: 'create', object: 0, directory: 0, name: 'a' } },
      {
        plan: {
          meanwhile: [{ step: 1, change: { op: 'link', object: 0, directory: 0, name: 'b' } }],
          failing: [],
          loseJournal: true,
        },
      },
      { change: { op: 'create', object: 0, directory: 0, name: 'c' } },
      { plan: { meanwhile: [], failing: [], loseJournal: true } },
      { change: { op: 'rename', object: 0, directory: 0, name: 'c' } },
      { change: { op: 'write', object: 3, directory: 0, name: 'a' } },
      {
        plan: {
          meanwhile: [
            { step: 2, change: { op: 'mkdir', object: 0, directory: 0, name: 'c' } },
            { step: 1, change: { op: 'remove', object: 3, directory: 0, name: 'a' } },
          ],
          failing: [],
          loseJournal: false,
        },
      },
    ],
  },
];
