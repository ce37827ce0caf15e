import { isFinal } from '@turno/contract';
import type { JobKey } from '@turno/postgres';
import type { EventReader, JobSignals } from '@turno/redis';
import type { JobView } from '../read/job-view.ts';
import type { JobReader } from '../read/read-job.ts';
import { type EventPosition, type LastEvent, noEntry } from './event-position.ts';
import { advance, endsRun, type JobEvent, renderDone, renderState } from './job-event.ts';
import { type JobWatcher, watchJob } from './job-watcher.ts';
import type { VersionPolls } from './poll-versions.ts';

export interface FollowDeps {
  reader: Pick<JobReader, 'read'>;
  signals: JobSignals;
  versionPolls: VersionPolls;
  events: EventReader;
}

export interface FollowOptions {
  /** The job as it was read a moment ago. */
  view: JobView;
  /** The last event that the client has received. */
  after: LastEvent | undefined;
  /** Aborts when the client is gone or the process stops: the stream ends without `done`. */
  signal: AbortSignal;
}

interface Follower {
  deps: FollowDeps;
  key: JobKey;
  position: EventPosition;
  watcher: JobWatcher;
}

const entriesMax = 100;

/**
 * Yields the events of a job from now on, or after the client's last event, until the job is final.
 *
 * Each id comes once, in order, and `version` only rises. The job's stream in Redis has every change and log line. A
 * read of Postgres replaces changes that the stream lost, so the latest state always comes. Events are read only when
 * the consumer takes them: a slow client costs no memory, and misses log lines that the stream has dropped by then.
 */
export async function* followJob(
  deps: FollowDeps,
  key: JobKey,
  { view, after, signal }: FollowOptions,
): AsyncGenerator<JobEvent, void> {
  const position: EventPosition = { entry: after?.entry ?? noEntry, version: after?.version ?? 0 };
  const watcher = await watchJob(deps, key, { position, signal });
  const follower = { deps, key, position, watcher };
  try {
    const canResume = after !== undefined && after.version <= view.version && (await deps.events.has(key, after.entry));
    if (!canResume) yield await begin(follower, view);
    while (!watcher.ended()) {
      if (yield* proceed(follower)) return;
      await watcher.wait();
    }
  } finally {
    watcher.stop();
  }
}

/** Opens the stream and returns the job's state, after which the stream has all further events. */
async function begin({ deps, key, position }: Follower, known: JobView): Promise<JobEvent> {
  position.entry = (await deps.events.open(key)) ?? noEntry;
  const view = (await readJob(deps, key)) ?? known;
  const latest = view === 'away' ? known : view;
  position.version = latest.version;
  return renderState(position, latest);
}

/** Yields new events. Returns true at the end: the job is final, or it was erased. */
async function* proceed(follower: Follower): AsyncGenerator<JobEvent, boolean> {
  const { deps, key, position, watcher } = follower;
  // Read before the stream, so that all log lines written before an end come before it.
  const view = watcher.takeRead() ? await readJob(deps, key) : 'not read';
  if (view === undefined) return true;
  if (view === 'away') watcher.requestReadLater();
  const changed = watcher.takeChange();
  const advanced = yield* yieldEntries(follower);
  if (typeof view === 'string') {
    // A signal without an event: the stream was lost, or the event was yielded before.
    if (changed && !advanced && view === 'not read') watcher.requestRead();
  } else {
    if (view.version > position.version) {
      position.version = view.version;
      yield renderState(position, view);
      await extendStream(follower);
    }
    // If an entry of this round is newer than the view, the view does not prove the end.
    if (isFinal(view.state) && (view.version === position.version || !advanced)) {
      yield renderDone(position, view);
      return true;
    }
  }
  if (watcher.takeExtend()) await extendStream(follower);
  return false;
}

/** Yields the stream's new entries. Returns whether one of them had a new version. */
async function* yieldEntries({ deps, key, position, watcher }: Follower): AsyncGenerator<JobEvent, boolean> {
  const before = position.version;
  for (let count = entriesMax; count === entriesMax && !watcher.ended();) {
    const entries = await deps.events.readAfter(key, position.entry, entriesMax);
    count = entries.length;
    for (const entry of entries) {
      const event = advance(position, entry);
      if (event === undefined) continue;
      if (endsRun(event)) watcher.requestRead();
      yield event;
    }
  }
  return position.version > before;
}

/** Extends the stream's expiry, or opens a new stream when Redis was emptied. */
async function extendStream({ deps, key, position }: Follower): Promise<void> {
  if ((await deps.events.extend(key)) === false) position.entry = (await deps.events.open(key)) ?? position.entry;
}

/** Undefined: the job was erased. `away`: Postgres does not answer. */
async function readJob({ reader }: FollowDeps, { tenantId, jobId }: JobKey): Promise<JobView | undefined | 'away'> {
  return Promise.resolve(reader.read(tenantId, jobId)).catch(() => 'away' as const);
}
