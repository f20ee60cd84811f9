/** An HTTP request as a source client describes it. Headers may hold a secret; they are never logged. */
export interface HttpRequest {
  /** Named in errors: `CoinCap API error: 429 Too Many Requests`. */
  readonly service?: string
  readonly method?: 'GET' | 'POST'
  readonly url: string
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Milliseconds until the attempt is given up, body included. */
  readonly timeoutMs?: number
  /** The service's own reading of an answer outside 2xx; `undefined` leaves it to the status. */
  readonly readRefusal?: (status: number, body: string) => Error | undefined
}

/** The URL with its query. */
export function urlOf({ url: text, query = {} }: Pick<HttpRequest, 'url' | 'query'>): URL {
  const url = new URL(text)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value))
  return url
}

export interface HttpResponse {
  readonly status: number
  /** Without query parameters that hold secrets. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds since the epoch at which the headers arrived. */
  readonly receivedAt: number
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
