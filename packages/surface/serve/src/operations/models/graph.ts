import { given } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import type { Line } from '../../endpoint/line.ts'
import type { Output } from '../../endpoint/terminal.ts'
import { fields, table } from '../../format/table.ts'
import { modelsGraph, selecting } from '../../schemas/models.ts'
import { ofProject } from '../../schemas/values.ts'
import type { ModelsGraph, ModelsNode } from '../../services.ts'
import { namedProject } from '../scope.ts'
import { writeNamed } from '../write-named.ts'
import { askedBy, selectOptions } from './selecting.ts'

const pageOption = { flags: '-o, --output <file>', description: 'write it as a page: one file of HTML that works without a network' }

export const graphOfModels = endpoint({
  name: 'models.graph',
  method: 'post',
  path: '/models/{project}/graph',
  right: 'viewer',
  scope: namedProject,
  // It only reads.
  audit: 'query',
  summary: 'Models, loads, checks and sources of a project, or a selection of them, with the columns that each is made of',
  params: ofProject,
  body: z.object(selecting),
  answer: modelsGraph,
  handle: async ({ models }, { params: { project }, body: { select, exclude, before } }) =>
    await models.graph({ project, select, exclude, ...given({ before }) }),
  terminal: [
    {
      path: 'models list',
      summary: 'Models, loads, checks and sources of a project, in the order in which they are filled',
      fields: [],
      options: selectOptions,
      examples: [
        'sluice models list',
        'sluice models list --select +silver.assets',
        'sluice models list -s "tag:finance,state:changed+" --json',
      ],
      run: async (terminal, line, send) => {
        const graph = await send(await askedBy(terminal, line))
        terminal.output.result(graph.nodes, () => listText(graph))
        return 0
      },
    },
    {
      path: 'models show',
      summary: 'One model: its SQL, its columns and what they are made of, what is above and below it',
      args: [{ name: 'model', description: 'the model, load, check or source, such as silver.assets' }],
      fields: [],
      examples: ['sluice models show silver.assets', 'sluice models show silver.assets --json'],
      run: async (terminal, line, send) => {
        const name = line.arg('model')
        const { params } = await askedBy(terminal, line)
        const meant = await send({ params, body: { select: [name], exclude: [] } })
        const around = await send({ params, body: { select: [`1+${name}+1`], exclude: [] } })
        terminal.output.result(meant.nodes, () => meant.nodes.map((node) => nodeText(node, around)).join('\n\n'))
        return 0
      },
    },
    {
      path: 'models lineage',
      summary: 'Of which columns those of models are made: as text, as JSON, or as a page that works without a network',
      fields: [],
      options: [...selectOptions, pageOption],
      examples: [
        'sluice models lineage --select +silver.assets',
        'sluice models lineage --json > graph.json',
        'sluice models lineage -o lineage.html',
      ],
      run: async (terminal, line, send) =>
        await pageOr(terminal.output, line, await send(await askedBy(terminal, line)), 'lineage', lineageText),
    },
    {
      path: 'models docs',
      summary: 'What is declared of models: descriptions, columns, SQL, checks and lineage, as a page that works without a network',
      fields: [],
      options: [...selectOptions, pageOption],
      examples: ['sluice models docs -o models.html', 'sluice models docs --select silver --json'],
      run: async (terminal, line, send) => await pageOr(terminal.output, line, await send(await askedBy(terminal, line)), 'docs', docsText),
    },
  ],
})

async function pageOr(
  output: Output,
  line: Line,
  graph: ModelsGraph,
  begins: 'lineage' | 'docs',
  text: (graph: ModelsGraph) => string,
): Promise<number> {
  const file = line.text('output')
  if (file === undefined) {
    output.result(graph, () => text(graph))
    return 0
  }
  const { modelsPage } = await import('./page.ts')
  await writeNamed(file, modelsPage(graph, begins))
  output.result({ file, nodes: graph.nodes.length }, () => `${graph.nodes.length} nodes are written to ${file}`)
  return 0
}

const listText = ({ nodes }: ModelsGraph): string =>
  table(
    nodes,
    [
      { title: 'NAME', of: ({ name }) => name },
      { title: 'KIND', of: ({ kind }) => kind },
      { title: 'STORE', of: ({ store }) => store },
      { title: 'REFRESH', of: ({ refresh }) => refresh ?? '-' },
      { title: 'STATE', of: ({ state }) => state ?? '-' },
      { title: 'TAGS', of: ({ tags }) => (tags.length === 0 ? '-' : tags.join(', ')) },
      { title: 'FILE', of: ({ file }) => file ?? '-' },
    ],
    'nothing is selected',
  )

function nodeText(node: ModelsNode, { nodes }: ModelsGraph): string {
  const names = (ids: readonly string[]): string => ids.join(', ')
  const below = nodes.filter(({ above }) => above.includes(node.id)).map(({ id }) => id)
  return [
    fields([
      ['name', node.name],
      ['kind', node.kind],
      ['description', node.description ?? undefined],
      ['owner', node.owner ?? undefined],
      ['tags', node.tags.join(', ')],
      ['file', node.file ?? undefined],
      ['refresh', node.refresh ?? undefined],
      ['state', node.state ?? undefined],
      ['reads', node.reads.join(', ')],
      ['fills', node.fills.join(', ')],
      ['above', names(node.above)],
      ['below', names(below)],
      ['steps', node.steps.map(({ pipeline, step }) => `${pipeline} / ${step}`).join(', ')],
    ]),
    ...(node.columns.length === 0 ? [] : ['', columnsText(node)]),
    ...(node.sql === null ? [] : ['', node.sql.trim()]),
  ].join('\n')
}

const columnsText = ({ columns, followed, kind }: ModelsNode): string =>
  table(
    columns,
    [
      { title: 'COLUMN', of: ({ name }) => name },
      { title: 'TYPE', of: ({ type }) => type },
      { title: 'MADE OF', of: ({ from }) => (from.length > 0 ? from.join(', ') : !followed && kind === 'model' ? 'not followed' : '-') },
      { title: 'COMMENT', of: ({ comment }) => comment ?? '' },
    ],
    '',
  )

const lineageText = ({ nodes }: ModelsGraph): string =>
  nodes.length === 0
    ? 'nothing is selected'
    : nodes
        .map((node) =>
          [`${node.name}  ${node.kind}`, ...(node.above.length === 0 ? [] : [`  from ${node.above.join(', ')}`]), ...madeText(node)].join(
            '\n',
          ),
        )
        .join('\n')

const madeText = ({ columns }: ModelsNode): readonly string[] =>
  columns.flatMap(({ name, from }) => (from.length === 0 ? [] : [`    ${name} <- ${from.join(', ')}`]))

const docsText = (graph: ModelsGraph): string =>
  graph.nodes.length === 0 ? 'nothing is selected' : graph.nodes.map((node) => nodeText(node, graph)).join('\n\n')
