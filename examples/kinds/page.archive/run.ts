import { type Handler, PermanentFailure, RetryLater } from '@turno/kinds';
import type { kind } from './kind.ts';

const dayMs = 86_400_000;

export const run: Handler<typeof kind> = async ({ url, previousFileId }, ctx) => {
  ctx.log.info('fetching the page', { url, attempt: ctx.attempt });
  const page = await ctx.fetch({ url, headers: { accept: 'text/html' }, timeoutMs: 10_000, bytesMax: 5_000_000 });
  if (page.status === 503) {
    const seconds = Number(page.headers['retry-after'] ?? 60);
    throw new RetryLater('site-busy', `${page.url} answered 503`, seconds * 1_000);
  }
  if (page.status !== 200) throw new PermanentFailure('no-page', `${page.url} answered ${page.status}`);
  const text = Buffer.from(page.body).toString('utf8');
  if (page.truncated) ctx.log.warn('only the start of the page is stored', { bytes: page.body.length });
  ctx.progress(40, 'the page is here');

  let changed = true;
  if (previousFileId !== undefined) {
    const previous = await ctx.files.read(previousFileId);
    changed = Buffer.from(previous.bytes).toString('utf8') !== text;
  }
  ctx.progress(60);

  // In a loop that takes long, and before each step that should not happen after a cancel.
  ctx.signal.throwIfAborted();
  const { fileId, bytes } = await ctx.files.write({
    name: `${ctx.jobId}.html`,
    contentType: 'text/html',
    bytes: page.body,
  });

  const today = Math.floor(Date.now() / dayMs) * dayMs;
  const rows = await ctx.usage({ from: new Date(today), to: new Date(today + dayMs) });
  const archived = rows.filter((row) => row.kind === 'page.archive');
  const archivedToday = archived.reduce((sum, row) => sum + row.submitted, 0);
  return { fileId, bytes, changed, archivedToday };
};
