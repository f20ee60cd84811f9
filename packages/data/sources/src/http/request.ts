import type { Connection } from '@sluice/author'

/**
 * What an answer has to be. `json` and `text`: not empty, not a page of HTML, of a fitting type. `bytes`: not empty, handed on as it comes.
 * `any`: whatever comes, also nothing. Text is decoded into UTF-8 unless `bytes` is asked for.
 */
export type Expectation = 'json' | 'text' | 'bytes' | 'any'

/** An HTTP request as a source client describes it. Headers may hold a secret; they are never logged. */
export interface HttpRequest {
  /** Named in errors: `CoinCap API error: 429 Too Many Requests`. */
  readonly service?: string
  readonly method?: 'GET' | 'POST'
  readonly url: string
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Its token is placed as it says, where the URL is of the same origin; its `secrets` and `redirects` are those of the request, too. */
  readonly connection?: Connection
  /** Query parameters and headers that hold a secret, beside those whose name says so (`key`, `token`, `signature`, ...). */
  readonly secrets?: readonly string[]
  /** Other hosts to which the service may redirect; secrets do not go there. */
  readonly redirects?: readonly string[]
  /** Default: `json` for GET, by the header `accept` where one is given; `any` for POST. */
  readonly expects?: Expectation
  /** Milliseconds until the attempt is given up, body included. */
  readonly timeoutMs?: number
  /** Milliseconds without a byte until the attempt is given up. */
  readonly idleTimeoutMs?: number
  /** Bytes of the body, decompressed. */
  readonly maxBytes?: number
  /** How many times larger than what was sent the body may become; judged beyond 16 MB. */
  readonly maxRatio?: number
  /** The longest wait before a try: for limits of the connection, and for what the service asks for. */
  readonly maxWaitMs?: number
  /** What an earlier answer carried: where nothing has changed since, the answer is 304 and has no body. */
  readonly unlessChanged?: { readonly etag?: string; readonly lastModified?: string }
  /** Statuses that are answers as they are, without a body, beside 304: not judged, and not asked for again. */
  readonly bodiless?: readonly number[]
  /** The service's own reading of an answer outside 2xx, of which 64 KB are read; `undefined` leaves it to the status. */
  readonly readRefusal?: (status: number, body: string) => Error | undefined
}

/** The URL with its query. */
export function urlOf({ url: text, query = {} }: Pick<HttpRequest, 'url' | 'query'>): URL {
  const url = new URL(text)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value))
  return url
}

/** By their names in small letters. */
export type HeadersByName = Readonly<Partial<Record<string, string>>>

/** The answer to a request. */
export interface HttpResponse {
  /** Of 2xx; 304 where `unlessChanged` was asked and nothing has; one of `bodiless`. */
  readonly status: number
  /** As asked, without the values of query parameters that hold secrets. */
  readonly url: string
  readonly headers: HeadersByName
  /** Milliseconds since the epoch at which the headers arrived. */
  readonly receivedAt: number
  /** Decompressed; text in UTF-8 without a byte order mark. */
  readonly body: AsyncIterable<Uint8Array>
  text(): Promise<string>
}

/**
 * Sends requests with timeouts and retries. Only a 2xx answer is returned; anything else ends as a `source.*` error.
 * Aborts with the task's signal.
 */
export interface HttpClient {
  request(request: HttpRequest): Promise<HttpResponse>
}
