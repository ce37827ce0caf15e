export type { AttemptResult, AttemptTask, ExecuteAttempt } from './attempt.ts';
