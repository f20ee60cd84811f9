import { given } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { askedBy, streamInTurn } from '../../endpoint/in-turn.ts'
import { JsonText } from '../../endpoint/json-text.ts'
import { UsageError } from '../../endpoint/usage.ts'
import { cutNote } from '../../format/cut-note.ts'
import { objectsOf, rowsTable } from '../../format/sql-rows.ts'
import { sqlResult } from '../../schemas/sql-result.ts'
import { ofProject } from '../../schemas/values.ts'
import { onlyProject } from '../config/project-of.ts'
import { typedQuery } from '../config/typed-query.ts'
import { namedProject } from '../scope.ts'
import { exportQuery } from './export-query.ts'
import { formats } from './formats.ts'
import { question } from './target.ts'
import { fileOption, formatAsked, toFile } from './to-file.ts'

export const queryLake = endpoint({
  name: 'lake.query',
  method: 'post',
  path: '/lake/{project}/query',
  // It only reads, but what its text costs nobody can say.
  right: 'editor',
  scope: namedProject,
  audit: 'query',
  summary: 'Rows of a query over the tables and files of a lake; the query can only read',
  params: ofProject,
  body: z.object({ sql: question, limit: z.number().int().min(1).max(100_000).optional() }),
  answer: sqlResult,
  handle: async ({ lakes, turns }, { params: { project }, body: { sql, ...rest }, caller, signal }) => {
    const lake = await lakes.named(project)
    const ask = () => lake.answerText(sql, { ...given(rest), ...askedBy(caller) }, signal)
    return new JsonText(await streamInTurn(turns, { caller, signal }, ask))
  },
  terminal: {
    path: 'lake sql',
    args: [
      { field: 'project', description: 'the project; may be left out when there is one', optional: true },
      { name: 'sql', description: 'one query, in the SQL of DuckDB', optional: true },
    ],
    fields: ['limit'],
    change: { limit: { description: 'how many rows at most: 1000 as a table, else all' } },
    options: [{ flags: '--format <format>', description: 'all rows as a file', choices: formats }, fileOption],
    examples: [
      'sluice lake sql crypto-coincap "select * from silver.assets limit 10"',
      'sluice lake sql crypto-coincap "from silver.assets at (version => 3) select count(*)"',
      `sluice lake sql crypto-coincap "select source, request from 'bronze/coincap_assets/*/*.parquet'" --format csv -o requests.csv`,
      'sluice lake sql crypto-coincap "describe silver.assets" --json',
    ],
    run: async (terminal, line, send) => {
      const { output, signal, stream } = terminal
      const { project, sql } = typedQuery(line)
      if (sql === undefined) throw new UsageError('missing argument <sql>')
      const params = { project: project ?? (await onlyProject(terminal)) }
      const asked = given({ sql, limit: line.number('limit') })
      const format = formatAsked(line)
      if (format !== undefined) {
        if (output.json) throw new UsageError('--json gives JSON: leave out --format')
        return await toFile(output, line, format, () => stream(exportQuery, { params, body: { ...asked, format }, signal }))
      }
      const answer = await send({ params, body: asked, signal })
      output.result(objectsOf(answer), () => rowsTable(answer))
      if (answer.truncated) output.note(cutNote(answer, 'write all of them with --format csv -o FILE'))
      return 0
    },
  },
})
