import { endpoint } from '../../endpoint/endpoint.ts'
import { ofProject } from '../../schemas/values.ts'
import { warehouseDictionary } from '../../schemas/warehouse-dictionary.ts'
import { projectOf } from '../config/project-of.ts'
import { namedProject } from '../scope.ts'
import { writeNamed } from '../write-named.ts'
import { dictionaryMarkdown, dictionaryText } from './dictionary-text.ts'

export const dictionaryOfWarehouse = endpoint({
  name: 'warehouse.dictionary',
  method: 'get',
  path: '/warehouse/{project}/dictionary',
  right: 'viewer',
  scope: namedProject,
  summary: 'The data dictionary of a warehouse: tables, columns, keys, references, rules, and what fills them',
  params: ofProject,
  answer: warehouseDictionary,
  handle: async ({ warehouses, models }, { params: { project } }) => {
    const { tables, objects } = await (await warehouses.of(project)).dictionary()
    const { nodes } = await models.graph({ project, select: [], exclude: [] })
    return {
      project,
      objects,
      tables: tables.map((table) => ({
        ...table,
        filledBy: nodes
          .filter(({ fills }) => fills.includes(`warehouse.${table.name}`))
          .map(({ kind, name, file, steps }) => ({ kind, name, file, steps })),
      })),
    }
  },
  terminal: {
    args: [{ field: 'project', description: 'the project; may be left out when there is one', optional: true }],
    fields: [],
    options: [
      { flags: '--markdown', description: 'as Markdown' },
      { flags: '-o, --output <file>', description: 'write it as a file of Markdown' },
    ],
    examples: [
      'sluice warehouse dictionary',
      'sluice warehouse dictionary crypto-coincap --markdown -o dictionary.md',
      'sluice warehouse dictionary crypto-coincap --json',
    ],
    run: async (terminal, line, send) => {
      const { output } = terminal
      const answer = await send({ params: { project: await projectOf(terminal, line) } })
      const file = line.text('output')
      if (file === undefined) {
        output.result(answer, () => (line.flag('markdown') ? dictionaryMarkdown(answer) : dictionaryText(answer)))
        return 0
      }
      await writeNamed(file, dictionaryMarkdown(answer))
      output.result({ file, tables: answer.tables.length }, () => `${answer.tables.length} tables are written to ${file}`)
      return 0
    },
  },
})
