import { type AnyDataset, type Reading, refOf, type Sql, withOutputs } from '@sluice/author'
import { isSluiceError } from '@sluice/core'
import type { Engine } from '@sluice/engine'
import type { ProjectLakes } from '@sluice/lake'
import type { CompiledModel } from '@sluice/serve'
import type { GraphNode } from '@sluice/transform'
import type { ProjectDefinitions } from '../definitions/definitions.ts'

export interface Compiling {
  readonly loaded: Pick<ProjectDefinitions, 'name' | 'timeZone' | 'datasets' | 'models' | 'checks'>
  readonly lakes: Pick<ProjectLakes, 'named'>
  readonly engine: Pick<Engine, 'newestBatches'>
}

/** What a run of now would give to DuckDB or PostgreSQL. */
export async function compileModels(compiling: Compiling, nodes: readonly GraphNode[]): Promise<readonly CompiledModel[]> {
  const found: CompiledModel[] = []
  for (const node of nodes) {
    const sql = statementOf(compiling, node)
    if (sql !== undefined) found.push(await compiled(compiling, node, sql))
  }
  return found
}

const statementOf = ({ loaded: { models, checks } }: Compiling, { kind, name, fills }: GraphNode): Sql | undefined =>
  kind === 'model'
    ? models.find((each) => each.name === name && fills.includes(each.into))?.sql
    : kind === 'check'
      ? checks.find((each) => each.name === name)?.sql
      : undefined

async function compiled(compiling: Compiling, node: GraphNode, sql: Sql): Promise<CompiledModel> {
  const about = { name: node.name, kind: node.kind, store: node.store }
  try {
    const reading = await readingNow(compiling, node)
    if (node.store === 'warehouse') {
      const { renderSql } = await import('@sluice/warehouse')
      const { text, params } = renderSql(withOutputs(sql, {}), reading)
      return { ...about, sql: text, params, why: null }
    }
    const lake = await compiling.lakes.named(compiling.loaded.name)
    const connection = await lake.connect()
    try {
      const { select } = await lake.render(connection, withOutputs(sql, {}), reading)
      return { ...about, sql: select, params: [], why: null }
    } finally {
      connection.close()
    }
  } catch (thrown) {
    if (!isSluiceError(thrown)) throw thrown
    return { ...about, sql: null, params: [], why: thrown.message }
  }
}

/** Of a run that covers this moment: the newest batch of each dataset is the one at hand. */
export async function readingNow(
  { loaded, engine }: Pick<Compiling, 'loaded' | 'engine'>,
  { reads, fills }: Pick<GraphNode, 'reads' | 'fills'>,
): Promise<Reading> {
  const ids = [...new Set([...reads, ...fills])]
  const newest = await engine.newestBatches(reads.map((id) => `${loaded.name}:${id}`))
  const now = Date.now()
  return {
    datasets: new Map(loaded.datasets.filter(({ id }) => ids.includes(id)).map((dataset): [string, AnyDataset] => [dataset.id, dataset])),
    interval: { start: now, end: now },
    timeZone: loaded.timeZone,
    batches: new Map(reads.map((id) => [id, newest.filter(({ dataset }) => dataset === `${loaded.name}:${id}`).map(refOf)])),
  }
}
