// The layers of src/ for dependency-cruiser: who may import whom. Imports go down only; type-only imports count too.
// A layer is listed with every layer that it may import; what is not listed is forbidden.
const LAYERS = {
  cli: ['dashboard', 'daemon', 'ship', 'slave', 'filesystem', 'marker', 'journal', 'volume', 'fuse', 'syscalls'],
  // The page looks on: it knows volumes and passes, and nothing of the mount.
  dashboard: ['ship', 'slave', 'marker', 'journal', 'volume', 'syscalls'],
  daemon: ['slave', 'filesystem', 'marker', 'journal', 'volume', 'fuse', 'syscalls'],
  // A pass knows nothing of the mount: neither the FUSE protocol nor the filesystem on top of it.
  ship: ['slave', 'marker', 'journal', 'volume', 'syscalls'],
  slave: ['marker', 'journal', 'volume', 'syscalls'],
  filesystem: ['marker', 'journal', 'volume', 'fuse', 'syscalls'],
  // The three below serve the mount and the pass alike, so they know nothing of FUSE either.
  marker: ['journal', 'volume', 'syscalls'],
  journal: ['volume', 'syscalls'],
  volume: ['syscalls'],
  // Could be a package of its own.
  fuse: ['syscalls'],
  syscalls: [],
};

/** Where programs and threads begin. */
const PROGRAMS =
  '^src/(cli/main|daemon/main|daemon/worker|journal/thread|ship/transfer/copying/thread|dashboard/looker|dashboard/page/main)[.]ts$';

const folders = Object.keys(LAYERS).join('|');

const layerRules = Object.entries(LAYERS).map(([layer, below]) => ({
  name: `${layer}-imports-down-only`,
  comment: `src/${layer} may import ${below.length ? below.join(', ') : 'no other layer'}.`,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: { path: '^src/', pathNot: `^src/(${[layer, ...below].join('|')})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: 'every-file-in-a-layer',
      comment: 'A file under src that lies in none of the layers escapes the rules above.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(${folders})/` },
      to: {},
    },
    {
      name: 'src-never-imports-test',
      comment: 'What ships does not need the tests.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-dead-files',
      comment: 'What no program of ours reaches is dead, even where a test still holds on to it.',
      severity: 'error',
      from: { path: PROGRAMS },
      to: { path: '^src/', pathNot: PROGRAMS, reachable: false },
    },
    {
      name: 'no-circular',
      comment: 'Two files that import each other are one file in two pieces.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file that imports nothing and that nothing imports is dead.',
      severity: 'error',
      from: { orphan: true, path: '^(src|test)/' },
      to: {},
    },
    {
      name: 'no-unresolvable',
      comment: 'An import that leads nowhere escapes the rules above.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-dev-dependencies-in-src',
      comment: 'What ships imports only what "dependencies" in package.json lists.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|build)/' },
  },
};
