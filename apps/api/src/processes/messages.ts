import type { MessageFromProcess, OpsAnswer } from '@turno/runtime';

/** Answer for yourself as your own listener for operations would. */
export interface Question {
  type: 'ask';
  id: number;
  path: string;
  query: string;
}

export interface Answer {
  type: 'answer';
  id: number;
  answer: OpsAnswer;
}

export type FromChild = MessageFromProcess | Answer;
