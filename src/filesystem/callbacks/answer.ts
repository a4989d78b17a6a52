/**
 * What a callback answers: a number (0, a count of bytes, or −errno), or the values that go with 0. Callbacks take and
 * answer what the fuse-native package hands over, paths and names as strings.
 */
export type Answer = number | readonly unknown[];

/** Answers with values where the result is good. */
export function answer(result: number, values: () => readonly unknown[]): Answer {
  return result < 0 ? result : values();
}
