import { isFinal, type JobState } from '@turno/contract';

/** The fields of a job that form its ETag. `version` rises with every visible change. */
export interface Versioned {
  run: number;
  state: JobState;
  version: number;
}

const entityTags = /(?:W\/)?"([^"]*)"/g;

/** Makes the ETag of a job: weak while unfinished (`position` may differ between equal tags), strong once final. */
export function jobEtag(job: Versioned): string {
  return `${isFinal(job.state) ? '' : 'W/'}"${job.run}-${job.state}-${job.version}"`;
}

/** Returns true when `If-None-Match` names this tag, by weak comparison (RFC 9110, section 13.1.2). */
export function noneMatchNames(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header === etag || header.trim() === '*') return true;
  const wanted = opaque(etag);
  return opaqueTags(header).includes(wanted);
}

/** Returns true when the client already knows this state of this run, also when other fields have changed since. */
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
