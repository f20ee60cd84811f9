/** Files of a made-up project by their names, sized by a number of datasets: for what its types cost. */

export interface Modules {
  /** Where the noun comes from: a specifier, or an absolute path. */
  readonly author: string
  /** Where `task` comes from. */
  readonly context: string
}

/**
 * Of 500 datasets: 300 in the lake and 200 in the warehouse, of 12 columns each, with a model for each that no load fills and a second one
 * for 100 of them; 100 loads, tasks and checks in 100 pipelines.
 */
export function generatedProject(datasets: number, modules: Modules): Readonly<Record<string, string>> {
  const pipelines = Math.max(1, Math.round(datasets / 5))
  const files: Record<string, string> = {
    'bronze.ts': `import { dataset, json, text } from '${modules.author}'
export const bodies = dataset('bronze.bodies', { on: 'lake', bodies: json('$.data[*]', { ${columns(12, () => 'text()')} }) })
`,
  }
  for (let n = 0; n < pipelines; n++) files[`p${n}.ts`] = pipelineFile(n, modules)
  return files
}

function pipelineFile(n: number, { author, context }: Modules): string {
  const lake = [0, 1, 2].map((at) => n * 3 + at)
  return `import { check, dataset, date, decimal, integer, load, model, pick, pipeline, sql, text, timestamp, within } from '${author}'
import { task } from '${context}'
import { bodies } from './bronze.ts'

${lake
  .map(
    (id) => `export const lake${id} = dataset('silver.lake${id}', {
  on: 'lake', owner: 'team', columns: { id: text({ notNull: true }), at: timestamp({ notNull: true }), ${columns(10, typeOf)} },
  key: ['id', 'at'], order: 'at', checks: [within('c0', { min: 0 })],
})`,
  )
  .join('\n')}
export const table${n} = dataset('public.table${n}', {
  on: 'warehouse', columns: { id: text({ notNull: true }), at: timestamp({ notNull: true }), ${columns(10, typeOf)} }, key: ['id', 'at'], order: 'at', indexes: ['at'],
})
export const rollup${n} = dataset('public.rollup${n}', {
  on: 'warehouse', columns: { id: text({ notNull: true }), day: date({ notNull: true }), ${columns(10, typeOf)} }, key: ['id', 'day'], order: 'day', references: { c1: [table${n}, 'c1'] },
})

export const first = model({ into: lake${lake[0]}, from: { bodies }, refresh: 'batch', query: ({ bodies }, { interval }) => sql\`select c0 as id, \${interval.end} as at from \${bodies.batch}\` })
export const history = model({ name: 'history', into: lake${lake[0]}, from: { bodies }, refresh: 'batch', query: ({ bodies }) => sql\`select c0 as id, ingested_at as at from \${bodies.batch}\` })
export const second = model({ into: lake${lake[1]}, from: { source: lake${lake[0]} }, refresh: 'batch', query: ({ source }) => sql\`select * from \${source.batch}\` })
export const third = model({ into: lake${lake[2]}, from: { source: lake${lake[1]}, other: lake${lake[0]} }, refresh: 'full', query: ({ source, other }) => sql\`select * from \${source} join \${other.latest} using (id)\` })
export const loaded = load({ from: lake${lake[2]}, into: table${n}, mode: 'upsert', columns: { c0: 'c0' } })
export const rolled = model({ into: rollup${n}, from: { source: table${n} }, refresh: 'key', query: ({ source }) => sql\`select id, at::date as day from \${source.since('3d')}\` })
export const enough = check({ name: 'enough', on: table${n}, rule: sql\`select count(*) > 0 as ok from \${table${n}.latest}\`, message: 'none' })
export const report = task({ name: 'report', needs: { loaded }, reads: [rollup${n}], run: async ({ loaded }, { warehouse }) => {
  const [row] = await warehouse.rows(pick(rollup${n}, 'id', 'c1'), sql\`select id, c1 from \${rollup${n}.latest}\`)
  return { id: row?.id ?? '', rows: loaded.rows }
} })

export default pipeline({ name: 'p${n}', steps: [first, second, third, loaded, rolled, enough, report], order: [loaded, report] })
`
}

const columns = (count: number, type: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => `c${at}: ${type(at)}`).join(', ')

const typeOf = (at: number): string =>
  ['decimal(38, 18)', 'text({ max: 100 })', 'integer()', "text({ comment: 'what it is' })", 'timestamp()'][at % 5] ?? 'text()'
