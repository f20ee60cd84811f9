import type { BodyValue, RestPages, RestSource } from '@sluice/author'
import { isForm, placeholdersIn } from '@sluice/author'
import type { HttpRequest } from '../http/request.ts'

/** Where in a listing a request asks. */
export type Place =
  | { readonly kind: 'first' }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'cursor'; readonly cursor: string }
  | { readonly kind: 'url'; readonly url: string }

/** What stands for the placeholders. */
export interface Values {
  readonly since?: string | undefined
  readonly until?: string | undefined
  readonly ids?: readonly string[] | undefined
}

type Parameters = Readonly<Record<string, string | number>>

/** The request for a page. `rows`: how many it asks for, where pages have a size. To another host go neither headers nor a body. Pure. */
export function requestOf(
  source: RestSource,
  baseUrl: string,
  place: Place,
  values: Values,
  rows: number | undefined,
): Pick<HttpRequest, 'url' | 'query' | 'headers' | 'method'> & { readonly body?: string } {
  const { pages, body, incremental } = source
  if (place.kind === 'url' && !isOfOrigin(place.url, baseUrl)) return { url: place.url, method: 'GET' }
  const texts = textsOf(source, values)
  const own = parametersOf(pages, place, rows)
  const inBody = pages?.in === 'body'
  const headers = filledOf(source.headers, texts)
  const isNumber = incremental?.as === 'seconds' || incremental?.as === 'milliseconds' || incremental?.as === 'number'
  const filled = body === undefined ? undefined : bodyOf(body, texts, { ids: values.ids ?? [], isNumber })
  const sent = filled === undefined ? {} : bodyAs(headers, inBody ? withParameters(filled, own) : filled)
  // A URL that an answer gives has its parameters in it.
  if (place.kind === 'url') return { method: source.method, url: place.url, headers, ...sent }
  const path = fill(source.path, Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, encoded(text)]))) ?? ''
  return {
    method: source.method,
    url: `${baseUrl.replace(/\/+$/, '')}${path.startsWith('/') || path === '' || path.startsWith('?') ? '' : '/'}${path}`,
    query: { ...filledOf(source.query, texts), ...(inBody ? {} : own) },
    headers,
    ...sent,
  }
}

/** Without the values whose placeholder has none. */
const filledOf = (values: Readonly<Record<string, string | number | boolean>>, texts: Texts): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const filled = fill(value, texts)
      return filled === undefined ? [] : [[name, filled]]
    }),
  )

const isOfOrigin = (url: string, baseUrl: string): boolean => new URL(url).origin === new URL(baseUrl).origin

function bodyAs(headers: Readonly<Record<string, string>>, body: BodyValue) {
  if (!isForm(headers)) return { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
  const fields = Object.entries(body as object).flatMap(([name, value]): readonly [string, string][] =>
    value === null ? [] : [[name, Array.isArray(value) ? value.join(',') : String(value)]],
  )
  return { headers, body: new URLSearchParams(fields as [string, string][]).toString() }
}

type Texts = Readonly<Partial<Record<string, string>>>

const textsOf = ({ ids }: RestSource, { since, until, ids: asked }: Values): Texts => ({
  ...(since === undefined ? {} : { since }),
  ...(until === undefined ? {} : { until }),
  ...(asked === undefined ? {} : { id: asked[0] ?? '', ids: asked.join(ids?.separator ?? ',') }),
})

const encoded = (text: string | undefined): string => encodeURIComponent(text ?? '')

/** `undefined` where a placeholder has no value. */
function fill(value: string | number | boolean, texts: Texts): string | undefined {
  if (typeof value !== 'string') return String(value)
  const used = [...placeholdersIn(value)]
  if (used.some((name) => texts[name] === undefined)) return undefined
  return used.reduce((text, name) => text.replaceAll(`{${name}}`, () => texts[name] ?? ''), value)
}

interface Filling {
  readonly ids: readonly string[]
  /** Bounds of the span are numbers: so they stand in JSON, where nothing else stands beside them. */
  readonly isNumber: boolean
}

function bodyOf(value: BodyValue, texts: Texts, filling: Filling): BodyValue {
  if (value === '{ids}') return filling.ids
  if (typeof value === 'string') {
    const filled = fill(value, texts)
    return filled !== undefined && filling.isNumber && /^\{(?:since|until)\}$/.test(value) ? numberOf(filled) : (filled ?? null)
  }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((each: BodyValue) => bodyOf(each, texts, filling))
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, bodyOf(each as BodyValue, texts, filling)]))
}

/** One that JavaScript would round stays text. */
const numberOf = (text: string): number | string =>
  Number.isInteger(Number(text)) && !Number.isSafeInteger(Number(text)) ? text : Number(text)

function parametersOf(pages: RestPages | undefined, place: Place, rows: number | undefined): Parameters {
  if (pages === undefined) return {}
  const size = pages.size === undefined ? {} : { [pages.size.param]: rows ?? pages.size.rows }
  const where = (usual: string): string => ('param' in pages ? pages.param : undefined) ?? usual
  if (place.kind === 'number') return { ...size, [where(pages.by === 'page' ? 'page' : 'offset')]: place.number }
  if (place.kind === 'cursor') return { ...size, [where('cursor')]: place.cursor }
  return size
}

/** Points lead into an object: `variables.after`. */
function withParameters(body: BodyValue, parameters: Parameters): BodyValue {
  return Object.entries(parameters).reduce((made: BodyValue, [name, value]) => placed(made, name.split('.'), value), body)
}

function placed(body: BodyValue, [first = '', ...rest]: readonly string[], value: string | number): BodyValue {
  const object = typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as { readonly [name: string]: BodyValue }) : {}
  return { ...object, [first]: rest.length === 0 ? value : placed(object[first] ?? {}, rest, value) }
}
