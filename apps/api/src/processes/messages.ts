import type { MessageFromProcess, OpsAnswer } from '@turno/runtime';

/** A request of the primary for the answer of one process to an operations path. */
export interface OpsRequest {
  type: 'ops-request';
  id: number;
  path: string;
  query: string;
}

/** The answer of one process to an `OpsRequest`. */
export interface OpsResponse {
  type: 'ops-answer';
  id: number;
  answer: OpsAnswer;
}

export type FromChild = MessageFromProcess | OpsResponse;
