import type { Answer } from './answer.ts';

const noStore = { 'Cache-Control': 'no-store' };

/** Builds an answer that shows a value as JSON and that no cache may keep. */
export function jsonAnswer(status: number, value: unknown, headers?: Answer['headers']): Answer {
  return { status, body: JSON.stringify(value), headers: { ...noStore, ...headers } };
}

/** 204, for a change that leaves nothing to show. */
export const emptyAnswer: Answer = { status: 204, headers: noStore };
