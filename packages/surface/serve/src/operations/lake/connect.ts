import type { LakeConnection, LakeTool } from '@sluice/lake'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { fields } from '../../format/table.ts'
import { ofProject, oneOf } from '../../schemas/values.ts'
import { projectOf } from '../config/project-of.ts'
import { namedProject } from '../scope.ts'

const tools = { duckdb: 'duckdb', deltalake: 'deltalake', pandas: 'pandas', polars: 'polars', spark: 'spark' } as const

const lakeConnection: z.ZodType<LakeConnection> = z
  .object({
    project: z.string(),
    place: oneOf<LakeConnection['place']>({ folder: 'folder', s3: 's3', gs: 'gs' }),
    root: z.string().meta({ description: 'A folder of the machine of the platform, or a URL.' }),
    variables: z.array(z.string()).meta({ description: 'Environment variables from which programs take their credentials.' }),
    tables: z.array(
      z.object({
        dataset: z.string().meta({ example: 'silver.assets' }),
        format: oneOf<LakeConnection['tables'][number]['format']>({ delta: 'delta', parquet: 'parquet' }),
        location: z.string(),
      }),
    ),
    snippets: z.array(
      z.object({
        tool: oneOf<LakeTool>(tools),
        language: oneOf<LakeConnection['snippets'][number]['language']>({ sql: 'sql', python: 'python' }),
        text: z.string(),
      }),
    ),
  })
  .meta({ id: 'LakeConnection' })

export const connectLake = endpoint({
  name: 'lake.connect',
  method: 'get',
  path: '/lake/{project}/connection',
  // It tells folders of the machine, and no secret.
  right: 'editor',
  scope: namedProject,
  audit: 'query',
  summary: 'How DuckDB, Python and Spark read a lake by themselves: where it lies, and what to write there; no secret',
  params: ofProject,
  answer: lakeConnection,
  handle: async ({ lakes }, { params }) => await (await lakes.named(params.project)).connection(),
  terminal: {
    args: [{ field: 'project', description: 'the project; may be left out when there is one', optional: true }],
    fields: [],
    options: [{ flags: '--tool <tool>', description: 'only what that one needs, to be written to a file', choices: Object.keys(tools) }],
    examples: [
      'sluice lake connect',
      'sluice lake connect crypto-coincap --tool duckdb > lake.sql',
      'sluice lake connect crypto-coincap --json',
    ],
    run: async (terminal, line, send) => {
      const connection = await send({ params: { project: await projectOf(terminal, line) } })
      const tool = line.text('tool')
      const meant = connection.snippets.filter((each) => tool === undefined || each.tool === tool)
      terminal.output.result(tool === undefined ? connection : { ...connection, snippets: meant }, () =>
        tool === undefined ? connectionText(connection) : meant.map(({ text }) => text).join('\n'),
      )
      if (connection.tables.length === 0) terminal.output.note('The lake is empty: a table appears with its first batch.')
      return 0
    },
  },
})

const connectionText = ({ root, variables, tables, snippets }: LakeConnection): string =>
  [
    fields([
      ['lake', root],
      ['tables', tables.map(({ dataset }) => dataset).join(', ')],
      ['credentials', variables.join(', ')],
    ]),
    ...snippets.map(({ tool, text }) => `${tool}\n${text.replaceAll(/^/gm, '  ')}`),
  ].join('\n\n')
