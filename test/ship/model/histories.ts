import { Selection } from '../../../src/ship/selection/selection.js';
import type { Intent } from './intent.js';
import { type PassPlan, QUIET } from './pair.js';

export type Step = { change: Intent } | { own: Intent } | { plan: PassPlan } | { readonly adopt: true };

type Numbers = [object?: number, directory?: number, name?: Intent['name']];

function intent(op: Intent['op'], object = 0, directory = 0, name: Intent['name'] = 'a'): Intent {
  return { op, object, directory, name };
}

function change(op: Intent['op'], ...numbers: Numbers): Step {
  return { change: intent(op, ...numbers) };
}

function at(step: number, op: Intent['op'], ...numbers: Numbers): PassPlan['meanwhile'][number] {
  return { step, change: intent(op, ...numbers) };
}

function pass(plan: Partial<PassPlan> = {}): Step {
  return { plan: { ...QUIET, ...plan } };
}

/** Histories that random ones rarely are: each needs one rule of the pass, and differs without it. */
export const HISTORIES: readonly { title: string; loseJournal: boolean; steps: readonly Step[] }[] = [
  {
    title: 'a name of a new link is taken by another object while the names are looked for',
    loseJournal: true,
    steps: [
      pass({ meanwhile: [at(1, 'mkdir')], loseJournal: true }),
      change('mkdir', 0, 8, 'c'),
      change('mkdir', 0, 0, 'b'),
      change('rename', 0, 15),
      change('create'),
      change('create'),
      pass({ loseJournal: true }),
      change('create'),
      change('create'),
      change('create'),
      change('create'),
      change('create', 0, 5),
      change('create', 0, 21, 'b'),
      change('create'),
      change('remove', 17),
      change('create', 0, 5),
      pass({ loseJournal: true }),
      change('create', 0, 0, 'b'),
      pass({ loseJournal: true }),
      change('link', 17, 2, 'b'),
      change('create', 0, 9),
      pass({ loseJournal: true }),
      change('link', 17, 3),
      pass({ meanwhile: [at(10, 'rename', 8, 26, 'b')] }),
    ],
  },
  {
    title: 'a name of a changed object is taken by another while the names are looked for',
    loseJournal: false,
    steps: [
      change('create', 0, 0, 'c'),
      pass({ meanwhile: [at(1, 'create'), at(2, 'mkdir'), at(1, 'remove', 3)], loseJournal: true }),
      pass({ meanwhile: [at(1, 'link', 0, 15)], loseJournal: true }),
      change('rename', 17, 0, 'b'),
      change('create', 0, 3),
      change('create', 0, 3, 'c'),
      change('create'),
      change('create'),
      change('create'),
      change('exchange', 14, 6),
      change('create'),
      pass({ meanwhile: [at(1, 'rename', 8, 7, 'b')], loseJournal: true }),
      change('exchange', 9),
      change('create'),
      change('create'),
      change('unlink'),
      change('create'),
      change('create'),
      change('create', 0, 25),
      change('create'),
      change('create'),
      change('create'),
      change('create'),
      change('chmod', 3),
      change('create'),
      pass({ meanwhile: [at(17, 'rename', 4, 1, 'b')] }),
    ],
  },
  {
    title: 'a changed name of a linked object is deleted before a walk',
    loseJournal: true,
    steps: [
      change('create'),
      change('create'),
      change('create'),
      change('create'),
      change('create'),
      change('create'),
      change('create'),
      pass(),
      change('rename', 0, 0, 'b'),
      change('mkdir'),
      change('link', 0, 7),
      change('create'),
      change('create'),
      change('create'),
      change('create'),
      pass(),
      change('write'),
      change('unlink'),
      change('create'),
      change('create'),
    ],
  },
  {
    title: 'a renamed and changed name of a linked object is taken by a directory before its rename is replayed',
    loseJournal: false,
    steps: [
      change('create'),
      pass({ meanwhile: [at(1, 'link', 0, 0, 'b')], loseJournal: true }),
      change('create', 0, 0, 'c'),
      pass({ loseJournal: true }),
      change('rename', 0, 0, 'c'),
      change('write', 3),
      pass({ meanwhile: [at(2, 'mkdir', 0, 0, 'c'), at(1, 'remove', 3)] }),
    ],
  },
  {
    title: 'what no record told of is brought to a directory that is another by the next pass',
    loseJournal: false,
    steps: [
      pass({ meanwhile: [at(2, 'create'), at(1, 'create', 0, 0, 'c')] }),
      pass({ meanwhile: [at(2, 'mkdir', 0, 0, 'c'), at(1, 'unlink')] }),
      change('mkdir', 0, 0, 'b'),
      change('rename', 0, 17),
      pass({ meanwhile: [at(1, 'link', 23)] }),
      change('remove', 3),
      pass({ meanwhile: [at(1, 'exchange', 4)], killedAt: 28 }),
    ],
  },
  {
    title: 'a file becomes a symlink before rsync comes to where the slave has a linked one',
    loseJournal: false,
    steps: [
      change('symlink', 0, 0, 'c'),
      change('link'),
      change('mkdir', 0, 0, 'b'),
      pass({ meanwhile: [at(1, 'create', 0, 13)] }),
      change('chmod'),
      change('create', 0, 15, 'c'),
      pass({
        meanwhile: [at(1, 'rename', 8), at(20, 'rename', 22), at(1, 'rename', 0, 13)],
        selection: await Selection.of(['c', '!c/']),
      }),
    ],
  },
  {
    title: 'a name of a changed object goes before it can be put where something excluded stands',
    loseJournal: true,
    steps: [
      pass({ meanwhile: [at(1, 'mkdir')] }),
      change('create', 0, 0, 'c'),
      pass({ meanwhile: [at(1, 'create', 0, 13, 'c')], loseJournal: true }),
      pass({ meanwhile: [at(1, 'remove')], selection: await Selection.of(['c']) }),
      pass({ meanwhile: [at(1, 'link', 0, 0, 'b')] }),
      pass({ meanwhile: [at(2, 'create', 0, 0, 'c'), at(1, 'rename')] }),
      change('chmod', 4),
      pass({ meanwhile: [at(1, 'remove', 10)] }),
    ],
  },
  {
    title: 'a name of a linked object that waits is deleted with its directory before a walk',
    loseJournal: true,
    steps: [
      change('create', 0, 0, 'c'),
      change('mkdir', 0, 0, 'b'),
      change('mkdir'),
      change('create', 0, 11, 'c'),
      change('create', 0, 8),
      change('link', 14, 4),
      change('unlink'),
      pass(),
      change('write', 19),
      pass({ isPatient: true }),
      change('remove', 17),
      pass({ loseJournal: true }),
    ],
  },
  {
    title: 'a new symlink is like one that stayed and that has another name',
    loseJournal: false,
    steps: [
      change('mkdir'),
      change('rename', 0, 0, 'c'),
      pass({ meanwhile: [at(1, 'symlink')] }),
      change('link', 3, 15, 'b'),
      change('create', 0, 3),
      pass(),
      change('unlink', 29),
      pass({ keepsDeleted: true }),
      change('symlink', 0, 7, 'b'),
    ],
  },
  {
    title: 'a linked file cannot be put in the place of a directory in which something excluded stays',
    loseJournal: false,
    steps: [
      change('mkdir', 0, 0, 'b'),
      change('create'),
      change('link', 3, 9),
      pass(),
      change('create', 0, 0, 'c'),
      change('rename', 5, 0, 'c'),
      pass({ selection: await Selection.of(['/a/b', '/b/*', '!/b/c']) }),
      change('write', 2),
      change('exchange', 0, 2),
    ],
  },
  {
    title: 'a file comes in the place of a directory in which a linked one changed before a walk',
    loseJournal: true,
    steps: [
      change('mkdir'),
      change('rename', 0, 0, 'b'),
      change('create'),
      change('mkdir', 0, 15, 'b'),
      change('mkdir', 0, 0, 'c'),
      change('link', 30, 7),
      change('rename', 12, 10),
      change('create', 0, 29, 'c'),
      change('create', 0, 5),
      change('create'),
      pass(),
      change('write', 18),
      change('remove'),
      change('create', 0, 0, 'b'),
    ],
  },
  {
    title: 'another name of a changed object is renamed between being found and being looked at',
    loseJournal: false,
    steps: [
      change('mkdir'),
      change('create', 0, 21),
      change('create', 0, 15, 'c'),
      change('create', 0, 0, 'c'),
      change('rename', 1, 0, 'b'),
      change('rename', 9, 1, 'b'),
      change('mkdir', 0, 23),
      change('rename', 18, 2),
      change('link', 19, 0, 'c'),
      change('exchange', 0, 17),
      change('rename', 0, 25, 'c'),
      change('create', 0, 20, 'c'),
      pass({ meanwhile: [at(1, 'chmod')] }),
      change('create'),
      pass({ meanwhile: [at(1, 'rename', 18), at(13, 'exchange', 1, 20)] }),
    ],
  },
];
