/** Aborts when the program is asked to end; asked again, it ends at once. */
export function endSignal(): AbortSignal {
  const controller = new AbortController();
  const end = (): void => {
    if (controller.signal.aborted) process.exit(1);
    controller.abort();
  };
  // Not `once`: what cleans up after child processes takes a signal that nobody else listens to for the end of the
  // program.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);
  return controller.signal;
}
