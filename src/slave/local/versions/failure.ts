/** An old version could not be kept; the message is the reason for people. What was to replace it is not done then. */
export class VersionFailure extends Error {
  override name = 'VersionFailure';
}
