import type { ModelsGraph, ModelsNode } from '../../services.ts'
import { box, layoutOf } from './page-layout.ts'
import { modelsPageScript } from './page-script.ts'
import { modelsPageStyle } from './page-style.ts'

/**
 * The graph as one file of HTML that asks no network for anything. It reads without scripts: each node has its place, and columns lead to
 * those that they are made of. `docs` begins with the list, `lineage` with the drawing.
 */
export function modelsPage({ project, version, nodes }: ModelsGraph, begins: 'docs' | 'lineage'): string {
  const what = begins === 'docs' ? 'Models' : 'Lineage'
  const drawing = section(
    'The graph',
    nodes.length === 0 ? '<p class="pad q">Nothing is selected.</p>' : `<div class="scroll">${drawn(nodes)}</div>`,
  )
  const list = section('All of them', `<ul class="list">${nodes.map(entry).join('')}</ul>`)
  const fillers = new Map(nodes.flatMap(({ id, fills }) => fills.map((dataset) => [dataset, id] as const)))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${text(what)} of ${text(project)}</title>
<style>${modelsPageStyle}</style>
</head>
<body>
<header class="top">
<h1>${text(what)} of ${text(project)}</h1>
<span class="q">${text(counted(nodes))}, version <span class="mono">${text(version.slice(0, 12))}</span></span>
<label class="hidden"><span class="q">Find </span><input id="find" type="search" placeholder="name, column, tag"></label>
</header>
<main>
${begins === 'docs' ? list + drawing : drawing + list}
${nodes.map((node) => nodeSection(node, nodes, fillers)).join('\n')}
</main>
<script type="application/json" id="above">${inScript(Object.fromEntries(nodes.map(({ id, above }) => [id, above])))}</script>
<script>${modelsPageScript}</script>
</body>
</html>
`
}

const section = (title: string, body: string): string => `<section class="card"><h2>${text(title)}</h2>${body}</section>`

const counted = (nodes: readonly ModelsNode[]): string =>
  (['model', 'load', 'check', 'task', 'source'] as const)
    .map((kind) => [kind, nodes.filter((node) => node.kind === kind).length] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind}${count === 1 ? '' : 's'}`)
    .join(', ')

const kindOf = ({ kind }: ModelsNode): string => `<span class="kind ${kind}">${kind}</span>`
const entry = (node: ModelsNode): string =>
  `<li data-find="${text(wordsOf(node))}"><a href="#${anchor(node.id)}">${text(node.name)}</a> ${kindOf(node)}</li>`

/** What finding looks at. */
const wordsOf = ({ name, kind, tags, columns, owner }: ModelsNode): string =>
  [name, kind, owner ?? '', ...tags, ...columns.map((column) => column.name)].join(' ').toLowerCase()

function drawn(nodes: readonly ModelsNode[]): string {
  const { width, height, nodes: placed, edges } = layoutOf(nodes)
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const paths = edges.map(({ from, to, path }) => `<path class="edge" data-from="${text(from)}" data-to="${text(to)}" d="${path}"/>`)
  const boxes = placed.map(({ id, x, y }) => {
    const { name = id, kind = 'source', store = '' } = byId.get(id) ?? {}
    return `<a href="#${anchor(id)}" data-id="${text(id)}" transform="translate(${x} ${y})"><title>${text(id)}</title>
<rect class="box" width="${box.width}" height="${box.height}" rx="6"/><rect class="bar ${kind}" width="4" height="${box.height}" rx="2"/>
<text x="14" y="17">${text(shortened(name))}</text><text class="q" x="14" y="32">${kind}, ${store}</text></a>`
  })
  return `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="Which node reads which">
${paths.join('\n')}
${boxes.join('\n')}
</svg>`
}

const most = 27
const shortened = (name: string): string => (name.length > most ? `${name.slice(0, most - 1)}…` : name)

function nodeSection(node: ModelsNode, nodes: readonly ModelsNode[], fillers: ReadonlyMap<string, string>): string {
  const below = nodes.filter(({ above }) => above.includes(node.id)).map(({ id }) => id)
  const there = new Set(nodes.map(({ id }) => id))
  const linked = (ids: readonly string[]): string =>
    ids.map((id) => (there.has(id) ? `<a href="#${anchor(id)}">${text(id)}</a>` : text(id))).join(', ')
  const facts = [
    ['Owner', text(node.owner ?? '')],
    ['File', node.file === null ? '' : `<code>${text(node.file)}</code>`],
    ['Refresh', text(node.refresh ?? '')],
    ['Above', linked(node.above)],
    ['Below', linked(below)],
    ['Runs in', text(node.steps.map(({ pipeline, step }) => `${pipeline} / ${step}`).join(', '))],
  ].filter(([, value]) => value !== '')
  const tags = [
    ...(node.state === 'new' || node.state === 'changed' ? [`<span class="tag changed">${node.state}</span>`] : []),
    ...node.tags.map((tag) => `<span class="tag">${text(tag)}</span>`),
  ]
  return `<section class="card" id="${anchor(node.id)}" data-find="${text(wordsOf(node))}">
<header><h2>${text(node.name)}</h2>${kindOf(node)}<span class="q">${node.store}</span>${tags.join('')}</header>
<div class="pad">
${node.description === null ? '' : `<p>${text(node.description)}</p>`}
<table><tbody>${facts.map(([name, value]) => `<tr><td class="q">${name}</td><td>${value}</td></tr>`).join('')}</tbody></table>
${columnsTable(node, fillers)}
${node.sql === null ? '' : `<pre>${text(node.sql.trim())}</pre>`}
</div>
</section>`
}

function columnsTable({ id, columns, followed, kind }: ModelsNode, fillers: ReadonlyMap<string, string>): string {
  if (columns.length === 0) return ''
  const unsaid = kind === 'model' && !followed ? '<span class="q">not followed</span>' : ''
  const rows = columns.map(({ name, type, notNull, personal, comment, from }) => {
    const about = [notNull ? 'not null' : '', personal ? 'personal' : '', comment ?? ''].filter((each) => each !== '').join('; ')
    const made = from.length === 0 ? unsaid : from.map((column) => columnLink(column, fillers)).join(', ')
    return `<tr id="${anchor(`${id}/${name}`)}"><td>${text(name)}</td><td class="q">${text(type)}</td><td>${made}</td><td>${text(about)}</td></tr>`
  })
  return `<div class="scroll"><table class="columns"><thead><tr><th>Column</th><th>Type</th><th>Made of</th><th>About</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`
}

/** `lake.silver.sales.usd` leads to the column of the node that fills it. */
function columnLink(column: string, fillers: ReadonlyMap<string, string>): string {
  const at = column.lastIndexOf('.')
  const filler = fillers.get(column.slice(0, at))
  return filler === undefined ? text(column) : `<a href="#${anchor(`${filler}/${column.slice(at + 1)}`)}">${text(column)}</a>`
}

/** An id without a space: the first one of `model silver.sales` becomes a line. */
const anchor = (id: string): string => text(id.replace(' ', '_'))

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const text = (value: string): string => value.replaceAll(/[&<>"']/g, (found) => entities[found] ?? found)

/** JSON that no text in it can end. */
const inScript = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c')
