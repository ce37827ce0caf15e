import { isFinal } from '@turno/contract';
import type { JobKey } from '@turno/postgres';
import type { EventReader, JobSignals } from '@turno/redis';
import { type EventPlace, type KnownPlace, noEntry } from './event-place.ts';
import { type Attention, payAttention } from './job-watcher.ts';
import { endsRun, type JobEvent, takeEntry, toDone, toState } from './job-event.ts';
import type { JobView } from '../read/job-view.ts';
import type { JobReader } from '../read/read-job.ts';
import type { VersionPolls } from './poll-versions.ts';

export interface FollowDeps {
  reader: Pick<JobReader, 'read'>;
  signals: JobSignals;
  versionPolls: VersionPolls;
  events: EventReader;
}

export interface FollowOptions {
  /** The job as it was a moment ago. */
  view: JobView;
  /** What the client has seen already. */
  after: KnownPlace | undefined;
  /** The client is gone, or the process stops: ends without `done`. */
  signal: AbortSignal;
}

interface Following {
  deps: FollowDeps;
  key: JobKey;
  place: EventPlace;
  attention: Attention;
}

const entriesMax = 100;

/**
 * All that happens to a job from now on, or from where the client left off, until it is final. Each id comes once, in order, and
 * `version` only rises. The job's stream in Redis tells every change and every log line; what it lost, or has lost altogether,
 * is made good by a look at Postgres, so that the latest state always comes. Nothing is read ahead: whoever takes no events
 * costs no memory, and misses what the stream has dropped by then.
 */
export async function* followJob(
  deps: FollowDeps,
  key: JobKey,
  { view, after, signal }: FollowOptions,
): AsyncGenerator<JobEvent, void> {
  const place: EventPlace = { entry: after?.entry ?? noEntry, version: after?.version ?? 0 };
  const attention = await payAttention(deps, key, { place, signal });
  const following = { deps, key, place, attention };
  try {
    const isKnown = after !== undefined && after.version <= view.version && (await deps.events.has(key, after.entry));
    if (!isKnown) yield await begin(following, view);
    while (!attention.ended()) {
      if (yield* goOn(following)) return;
      await attention.wait();
    }
  } finally {
    attention.stop();
  }
}

/** One `state`, after which the stream tells the rest. */
async function begin({ deps, key, place }: Following, known: JobView): Promise<JobEvent> {
  place.entry = (await deps.events.open(key)) ?? noEntry;
  const view = (await look(deps, key)) ?? known;
  const latest = view === 'away' ? known : view;
  place.version = latest.version;
  return toState(place, latest);
}

/** Tells what is new. True when it is over: the job is final, or it was erased. */
async function* goOn(following: Following): AsyncGenerator<JobEvent, boolean> {
  const { deps, key, place, attention } = following;
  // Looked at before the stream is read, so that all log lines written before an end come before it.
  const view = attention.takeLook() ? await look(deps, key) : 'not asked';
  if (view === undefined) return true;
  if (view === 'away') attention.lookAgain();
  const changed = attention.takeChange();
  const raised = yield* tellEntries(following);
  if (typeof view === 'string') {
    // A signal without an event: the stream was lost, or has been told already.
    if (changed && !raised && view === 'not asked') attention.look();
  } else {
    if (view.version > place.version) {
      place.version = view.version;
      yield toState(place, view);
      await keepStream(following);
    }
    // A view older than an entry of this very round says nothing of the end.
    if (isFinal(view.state) && (view.version === place.version || !raised)) {
      yield toDone(place, view);
      return true;
    }
  }
  if (attention.takeKeep()) await keepStream(following);
  return false;
}

/** True when an entry told of a new version. */
async function* tellEntries({ deps, key, place, attention }: Following): AsyncGenerator<JobEvent, boolean> {
  const before = place.version;
  for (let count = entriesMax; count === entriesMax && !attention.ended();) {
    const entries = await deps.events.readAfter(key, place.entry, entriesMax);
    count = entries.length;
    for (const entry of entries) {
      const event = takeEntry(place, entry);
      if (event === undefined) continue;
      if (endsRun(event)) attention.look();
      yield event;
    }
  }
  return place.version > before;
}

/** A stream that is gone, with an emptied Redis, begins anew. */
async function keepStream({ deps, key, place }: Following): Promise<void> {
  if ((await deps.events.extend(key)) === false) place.entry = (await deps.events.open(key)) ?? place.entry;
}

/** Undefined: there is no such job any more. `away`: Postgres does not answer now. */
async function look({ reader }: FollowDeps, { tenantId, jobId }: JobKey): Promise<JobView | undefined | 'away'> {
  return reader.read(tenantId, jobId).catch(() => 'away' as const);
}
