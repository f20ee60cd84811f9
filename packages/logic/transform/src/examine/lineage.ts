import { given } from '@sluice/core'

/**
 * Of which source columns the columns of a query are made, from DuckDB's tree of it (`json_serialize_sql`). A value that is chosen,
 * computed or decided by a column is made of it; rows that a column only selects, orders, groups or counts are not. Where the tree leaves
 * open which column is meant, all that may be are taken.
 */

/** Ids of source columns. */
export type Made = ReadonlySet<string>

export interface LineageColumn {
  readonly name: string
  readonly of: Made
}

/** The columns of a table by `schema.name`; `undefined` for one of which nothing is known. */
export type Tables = (name: string) => readonly LineageColumn[] | undefined

/** A part of the tree that has no meaning here: nothing is claimed of such a query. */
export class Unread extends Error {}

interface Node {
  readonly [key: string]: unknown
}

interface Relation {
  readonly alias: string
  readonly columns: readonly LineageColumn[]
  /** It may have other columns, each made of these. */
  readonly others?: Made
}

interface Scope {
  readonly tables: Tables
  /** Common table expressions in force, by name. */
  readonly named: ReadonlyMap<string, readonly LineageColumn[]>
  readonly relations: readonly Relation[]
  /** Names that stand for a value of something else: parameters of a lambda, columns of the same SELECT. */
  readonly local: ReadonlyMap<string, Made>
  /** Of an expression that is repeated for each column of a star: the star is made of the column at hand alone. */
  readonly star?: Made
  readonly outer?: Scope
  /** Told of every column that the query names, also of those that only select, order, group or count rows. */
  readonly used?: (columns: Made) => void
}

/** @throws Unread */
export function lineageOf(tree: unknown, tables: Tables, used?: (columns: Made) => void): readonly LineageColumn[] {
  const [statement] = listOf(nodeOf(tree).statements)
  if (statement === undefined) throw new Unread('no statement')
  return queryColumns(nodeOf(statement.node), { tables, named: new Map(), relations: [], local: new Map(), ...given({ used }) })
}

function queryColumns(query: Node, outside: Scope): readonly LineageColumn[] {
  const scope = withNamed(query, outside)
  switch (query.type) {
    case 'SELECT_NODE':
      return selectColumns(query, scope)
    case 'SET_OPERATION_NODE':
      return merged(
        partsOf(query).map((part) => queryColumns(part, scope)),
        /BY_NAME/.test(String(query.setop_type)),
      )
    case 'RECURSIVE_CTE_NODE':
      return recursive(query, scope)
    default:
      throw new Unread(`a query of the kind ${String(query.type)}`)
  }
}

const partsOf = (query: Node): readonly Node[] =>
  query.left === undefined ? listOf(query.children) : [nodeOf(query.left), nodeOf(query.right)]

function withNamed(query: Node, outside: Scope): Scope {
  const named = new Map(outside.named)
  for (const { key, value } of listOf(nodeOf(query.cte_map ?? {}).map)) {
    const cte = nodeOf(value)
    const columns = queryColumns(nodeOf(nodeOf(cte.query).node), { ...outside, named })
    named.set(lower(key), renamed(columns, cte.aliases))
  }
  return { ...outside, named }
}

/** What the second part adds it may add again: twice is enough for as many columns as feed each other in turn, and each turn only adds. */
function recursive(query: Node, scope: Scope): readonly LineageColumn[] {
  let columns = renamed(queryColumns(nodeOf(query.left), scope), query.aliases)
  for (let turn = 0; turn <= columns.length; turn++) {
    const named = new Map(scope.named).set(lower(query.cte_name), columns)
    columns = merged([columns, queryColumns(nodeOf(query.right), { ...scope, named })], false)
  }
  return columns
}

function merged(parts: readonly (readonly LineageColumn[])[], byName: boolean): readonly LineageColumn[] {
  const [first = [], ...others] = parts
  const same = (part: readonly LineageColumn[], { name }: LineageColumn, at: number) =>
    byName ? part.find((each) => each.name === name) : part[at]
  const joint = first.map((column, at) => ({
    ...column,
    of: union([column.of, ...others.map((part) => same(part, column, at)?.of ?? none)]),
  }))
  return byName ? [...joint, ...others.flat().filter(({ name }) => !first.some((each) => each.name === name))] : joint
}

function selectColumns(query: Node, outside: Scope): readonly LineageColumn[] {
  const relations = relationsOf(nodeOf(query.from_table ?? { type: 'EMPTY' }), outside)
  const local = new Map(outside.local)
  const scope: Scope = { ...outside, relations, local, outer: outside }
  const columns: LineageColumn[] = []
  for (const expression of listOf(query.select_list)) {
    for (const column of outputsOf(expression, scope)) {
      columns.push(column)
      if (!findsColumn(scope.relations, column.name)) local.set(column.name, column.of)
    }
  }
  const { where_clause, group_expressions, having, qualify, modifiers } = query
  look([where_clause, group_expressions, having, qualify, modifiers], scope)
  return columns
}

/** At expressions that no column is made of. */
function look(expressions: unknown, scope: Scope): void {
  if (scope.used !== undefined) for (const each of expressionsIn(expressions)) madeOf(each, scope)
}

/** The columns that one expression of a SELECT gives: several for a star. */
function outputsOf(expression: Node, scope: Scope): readonly LineageColumn[] {
  if (expression.class === 'STAR' && expression.columns !== true) return starColumns(expression, scope)
  const star = starIn(expression)
  if (star === undefined) return [{ name: nameOf(expression), of: madeOf(expression, scope) }]
  return starColumns(star, scope).map(({ name, of }) => ({ name, of: madeOf(expression, { ...scope, star: of }) }))
}

function starColumns(star: Node, scope: Scope): readonly LineageColumn[] {
  const meant = scope.relations.filter(({ alias }) => isEmpty(star.relation_name) || alias === lower(star.relation_name))
  const excluded = new Set(listOf(star.exclude_list, true).map((each) => lower(typeof each === 'string' ? each : nodeOf(each).column)))
  const replaced = new Map(listOf(star.replace_list).map(({ key, value }) => [lower(key), nodeOf(value)]))
  const open = union(meant.map(({ others }) => others ?? none))
  const known = meant.flatMap(({ columns }) => columns).filter(({ name }) => !excluded.has(name))
  scope.used?.(union([open, ...known.map(({ of }) => of)]))
  const columns = known.map((column) => {
    const instead = replaced.get(column.name)
    return instead === undefined ? column : { ...column, of: madeOf(instead, scope) }
  })
  return open.size === 0 ? columns : columns.map((column) => ({ ...column, of: union([column.of, open]) }))
}

function starIn(expression: Node): Node | undefined {
  if (expression.class === 'STAR') return expression
  // The star of count(*) has a function of its own.
  if (expression.class === 'SUBQUERY') return undefined
  for (const child of childrenOf(expression)) {
    const star = starIn(child)
    if (star !== undefined) return star
  }
  return undefined
}

function relationsOf(from: Node, scope: Scope): readonly Relation[] {
  const alias = lower(isEmpty(from.alias) ? from.table_name : from.alias)
  const named = (columns: readonly LineageColumn[]): Relation => ({ alias, columns: renamed(columns, from.column_name_alias) })
  switch (from.type) {
    case 'EMPTY':
      return []
    case 'BASE_TABLE': {
      const cte = isEmpty(from.schema_name) ? scope.named.get(lower(from.table_name)) : undefined
      return [named(cte ?? scope.tables(`${lower(from.schema_name)}.${lower(from.table_name)}`) ?? [])]
    }
    case 'SUBQUERY':
      return [named(queryColumns(nodeOf(nodeOf(from.subquery).node), { ...scope, outer: scope }))]
    case 'JOIN': {
      const left = relationsOf(nodeOf(from.left), scope)
      // A lateral join sees what stands before it.
      const right = relationsOf(nodeOf(from.right), { ...scope, relations: [...scope.relations, ...left] })
      const joined = { ...scope, relations: [...scope.relations, ...left, ...right] }
      look(from.condition, joined)
      for (const name of listOf(from.using_columns, true)) scope.used?.(resolved([lower(name)], joined))
      return [...left, ...right]
    }
    case 'TABLE_FUNCTION': {
      const others = madeOf(nodeOf(from.function), scope)
      return [{ ...named(listOf(from.column_name_alias, true).map(() => ({ name: '', of: others }))), others }]
    }
    case 'EXPRESSION_LIST': {
      const rows = listOf(from.values, true).map((row) => listOf(row).map((cell) => madeOf(cell, scope)))
      return [named((rows[0] ?? []).map((_, at) => ({ name: `col${at}`, of: union(rows.map((row) => row[at] ?? none)) })))]
    }
    case 'PIVOT': {
      const source = relationsOf(nodeOf(from.source), scope)
      return [
        { alias, columns: [], others: union(source.flatMap(({ columns, others = none }) => [...columns.map(({ of }) => of), others])) },
      ]
    }
    default:
      throw new Unread(`a source of the kind ${String(from.type)}`)
  }
}

function madeOf(expression: Node, scope: Scope): Made {
  switch (expression.class) {
    case 'COLUMN_REF': {
      const names = listOf(expression.column_names, true).map((name) => lower(name))
      const made = resolved(names, scope)
      scope.used?.(made)
      return made
    }
    case 'STAR':
      return scope.star ?? union(starColumns(expression, scope).map(({ of }) => of))
    case 'SUBQUERY':
      return subqueryMade(expression, scope)
    case 'FUNCTION':
    case 'WINDOW':
      if (!counts.has(lower(expression.function_name))) return childrenMade(expression, scope)
      look(Object.values(expression), scope)
      return none
    case 'LAMBDA': {
      // Its parameters stand for values of the list beside it. In the same form comes an arrow into JSON, whose left side is a value.
      const parameters = namesIn(nodeOf(expression.lhs))
      const local = new Map([...scope.local, ...parameters.map((name) => [name, none] as const)])
      const left = parameters.map((name) => (findsColumn(scope.relations, name) ? resolved([name], scope) : none))
      return union([madeOf(nodeOf(expression.expr), { ...scope, local }), ...left])
    }
    default:
      return childrenMade(expression, scope)
  }
}

/** How many there are says nothing of any of them. */
const counts = new Set(['count', 'count_star', 'approx_count_distinct', 'regr_count', 'row_number', 'rank', 'dense_rank', 'ntile'])

function childrenMade(expression: Node, scope: Scope): Made {
  for (const [key, value] of Object.entries(expression)) if (selects.has(key)) look(value, scope)
  return union(childrenOf(expression).map((child) => madeOf(child, scope)))
}

function subqueryMade(expression: Node, scope: Scope): Made {
  const exists = /EXISTS/.test(String(expression.subquery_type))
  if (exists && scope.used === undefined) return none
  const columns = queryColumns(nodeOf(nodeOf(expression.subquery).node), { ...scope, outer: scope })
  if (exists) return none
  const compared = isNode(expression.child) ? madeOf(expression.child, scope) : none
  return union([compared, ...columns.map(({ of }) => of)])
}

/** Expressions directly inside of one; what only selects or orders rows is none. */
function childrenOf(expression: Node): readonly Node[] {
  return Object.entries(expression).flatMap(([key, value]) => (selects.has(key) ? [] : expressionsIn(value)))
}

const selects = new Set(['filter', 'filter_expr', 'order_bys', 'orders', 'partitions', 'start_expr', 'end_expr', 'arg_orders'])

function expressionsIn(value: unknown): readonly Node[] {
  if (Array.isArray(value)) return value.flatMap(expressionsIn)
  if (!isNode(value)) return []
  return typeof value.class === 'string' ? [value] : Object.values(value).flatMap(expressionsIn)
}

/** `[column]`, `[table, column]`, `[schema, table, column]`, each with fields behind; a table alone is its row. */
function resolved(names: readonly string[], scope: Scope): Made {
  for (const [at, name] of names.entries()) {
    const table = scope.relations.find(({ alias }) => alias === name)
    if (table === undefined || at > 1) continue
    const column = names[at + 1]
    if (column === undefined) return union([...table.columns.map(({ of }) => of), table.others ?? none])
    return columnOf([table], column) ?? table.others ?? none
  }
  const [first = ''] = names
  const here = columnOf(scope.relations, first) ?? scope.local.get(first)
  if (here !== undefined) return here
  const others = union(scope.relations.map((each) => each.others ?? none))
  return scope.outer === undefined ? others : union([others, resolved(names, scope.outer)])
}

const findsColumn = (relations: readonly Relation[], name: string): boolean => columnOf(relations, name) !== undefined

/** Of all that have the name: of a column that is joined by USING both are meant. */
function columnOf(relations: readonly Relation[], name: string): Made | undefined {
  const found = relations.flatMap(({ columns }) => columns.filter((column) => column.name === name))
  return found.length === 0 ? undefined : union(found.map(({ of }) => of))
}

function nameOf(expression: Node): string {
  if (!isEmpty(expression.alias)) return lower(expression.alias)
  if (expression.class === 'COLUMN_REF') return lower(listOf(expression.column_names, true).at(-1))
  if (expression.class === 'CAST' && isNode(expression.child)) return nameOf(expression.child)
  return lower(expression.function_name)
}

const namesIn = (expression: Node): readonly string[] =>
  expression.class === 'COLUMN_REF'
    ? listOf(expression.column_names, true).map((name) => lower(name))
    : childrenOf(expression).flatMap(namesIn)

const renamed = (columns: readonly LineageColumn[], aliases: unknown): readonly LineageColumn[] => {
  const names = listOf(aliases, true)
  return columns.map((column, at) => (names[at] === undefined ? column : { ...column, name: lower(names[at]) }))
}

const none: Made = new Set()
const union = (sets: readonly Made[]): Made => new Set(sets.flatMap((set) => [...set]))

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value)
const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === ''
/** Engines fold the case of names in opposite ways, and no project has two columns that differ in it alone. */
const lower = (name: unknown): string => (typeof name === 'string' ? name.toLowerCase() : '')

function nodeOf(value: unknown): Node {
  if (isNode(value)) return value
  throw new Unread('a part of another form')
}

function listOf(value: unknown): readonly Node[]
function listOf(value: unknown, plain: true): readonly unknown[]
function listOf(value: unknown, plain = false): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new Unread('a list of another form')
  return plain ? value : value.map(nodeOf)
}
