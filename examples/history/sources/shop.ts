import type { Pages, TaskContext } from 'sluice'

/** What the shop tells at a time; the run's parameter stands for it, so that the example needs no network. */
export async function* shopAnswers({ params, interval }: Pick<TaskContext, 'params' | 'interval'>): Pages {
  yield { source: 'shop', request: 'GET /customers', receivedAt: interval.end, body: JSON.stringify(params.customers ?? []) }
}
