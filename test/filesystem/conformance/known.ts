/**
 * What cannot be the same, by title of the case and step, each with its reason. A difference that matches none of these
 * fails the test.
 */
export const known: readonly { readonly where: RegExp; readonly reason: string }[] = [
  {
    where: /^fallocate (8|32) /,
    reason: 'the kernel’s FUSE client refuses FALLOC_FL_COLLAPSE_RANGE and …_INSERT_RANGE with EOPNOTSUPP, unasked',
  },
  {
    where: /^(rmdir it of a file|unlink it of a directory) with flags (16|32) /,
    reason: 'the kernel compares types before it asks us, a local filesystem sees immutable and append-only first',
  },
  {
    where: /^read, write, seek and allocate a directory\n {2}seek/,
    reason: 'the kernel answers SEEK_HOLE on a directory from its size, which ext4 sets to a constant',
  },
  {
    where: /^after copy (in|out) on a file open with 16386\n/,
    reason: 'ext4 refuses an unaligned copy_file_range(2) with O_DIRECT, the mount makes it',
  },
  {
    where: /^rename (a full )?directory to a full directory in . with flags 4\n/,
    reason: 'ext4 makes the whiteout before it finds the target full, and takes it back: times of the directory change',
  },
  {
    where: /^set-ID bits \d+ of [\d ]+ after map as \w+\n {2}getx/,
    reason: 'a file with set-ID bits is written by requests, and these take file capabilities away, mapped or not',
  },
  {
    where: /^set-ID bits \d+ of [\d ]+ after chown as \w+\n {2}(changed|getx)/,
    reason: 'at a stranger’s chown(2) of −1 and −1 the kernel removes file capabilities before it asks us, who refuse',
  },
  {
    where: /^set-ID bits (02767|06666) of 41001 42000 after [\w -]+ as alice\n {2}stat/,
    reason: 'requests do not carry supplementary groups: set-group-ID without execution goes for their members, too',
  },
];
