import { formatInstant, type HttpResponse, type Pages, type TaskContext } from 'sluice'

/** Pages by cursor: each answer names the next one, `{ "data": [...], "next": "abc" }`, and the last one names none. */
export async function* byCursor({ http, connection, interval }: TaskContext): Pages {
  const billing = connection('billing')
  const span = { from: formatInstant(interval.start), to: formatInstant(interval.end) }
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const query = { ...span, cursor: cursor === '' ? undefined : cursor }
    const answer = await http.request({ connection: billing, url: `${billing.url}/invoices`, query })
    const body = await answer.text()
    yield { source: 'billing', request: `GET ${answer.url}`, receivedAt: answer.receivedAt, body }
    cursor = (JSON.parse(body) as { readonly next?: string }).next
  }
}

/** Pages by the header `link` (RFC 8288), as GitHub gives it: where the next page is, or nothing. */
export const nextOf = ({ headers }: Pick<HttpResponse, 'headers'>): string | undefined =>
  /<([^>]+)>\s*;[^,]*\brel="?next"?/.exec(headers.link ?? '')?.[1]
