import type { BodyValue, RestPages, RestSource } from '@sluice/author'
import { placeholdersIn } from '@sluice/author'
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

/** The request for a page. `rows`: how many it asks for, where pages have a size. Pure. */
export function requestOf(
  source: RestSource,
  baseUrl: string,
  place: Place,
  values: Values,
  rows: number | undefined,
): Pick<HttpRequest, 'url' | 'query' | 'headers' | 'method'> & { readonly body?: string } {
  const { pages, method, headers, body } = source
  const texts = textsOf(source, values)
  const own = parametersOf(pages, place, rows)
  const inBody = pages?.in === 'body'
  if (place.kind === 'url') return { url: place.url, headers, method }
  const query = Object.fromEntries(
    Object.entries(source.query).flatMap(([name, value]) => {
      const filled = fill(value, texts)
      return filled === undefined ? [] : [[name, filled]]
    }),
  )
  const filled = body === undefined ? undefined : bodyOf(body, texts, values.ids ?? [])
  const path = fill(source.path, Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, encoded(text)]))) ?? ''
  return {
    method,
    url: `${baseUrl.replace(/\/+$/, '')}${path.startsWith('/') || path === '' || path.startsWith('?') ? '' : '/'}${path}`,
    query: { ...query, ...(inBody ? {} : own) },
    headers: filled === undefined ? headers : { 'content-type': 'application/json', ...headers },
    ...(filled === undefined ? {} : { body: JSON.stringify(inBody ? withParameters(filled, own) : filled) }),
  }
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

function bodyOf(value: BodyValue, texts: Texts, ids: readonly string[]): BodyValue {
  if (value === '{ids}') return ids
  if (typeof value === 'string') return fill(value, texts) ?? null
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((each: BodyValue) => bodyOf(each, texts, ids))
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, bodyOf(each as BodyValue, texts, ids)]))
}

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
