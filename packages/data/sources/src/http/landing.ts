import type { LandedPage } from '@sluice/author'
import { bugErrors } from '@sluice/core'
import { type HttpClient, type HttpRequest, urlOf } from './request.ts'

/** A page on its way to bronze, and its text once the lake has read it. */
export interface PageInFlight {
  readonly page: LandedPage
  /** The body that went past. @throws `bug.unreachable` when nobody read it yet. */
  text(): string
}

/**
 * Asks for one page. The body is streamed to whoever lands it; a copy is kept for the check that follows the landing, so a
 * body is never refused before it is safe.
 */
export async function fetchPage(
  http: HttpClient,
  source: string,
  request: HttpRequest,
  credits: (bytes: number) => number = () => 0,
): Promise<PageInFlight> {
  const response = await http.request(request)
  const chunks: Uint8Array[] = []
  let complete = false
  async function* passing(): AsyncIterable<Uint8Array> {
    for await (const chunk of response.body) {
      chunks.push(chunk)
      yield chunk
    }
    complete = true
  }
  return {
    page: { source, request: `${request.method ?? 'GET'} ${describe(request)}`, receivedAt: response.receivedAt, body: passing(), credits },
    text: () => {
      if (!complete)
        throw bugErrors.unreachable(`the body of ${response.url} was checked before it was landed`, {
          next: 'Yield the page before its text is asked for.',
        })
      return Buffer.concat(chunks).toString('utf8')
    },
  }
}

function describe(request: HttpRequest): string {
  const url = urlOf(request)
  url.searchParams.delete('apiKey')
  return url.href
}
