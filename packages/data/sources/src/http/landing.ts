import type { LandedPage, Pages } from '@sluice/author'
import { bugErrors } from '@sluice/core'
import { sourceErrors } from '../errors.ts'
import type { HttpClient, HttpRequest } from './request.ts'

/** A page on its way to bronze, and its text once the lake has read it. */
export interface PageInFlight {
  readonly page: LandedPage
  /** The body that went past. @throws `bug.unreachable` when nobody read it yet. */
  text(): string
}

/** Bodies beyond it are landed, and not kept for a check of their text. */
const keptBytes = 64 * 2 ** 20

/**
 * Asks for one page. The body is streamed to whoever lands it; a copy is kept for the check that follows the landing, so a
 * body is never refused before it is safe. Of a body that is longer than `keepBytes` none is kept.
 */
export async function fetchPage(
  http: HttpClient,
  source: string,
  request: HttpRequest,
  credits: (bytes: number) => number = () => 0,
  { keepBytes = keptBytes }: { readonly keepBytes?: number } = {},
): Promise<PageInFlight> {
  const response = await http.request(request)
  let chunks: Uint8Array[] = []
  let bytes = 0
  let complete = false
  async function* passing(): AsyncIterable<Uint8Array> {
    for await (const chunk of response.body) {
      bytes += chunk.length
      if (bytes <= keepBytes) chunks.push(chunk)
      else chunks = []
      yield chunk
    }
    complete = true
  }
  return {
    page: { source, request: `${request.method ?? 'GET'} ${response.url}`, receivedAt: response.receivedAt, body: passing(), credits },
    text: () => {
      if (!complete)
        throw bugErrors.unreachable(`the body of ${response.url} was checked before it was landed`, {
          next: 'Yield the page before its text is asked for.',
        })
      if (bytes <= keepBytes) return Buffer.concat(chunks).toString('utf8')
      throw sourceErrors.too_large(`The body of ${source} has ${bytes} bytes, of which no text was kept`, {
        facts: { source, bytes, keepBytes },
        next: 'Ask for smaller pages, check the body in a model, or keep more: fetchPage(..., { keepBytes }).',
      })
    },
  }
}

/**
 * A page whose body is made of lines (NDJSON, CSV without a header) as several pages that end where a line ends, none much longer than
 * `bytes`: so a file of any size is landed, and read, in pieces. The last page accounts for the credits of the whole.
 */
export async function* pagesOfLines(page: LandedPage, bytes: number = 8 * 2 ** 20): Pages {
  const pieces = (
    typeof page.body === 'string' ? [Buffer.from(page.body)].values() : page.body[Symbol.asyncIterator]()
  ) as AsyncIterator<Uint8Array>
  let [whole, isOver] = [0, false]
  let waiting: Uint8Array = new Uint8Array()
  const credits = (): number => {
    if (!isOver) return 0
    return typeof page.credits === 'function' ? page.credits(whole) : (page.credits ?? 0)
  }
  const more = async (): Promise<Uint8Array | undefined> => {
    const next = await pieces.next()
    if (next.done === true) isOver = true
    else whole += next.value.length
    return next.done === true ? undefined : next.value
  }
  async function* body(): AsyncIterable<Uint8Array> {
    for (let given = 0; ; ) {
      const piece = waiting.length > 0 ? waiting : await more()
      waiting = new Uint8Array()
      if (piece === undefined) return
      const end = given + piece.length < bytes ? -1 : piece.indexOf(10, Math.max(0, bytes - given - 1))
      given += piece.length
      if (end < 0) yield piece
      else {
        yield piece.subarray(0, end + 1)
        waiting = piece.subarray(end + 1)
        // Whether there is more is known before the next page is begun.
        if (waiting.length === 0) waiting = (await more()) ?? waiting
        return
      }
    }
  }
  try {
    do yield { ...page, body: body(), credits }
    while (!isOver || waiting.length > 0)
  } finally {
    // Whoever stops before the end lets go of the answer.
    await pieces.return?.()
  }
}
