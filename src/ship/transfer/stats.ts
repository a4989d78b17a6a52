/** What `rsync --stats --no-human-readable` counts. */
export interface TransferStats {
  /** Regular files whose content was sent; all names of one object count once. */
  readonly files: number;
  /** Bytes of content that were sent. */
  readonly bytes: number;
  /** All bytes that went from one rsync to the other, and back. */
  readonly wireBytes: number;
}

export function parseStats(stdout: string): TransferStats {
  const number = (label: string): number => {
    const found = new RegExp(`^${label}: ([\\d,]+)`, 'm').exec(stdout)?.[1];
    return found === undefined ? 0 : Number(found.replaceAll(',', ''));
  };
  return {
    files: number('Number of regular files transferred'),
    bytes: number('Literal data'),
    wireBytes: number('Total bytes sent') + number('Total bytes received'),
  };
}
