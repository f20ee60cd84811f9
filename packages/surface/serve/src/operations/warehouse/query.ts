import { given } from '@sluice/core'
import type { NamedQuery } from '@sluice/warehouse'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { inTurn } from '../../endpoint/in-turn.ts'
import { JsonText } from '../../endpoint/json-text.ts'
import { textParams } from '../../endpoint/params.ts'
import { UsageError } from '../../endpoint/usage.ts'
import { cutNote } from '../../format/cut-note.ts'
import { objectsOf, rowsTable } from '../../format/sql-rows.ts'
import { type ColumnOf, table } from '../../format/table.ts'
import { sqlResult } from '../../schemas/sql-result.ts'
import { ofProject } from '../../schemas/values.ts'
import { onlyProject } from '../config/project-of.ts'
import { typedQuery } from '../config/typed-query.ts'
import { formats } from '../lake/formats.ts'
import { fileOption, formatAsked, toFile } from '../lake/to-file.ts'
import { namedProject } from '../scope.ts'
import { exportWarehouseQuery } from './export-query.ts'
import { listQueries } from './queries.ts'
import { runQuery } from './run-query.ts'
import { sqlOptions } from './sql-options.ts'

export const queryWarehouse = endpoint({
  name: 'warehouse.query',
  method: 'post',
  path: '/warehouse/{project}/query',
  // It only reads, but what its text costs nobody can say.
  right: 'editor',
  scope: namedProject,
  audit: 'query',
  summary: 'Rows of a query in the warehouse of a project; the query can only read',
  params: ofProject,
  body: z.object({ sql: z.string().min(1), ...sqlOptions }),
  answer: sqlResult,
  handle: async ({ warehouses, turns }, { params, body: { sql, ...rest }, caller, signal }) => {
    const warehouse = await warehouses.of(params.project)
    return new JsonText(await inTurn(turns, { caller, signal }, () => warehouse.sqlJson(sql, { ...given(rest), signal })))
  },
  terminal: {
    path: 'warehouse sql',
    args: [
      { field: 'project', description: 'the project; may be left out when there is one', optional: true },
      { name: 'sql', description: 'one query, or @name for one that the project keeps in queries/', optional: true },
    ],
    fields: ['limit'],
    change: { limit: { description: 'how many rows at most: 1000 as a table, else all' } },
    options: [
      { flags: '-p, --param <name=value...>', description: 'a value for :name in the query; bound, never spliced' },
      { flags: '--format <format>', description: 'all rows as a file', choices: formats },
      fileOption,
      { flags: '--list', description: 'only list the queries of the project' },
    ],
    examples: [
      'sluice warehouse sql crypto-coincap --list',
      'sluice warehouse sql crypto-coincap @historique --param symbole=BTC',
      'sluice warehouse sql crypto-coincap "select count(*) as n from crypto_temps_reel"',
      'sluice warehouse sql crypto-coincap "select * from crypto_horaire" --limit 10 --json',
      'sluice warehouse sql crypto-coincap "select * from crypto_horaire" --format parquet -o hours.parquet',
    ],
    run: async (terminal, line, send) => {
      const { output, call, stream, signal } = terminal
      const typed = typedQuery(line)
      const params = { project: typed.project ?? (await onlyProject(terminal)) }
      if (line.flag('list')) {
        const { items } = await call(listQueries, { params })
        output.result(items, () => table(items, listed, 'no queries: write them to queries/<name>.sql in the folder of the project'))
        return 0
      }
      const { sql } = typed
      if (sql === undefined) throw new UsageError('missing argument <sql>')
      const values = textParams(line.list('param'))
      const options = given({ limit: line.number('limit'), params: Object.keys(values).length === 0 ? undefined : values })
      const format = formatAsked(line)
      if (format !== undefined) {
        if (output.json) throw new UsageError('--json gives JSON: leave out --format')
        return await toFile(output, line, format, () => stream(exportWarehouseQuery, { params, body: { sql, format, ...options }, signal }))
      }
      const answer = await (sql.startsWith('@')
        ? call(runQuery, { params: { ...params, query: sql.slice(1) }, body: options })
        : send({ params, body: { sql, ...options } }))
      output.result(objectsOf(answer), () => rowsTable(answer))
      if (answer.truncated) output.note(cutNote(answer, 'ask for a part of them, or write all with --format csv -o FILE'))
      return 0
    },
  },
})

const listed: readonly ColumnOf<NamedQuery>[] = [
  { title: 'query', of: ({ name }) => `@${name}` },
  { title: 'parameters', of: ({ params }) => params.map((name) => `:${name}`).join(' ') },
  { title: 'description', of: ({ description }) => description ?? '' },
]
