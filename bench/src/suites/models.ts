import { type AnyDataset, dataset, decimal, graphOf, integer, type Model, model, modelSpec, pipeline, sql, text } from '@sluice/author'
import { testReading } from '@sluice/author/testing'
import { cron } from '@sluice/core'
import { openDuckDB } from '@sluice/duckdb'
import { columnsOfGraph, type DeclaredProject, graphOfProject, type NodeColumns, selectedNodes } from '@sluice/transform'
import { renderSql } from '@sluice/warehouse'
import { atMost, type Measure, measure, median, timed } from '../measure.ts'
import { increments } from '../models/increments.ts'
import { partitions } from '../models/partitions.ts'
import { rounds, scaled } from '../settings.ts'

/**
 * How long it takes from the definitions of many models to their graph, the lineage of their columns, a selection and its SQL; and
 * what a run costs that makes partitions anew.
 */
export async function run(progress: (line: string) => void): Promise<readonly Measure[]> {
  const count = scaled(200)
  const declared = projectOf(count)
  const [cold, warm]: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds(5); round++) {
    progress(`${count} models, round ${round + 1}`)
    const cache = new Map<string, NodeColumns>()
    cold.push(await timed(() => plan(declared, cache)))
    warm.push(await timed(() => plan(declared, cache)))
  }
  return [
    measure(`${count} models planned and compiled`, median(cold), 'ms', atMost(1_000, 'ms')),
    measure('the same again, nothing changed', median(warm), 'ms', atMost(250, 'ms')),
    ...(await partitions(progress)),
    ...(await increments(progress)),
  ]
}

async function plan(declared: DeclaredProject, cache: Map<string, NodeColumns>): Promise<void> {
  const graph = graphOfProject(declared)
  let duckdb: Awaited<ReturnType<typeof openDuckDB>> | undefined
  try {
    const parser = async () => {
      duckdb ??= await openDuckDB({ threads: 1 })
      return await duckdb.connect()
    }
    const columns = await columnsOfGraph(graph, declared, { parser, cache })
    const followed = [...columns.values()].filter((each) => each.followed && each.columns.length > 0)
    const chosen = selectedNodes(graph, { select: ['+kind:model+'], exclude: ['source:*'] })
    const reading = testReading(declared.datasets as readonly AnyDataset[], { interval: { start: 0, end: 1 } })
    const texts = declared.models.map((each) => renderSql(each.sql, reading))
    if (followed.length !== declared.models.length || chosen.length !== texts.length) throw new Error('A model was not compiled.')
  } finally {
    duckdb?.close()
  }
}

/** Each model reads the two before it, through a common table expression, a join and a window. */
function projectOf(count: number): DeclaredProject {
  const columns = { id: integer(), name: text(), amount: decimal(18, 2) }
  // To the types all sources are one table, and all targets another.
  const named = <const Name extends `public.${string}`>(at: number) => dataset(`public.t${at}` as Name, { on: 'warehouse', columns })
  const models = Array.from({ length: count }, (_, at) => {
    const [one, other, into] = [named<'public.source'>(at), named<'public.source'>(at + 1), named<'public.target'>(at + 2)]
    return model({
      into,
      from: { one, other },
      refresh: 'full',
      query: ({ one, other }) => sql`
        with paid as (select id, upper(name) as name, sum(amount) over (partition by name order by id) as running from ${one} where amount > 0)
        select p.id, coalesce(p.name, o.name) as name, cast(p.running + o.amount as decimal(18, 2)) as amount
        from paid p join ${other} o on o.id = p.id
        where exists (select 1 from ${one} f where f.id = p.id)`,
    })
  })
  const { spec } = graphOf(pipeline({ name: 'many', schedule: cron('@daily'), steps: models }))
  return {
    project: 'bench',
    version: 'v',
    pipelines: [spec],
    models: models.map((each) => ({ ...modelSpec(each as unknown as Model), file: 'models/m.ts' })),
    loads: [],
    checks: [],
    datasets: Array.from({ length: count + 2 }, (_, at) => named<'public.any'>(at)) as unknown as readonly AnyDataset[],
  }
}
