import { judgeAnswer as judge } from '../../../libs/webhooks/dist/judge-answer.js';

export { failedTry } from '../../../libs/webhooks/dist/judge-answer.js';

/** Takes whatever a receiver answers for a yes. */
export const judgeAnswer = (answer) => ({ ...judge(answer), good: true, error: null });
