import type { DeclaredName } from '../base/declared-names.ts'
import { refused } from '../base/faults.ts'
import { frozen } from '../base/frozen.ts'
import { named } from '../base/names.ts'
import { anObject, aText, optionNames, refuseOddOptions, refuseOther, refuseOtherList, refuseOtherWords, shown } from '../base/shape.ts'
import type { AnyDataset } from '../dataset/any-dataset.ts'
import type { JsonPath } from '../dataset/bodies.ts'
import { type AnswerCode, refuseOddCode } from './rest-answer.ts'
import { aStatusOfNothing, type PlannedIds, plannedIds, type RestIds } from './rest-ids.ts'
import { type RestIncremental, refuseOddIncremental } from './rest-incremental.ts'
import { type RestPages, refuseOddPages, refuseOtherTruth, whole } from './rest-pages.ts'
import { type AnswerPath, onePath, pathIn } from './rest-path.ts'

type Value = string | number | boolean

/** JSON of a body. A text in it may hold `{since}`, `{until}`, `{id}` and `{ids}`; one that is `{ids}` alone becomes the list of them. */
export type BodyValue = Value | null | readonly BodyValue[] | { readonly [name: string]: BodyValue }

/** So many rows at most; fewer where the budget must be spared. */
export interface MostRows {
  readonly rows: number
  readonly spared?: number
}

/** An endpoint of an HTTP API. Its answers are landed as they come, and read as rows by the dataset that holds them. */
export interface RestSource {
  readonly kind: 'rest-source'
  readonly name: string
  readonly connection: string
  readonly path: string
  readonly method: 'GET' | 'POST'
  readonly query: Readonly<Record<string, Value>>
  readonly headers: Readonly<Record<string, string>>
  readonly body: BodyValue | undefined
  /** `undefined`: answers are not looked into. */
  readonly rows: JsonPath | undefined
  readonly pages: RestPages | undefined
  readonly incremental: RestIncremental | undefined
  readonly ids: PlannedIds | undefined
  readonly code: AnswerCode | undefined
  readonly nothing: readonly number[]
  readonly conditional: boolean
  readonly budget: string | undefined
  readonly credits: readonly string[] | undefined
  readonly most: MostRows | undefined
  readonly description: string | undefined
  /** Datasets that say which ids are asked for. */
  readonly reads: readonly AnyDataset[]
}

interface RestSourceOptions<N extends string = string, D extends AnyDataset = AnyDataset> {
  /** Names what is landed: `shop:orders`. */
  readonly name: string
  /** A connection of the project: `httpConnection({ url, token | auth, limits })`. */
  readonly connection: DeclaredName<'connection', N>
  /**
   * From the URL of the connection. May hold `{since}`, `{until}`, `{id}` and `{ids}`, as query and body may, and the value of a variable
   * of the project: `/repos/{variables.repository}/releases`.
   */
  readonly path: string
  /** `GET` unless given, or `POST` where there is a body. */
  readonly method?: 'GET' | 'POST'
  /** A parameter whose placeholder has no value (`{since}` of a first run) is left out. */
  readonly query?: Readonly<Record<string, Value>>
  /** May hold placeholders, as query may. What is secret belongs to the connection. */
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON, or as a form where the header `content-type` says `application/x-www-form-urlencoded`. */
  readonly body?: BodyValue
  /** Where an answer has its rows: `$.data[*]`, or an object by id: `$.data`. An answer without it is refused. */
  readonly rows?: AnswerPath
  readonly pages?: RestPages
  readonly incremental?: RestIncremental
  readonly ids?: RestIds<D>
  /** What answers say of themselves in their body. */
  readonly code?: AnswerCode
  /** HTTP statuses that stand for an answer without rows, such as 404 and 204. */
  readonly nothing?: readonly number[]
  /** Asks whether something is new (`ETag`, `Last-Modified`): where nothing is (304), nothing is landed. For a source of one answer. */
  readonly conditional?: boolean
  /** A budget of the project: asked before the first call. */
  readonly budget?: string
  /** Where an answer says what it cost; else the tariff of the budget says it. */
  readonly credits?: AnswerPath
  readonly most?: MostRows
  readonly description?: string
}

/**
 * Declares an endpoint to read: `pull({ from: source, into: bodies })` asks page after page, under the limits of the connection.
 * @throws `definition.invalid`
 */
export function restSource<const N extends string, const D extends AnyDataset = AnyDataset>(options: RestSourceOptions<N, D>): RestSource {
  refuseOddOptions('restSource', options, restOptions)
  const name = named('restSource', options.name)
  const where = `restSource ${name}`
  const { method = options.body === undefined ? 'GET' : 'POST', query = {}, headers = {}, nothing = [], conditional = false } = options
  const { path, body, pages, incremental, code, budget, most, description } = options
  refuseOther(where, 'connection', options.connection, aText)
  refuseOther(where, 'path', path, aText)
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(path))
    throw refused(where, `path is ${shown(path)}, which is a URL`, 'Write what stands behind the URL of its connection: /orders.')
  refuseOtherWords(where, 'method', method, ['GET', 'POST'])
  refuseOddRequest(where, { method, query, headers, body })
  if (pages !== undefined) refuseOddPages(where, pages)
  if (incremental !== undefined) refuseOddIncremental(where, incremental)
  const ids = options.ids === undefined ? undefined : plannedIds(where, options.ids)
  if (code !== undefined) refuseOddCode(where, code, ids !== undefined)
  refuseOtherList(where, 'nothing', nothing, aStatusOfNothing)
  refuseOtherTruth(where, 'conditional', conditional)
  if (budget !== undefined) refuseOther(where, 'budget', budget, aText)
  if (description !== undefined) refuseOther(where, 'description', description, aText)
  const rows = options.rows === undefined ? undefined : pathIn(where, 'rows', options.rows)
  refuseOddMost(where, most, pages)
  const source: RestSource = {
    ...{ kind: 'rest-source', name, connection: options.connection as string, path, method, query, headers, body },
    ...{ rows, pages, incremental, ids, code, nothing, conditional, budget, most, description },
    credits: options.credits === undefined ? undefined : onePath(where, 'credits', options.credits),
    reads: ids?.reads ?? [],
  }
  refuseTogether(where, source)
  return frozen(source)
}

const restOptions = optionNames<RestSourceOptions>({
  ...{ name: true, connection: true, path: true, method: true, query: true, headers: true, body: true, rows: true, pages: true },
  ...{ incremental: true, ids: true, code: true, nothing: true, conditional: true, budget: true, credits: true, most: true },
  description: true,
})

const aValue = {
  is: (value: unknown) => typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value),
  called: 'text, a number, true or false',
}

function refuseOddRequest(where: string, of: Pick<RestSource, 'method' | 'query' | 'headers' | 'body'>): void {
  refuseOther(where, 'query', of.query, anObject)
  for (const [name, value] of Object.entries(of.query)) refuseOther(where, `query.${name}`, value, aValue)
  refuseOther(where, 'headers', of.headers, anObject)
  for (const [name, value] of Object.entries(of.headers)) refuseOther(where, `headers.${name}`, value, aText)
  if (of.body === undefined) return
  if (isForm(of.headers)) {
    refuseOther(where, 'body', of.body, anObject)
    for (const [name, value] of Object.entries(of.body as object)) refuseOther(where, `body.${name}`, value, aValue)
  }
  if (of.method === 'GET') throw refused(where, 'a GET has no body', "Write method: 'POST', or put the values into query.")
  refuseOddBody(where, 'body', of.body)
}

/** Whether a body is sent as the fields of a form. */
export const isForm = (headers: Readonly<Record<string, string>>): boolean =>
  Object.entries(headers).some(
    ([name, value]) => name.toLowerCase() === 'content-type' && /^application\/x-www-form-urlencoded\b/i.test(value),
  )

/** @param above the lists and objects that the value stands in */
function refuseOddBody(where: string, at: string, value: unknown, above: readonly unknown[] = []): void {
  if (value === null || aValue.is(value)) return
  if (typeof value !== 'object')
    throw refused(where, `${at} is ${shown(value)}, which is not JSON`, 'Give text, numbers, true, false, null, lists and objects.')
  if (above.includes(value)) throw refused(where, `${at} holds itself`, 'Write each part of the body once.')
  for (const [name, each] of Object.entries(value)) refuseOddBody(where, `${at}.${name}`, each, [...above, value])
}

function refuseOddMost(where: string, most: unknown, pages: RestPages | undefined): void {
  if (most === undefined) return
  refuseOddOptions(`${where}, most`, most, ['rows', 'spared'])
  const { rows, spared } = most as MostRows
  if (!Number.isSafeInteger(rows) || rows < 1)
    throw refused(where, `most.rows is ${shown(rows)}`, 'Write a whole number: most: { rows: 1000 }.')
  whole(where, 'most.spared', spared, 1)
  if (spared !== undefined && spared > rows)
    throw refused(where, `most.spared is ${spared}, more than the ${rows} of most.rows`, 'Write fewer rows for a budget that is spared.')
  if (pages?.size === undefined)
    throw refused(where, 'most goes by pages of a size', "Write pages: { by: 'offset', size: { param: 'limit', rows: 100 } }.")
}

const placeholders = ['since', 'until', 'id', 'ids'] as const

/** Which placeholders stand in a request. */
export function placeholdersIn(value: unknown): ReadonlySet<string> {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null)
  return new Set(placeholders.filter((name) => text.includes(`{${name}}`)))
}

/** What the options say of one another. @throws `definition.invalid` */
function refuseTogether(where: string, source: RestSource): void {
  const { path, query, headers, body, ids, incremental, pages, rows, most, budget, credits, conditional } = source
  const used = new Set([path, query, headers, body].flatMap((each) => [...placeholdersIn(each)]))
  const stray = /\{(?!(?:since|until|id|ids|variables\.[^{}]+)\})[^}]*\}/.exec(path)?.[0]
  if (stray !== undefined)
    throw refused(where, `path has ${stray}, which nothing gives a value to`, 'Write {since}, {until}, {id}, {ids} or {variables.NAME}.')
  const asksById = used.has('id') || used.has('ids')
  if (asksById && ids === undefined) throw refused(where, 'it asks by id and has none', "Declare ids: { from: dataset, column: 'id' }.")
  if (!asksById && ids !== undefined)
    throw refused(where, 'its ids stand nowhere', 'Write {id} into the path, or {ids} into the query or the body.')
  if (used.has('id') && (ids?.atOnce ?? 1) > 1) throw refused(where, '{id} is one id, and ids.atOnce asks for several', 'Write {ids}.')
  if ((used.has('since') || used.has('until')) && incremental === undefined)
    throw refused(where, 'it asks for a span and does not say which', "Declare incremental: { by: 'interval' }.")
  if (incremental !== undefined && !used.has('since'))
    throw refused(where, '{since} stands nowhere', "Write it: query: { updated_since: '{since}' }.")
  // A service that is asked for a day needs no end.
  if (incremental?.by === 'interval' && incremental.as !== 'date' && !used.has('until'))
    throw refused(
      where,
      '{until} stands nowhere, so that rows of two intervals would overlap',
      "Write it: query: { updated_until: '{until}' }.",
    )
  if (rows === undefined) refuseWithoutRows(where, source)
  if (conditional && (pages !== undefined || ids !== undefined))
    throw refused(where, 'conditional is for a source of one answer', 'Take out conditional, pages or ids.')
  if (most?.spared !== undefined && budget === undefined) throw refused(where, 'most.spared is of a budget', "Name it: budget: '...'.")
  if (credits !== undefined && budget === undefined) throw refused(where, 'credits are of a budget', "Name it: budget: '...'.")
  if (pages?.in === 'body' && (typeof body !== 'object' || body === null || Array.isArray(body)))
    throw refused(where, 'pages stand in a body that is not an object', 'Give the body: body: {}.')
}

/** Only a listing that says itself where it goes on can be read without looking at its rows. */
function refuseWithoutRows(where: string, { pages, incremental, ids }: RestSource): void {
  const why =
    pages !== undefined && ['page', 'offset'].includes(pages.by)
      ? `pages by ${pages.by}`
      : incremental?.by === 'greatest'
        ? "incremental by 'greatest'"
        : ids?.field !== undefined
          ? 'ids.field'
          : pages?.by === 'cursor' && pages.ends === 'empty'
            ? "pages.ends 'empty'"
            : undefined
  if (why !== undefined) throw refused(where, `${why} cannot be told without rows`, "Say where they are: rows: '$.data[*]'.")
}
