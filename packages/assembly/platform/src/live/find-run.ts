import type { PipelineSpec } from '@sluice/author'
import { notFound } from '@sluice/core'
import type { LedgerEntry, RunDetail } from '@sluice/engine'
import type { Client } from '@sluice/serve/client'

/** What a platform knows, asked as any program asks: beside a server it is the server that answers. */
type Asked = {
  readonly runs: Pick<Client['runs'], 'list' | 'show'>
  readonly ledger: Pick<Client['ledger'], 'list'>
}

/** A run with all of its tasks: the one named, or the newest that succeeded. @throws `not_found` */
export async function findRun(
  client: Asked,
  of: { readonly project: string; readonly pipeline: string; readonly run?: string },
): Promise<RunDetail> {
  const id = of.run ?? (await newestSuccess(client, of))
  const first = await client.runs.show({ params: { run: id } })
  const taskRuns = [...first.taskRuns]
  for (let cursor = first.nextTasks; cursor !== null; ) {
    const page = await client.runs.show({ params: { run: id }, query: { cursor } })
    taskRuns.push(...page.taskRuns)
    cursor = page.nextTasks
  }
  return { ...first, taskRuns, nextTasks: null }
}

async function newestSuccess(
  client: Asked,
  { project, pipeline }: { readonly project: string; readonly pipeline: string },
): Promise<string> {
  const { items } = await client.runs.list({ query: { project, pipeline, state: 'success', limit: 1 } })
  const [newest] = items
  if (newest !== undefined) return newest.id
  throw notFound(`${pipeline} has no run that succeeded, and --live takes its time and its batches from one`, {
    facts: { pipeline },
    next: `Name a run with --run ("sluice runs list ${pipeline}"), or run it once: sluice pipelines trigger ${pipeline} --wait.`,
  })
}

/** All receipts of a run, or of a dataset; newest first. */
export async function ledgerOf(
  client: Asked,
  of: { readonly run: string } | { readonly dataset: string },
): Promise<readonly LedgerEntry[]> {
  const entries: LedgerEntry[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page: Awaited<ReturnType<Asked['ledger']['list']>> = await client.ledger.list({
      query: { ...of, limit: 500, ...(cursor === undefined ? {} : { cursor }) },
    })
    entries.push(...page.items)
    cursor = page.next
  }
  return entries
}

/** Datasets that a task reads and that no step of its pipeline writes, by full id. */
export const externalOf = (spec: PipelineSpec, task: string, project: string): readonly string[] =>
  (spec.tasks.find(({ name }) => name === task)?.reads ?? []).filter((id) => spec.external.includes(id)).map((id) => `${project}:${id}`)
