/** Whether this process may do what only root may: read and give away what is others', and attributes of all namespaces. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}
