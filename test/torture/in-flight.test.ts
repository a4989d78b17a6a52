import test from 'ava';
import { must, script } from '../support/run.js';
import { differences } from '../support/trees.js';
import { TestVolume } from '../support/volume.js';
import { environment, MODULES } from './fault.js';

const THREADS = 200;

/** Two changes of each thread, each in a folder of its own: a mark that is missing there is not made up for by another. */
const CHANGES = `
import ctypes, os, sys, threading

libc = ctypes.CDLL(None, use_errno=True)

def overwrite(folder):
    with open(folder + '/file', 'r+b') as file: file.write(b'overwritten')

def opened(folder, change, name='/file', flags=os.O_RDWR):
    fd = os.open(folder + name, flags, 0o644)
    try: change(fd)
    finally: os.close(fd)

def copy_range(folder):
    with open(folder + '/folder/file', 'r+b') as file:
        opened(folder, lambda fd: os.copy_file_range(fd, file.fileno(), 4, 0, 3))

def exchange(folder):
    if libc.renameat2(-100, (folder + '/file').encode(), -100, (folder + '/folder').encode(), 2) != 0:
        raise OSError(ctypes.get_errno(), 'renameat2')

def name_unnamed(folder):
    opened(folder, lambda fd: os.link('/proc/self/fd/%d' % fd, folder + '/named', follow_symlinks=True), '', os.O_TMPFILE | os.O_RDWR)

CHANGES = [
    overwrite,
    lambda folder: open(folder + '/new', 'x').close(),
    lambda folder: os.mkdir(folder + '/made'),
    lambda folder: os.rename(folder + '/file', folder + '/renamed'),
    lambda folder: os.rename(folder + '/folder', folder + '/file.d'),
    lambda folder: os.unlink(folder + '/file'),
    lambda folder: os.link(folder + '/file', folder + '/linked'),
    lambda folder: os.chmod(folder + '/file', 0o600),
    lambda folder: os.truncate(folder + '/file', 1),
    lambda folder: os.setxattr(folder + '/file', 'user.colour', b'red'),
    lambda folder: os.removexattr(folder + '/file', 'user.shape'),
    lambda folder: os.symlink('file', folder + '/symlink'),
    lambda folder: os.mkfifo(folder + '/fifo'),
    lambda folder: os.rmdir(folder + '/empty'),
    lambda folder: os.utime(folder + '/file', ns=(1, 1)),
    lambda folder: opened(folder, lambda fd: os.posix_fallocate(fd, 0, 100000)),
    copy_range,
    exchange,
    name_unnamed,
]
mountpoint, threads = sys.argv[1], int(sys.argv[2])

places = [(number, '%s/%d' % (mountpoint, number)) for number in range(2 * threads)]

def change(thread):
    for number, folder in places[thread::threads]: CHANGES[number % len(CHANGES)](folder)

if mountpoint.endswith('/source'):
    for number, folder in places:
        for path in ('/folder', '/empty'): os.makedirs(folder + path)
        for path in ('/file', '/folder/file'):
            with open(folder + path, 'w') as file: file.write('content')
        os.setxattr(folder + '/file', 'user.shape', b'round')
else:
    running = [threading.Thread(target=change, args=(thread,)) for thread in range(threads)]
    for thread in running: thread.start()
    for thread in running: thread.join()
`;

test('a pass that begins while hundreds of operations are in flight loses none', async (t) => {
  const volume = await TestVolume.create(t);
  const python = ['/usr/bin/python3', '-c', CHANGES];
  await must([...python, volume.source, String(THREADS)]);
  // By turns between an operation's mark and its change, and between that and its reply.
  const env = environment({ delay: { label: 'apply', every: 3, ms: 100 } });
  await must([process.execPath, MODULES, volume.source, volume.mountpoint], { env });
  await volume.markerfs('slave', 'add', volume.source, 'copy', volume.slave);
  await volume.ship();
  const changing = must([...python, volume.mountpoint, String(THREADS)]);
  await volume.tryMarkerfs('ship', volume.source);
  await changing;
  // What follows goes by the marks alone.
  volume.removeJournal();
  t.is((await volume.ship()).crawl, 'walk');
  t.is(await differences(volume.source, volume.slave), '');
  await script('test "$(cat "$1/0/file")" = overwritten', [volume.slave]);
});
