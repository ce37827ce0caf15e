import { isFinal, type JobState } from '@turno/contract';

/** The part of a job that its ETag is made of. `version` rises with every visible change. */
export interface Versioned {
  run: number;
  state: JobState;
  version: number;
}

const entityTags = /(?:W\/)?"([^"]*)"/g;

/** Weak while the job is unfinished (its `position` may differ between equal tags), strong once it is final. */
export function jobEtag(job: Versioned): string {
  return `${isFinal(job.state) ? '' : 'W/'}"${job.run}-${job.state}-${job.version}"`;
}

/** True when `If-None-Match` names this tag, by the weak comparison that RFC 9110 section 13.1.2 asks for. */
export function noneMatchNames(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header === etag || header.trim() === '*') return true;
  const wanted = opaque(etag);
  return opaqueTags(header).includes(wanted);
}

/** True when the client knew this state of this run, whatever else has changed since. */
export function noneMatchKnowsState(header: string | undefined, job: Versioned): boolean {
  if (header === undefined) return false;
  const known = `${job.run}-${job.state}-`;
  return opaqueTags(header).some((tag) => tag.startsWith(known));
}

function opaqueTags(header: string): string[] {
  return Array.from(header.matchAll(entityTags), ([, tag]) => tag ?? '');
}

function opaque(etag: string): string {
  return etag.slice(etag.indexOf('"') + 1, -1);
}
