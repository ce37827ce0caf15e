import type { Sql } from 'postgres';
import { byHolder, findHolders, type Holder, type Keyed, keyGate, keyName } from './idempotency-keys.ts';
import { findJobs, type Gate, type InsertedJob, writeJobs } from './insert-jobs.ts';
import { type Reusable, reuseGate } from './reusable-results.ts';
import { idOf, type Submission, type Submitted } from './submission.ts';

/**
 * Commits many submissions in one statement, each with its key and its reusable result or not at all, and returns the
 * results in order. Of equal keys, in this statement or in other processes, exactly one gets its jobs; of identical
 * work, one. Safe to repeat: a key or a reusable result that the same submission has written is its own.
 */
export async function insertSubmissions(sql: Sql, submissions: readonly Submission[]): Promise<Submitted[]> {
  const keyed = submissions.filter((submission): submission is Keyed => submission.key !== null);
  const reusable = submissions.filter((submission): submission is Reusable => submission.reusable !== undefined);
  const jobs = submissions.flatMap((submission) => submission.jobs);
  const written = await writeJobs(sql, jobs, gateOf(sql, keyed, reusable));
  const unwritten = keyed.filter((submission) => !written.has(idOf(submission)));
  const holders = await findHolders(sql, unwritten);
  const own = submissions.filter((submission) => !lostTo(holders, submission)).flatMap((submission) => submission.jobs);
  // An earlier COMMIT of them took effect, although its reply was lost.
  const missing = own.filter(({ id }) => !written.has(id));
  const found = missing.length === 0 ? written : new Map([...written, ...(await findJobs(sql, missing))]);
  const answers = submissions.map((submission) => answerTo(submission, holders, found));
  // A key that was taken has just been purged, and is free now.
  return answers.includes(undefined) ? insertSubmissions(sql, submissions) : (answers as Submitted[]);
}

function gateOf(sql: Sql, keyed: readonly Keyed[], reusable: readonly Reusable[]): Gate | undefined {
  if (reusable.length === 0) return keyed.length === 0 ? undefined : keyGate(sql, keyed);
  const reuse = reuseGate(sql, reusable);
  const keys = keyGate(sql, keyed, sql`SELECT id FROM reuse_lost`);
  return { parts: sql`${reuse.parts} ${keys.parts}`, condition: sql`${reuse.condition} AND ${keys.condition}` };
}

/** The submission that has this one's key, unless it is this one itself. */
function lostTo(holders: ReadonlyMap<string, Holder>, submission: Submission): Holder | undefined {
  const holder = holders.get(keyName(submission));
  return holder?.jobIds[0] === idOf(submission) ? undefined : holder;
}

function answerTo(
  submission: Submission,
  holders: ReadonlyMap<string, Holder>,
  found: ReadonlyMap<string, InsertedJob>,
): Submitted | undefined {
  const holder = lostTo(holders, submission);
  if (holder !== undefined) return byHolder(submission, holder);
  const jobs = submission.jobs.flatMap(({ id }) => found.get(id) ?? []);
  if (jobs.length === submission.jobs.length) return { outcome: 'inserted', jobs };
  if (submission.reusable !== undefined) return { outcome: 'conflict' };
  if (submission.key !== null) return undefined;
  throw new Error(`job ${idOf(submission)} was neither inserted nor found`);
}
