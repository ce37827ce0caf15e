import { plan, planLimits, Problem } from '@turno/contract';
import { putPlan as put, withRequestTimeout } from '@turno/postgres';
import { parseBody } from '../../http/request/parse-body.ts';
import { pathParameter } from '../../http/request/path-parameter.ts';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation, SentBody } from '../operation.ts';
import { examplePlan } from './example-plan.ts';

const { name: _name, ...exampleLimits } = examplePlan;
const body: SentBody<typeof planLimits> = { schema: planLimits, example: exampleLimits };

export const putPlan: Operation<Pick<OperationDeps, 'sql'>> = {
  method: 'put',
  path: '/v1/plans/{plan}',
  scope: 'operator',
  quota: 'exempt',
  operationId: 'putPlan',
  summary: 'Make a plan or change its limits',
  request: { body },
  responses: {
    200: {
      description: 'Changed; every process applies it within five seconds',
      content: { schema: plan, example: examplePlan },
    },
    201: { description: 'Made', content: { schema: plan, example: examplePlan } },
  },
  problems: [],
  async run({ sql }, { req }) {
    const name = plan.shape.name.safeParse(pathParameter(req, 'plan'));
    if (!name.success) {
      throw new Problem('bad-request', { detail: 'a plan is named in lower-case letters, digits and dashes' });
    }
    const wanted = { name: name.data, ...(await parseBody(req, body)) };
    const made = await withRequestTimeout(put(sql, wanted));
    return jsonAnswer(made ? 201 : 200, wanted);
  },
};
