import { within } from '@turno/runtime';

/** Waits for `work`, but not longer. Its failure is somebody else's to report. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const ignore = () => {};
  await within<unknown>(ms, work.catch(ignore), ignore);
}
