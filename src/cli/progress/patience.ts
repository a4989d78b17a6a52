/** What takes no longer is not shown. */
export const PATIENCE_MS = 2000;
