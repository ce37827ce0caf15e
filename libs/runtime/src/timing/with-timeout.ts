/**
 * Settles as `work` does, or as `onTimeout` does once `timeoutMs` are over.
 * `work` cannot be cancelled from here: it goes on, and a failure of it after the timeout is dropped.
 */
export async function withTimeout<T, Late>(
  timeoutMs: number,
  work: Promise<T>,
  onTimeout: () => Late,
): Promise<T | Late> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  try {
    return await Promise.race([work, over.then(onTimeout)]);
  } finally {
    clearTimeout(timer);
  }
}
