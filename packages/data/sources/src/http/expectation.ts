import { sourceErrors } from '../errors.ts'
import type { ShownRequest } from './classify.ts'
import type { Expectation, HeadersByName, HttpRequest } from './request.ts'

/** What is expected of a request that does not say. */
export function expectationOf({ expects, method = 'GET', headers = {} }: HttpRequest): Expectation {
  if (expects !== undefined) return expects
  if (method === 'POST') return 'any'
  const accept = Object.entries(headers).find(([name]) => name.toLowerCase() === 'accept')?.[1]
  if (accept === undefined || /json/i.test(accept)) return 'json'
  return /text\/|csv|xml|\*\/\*/i.test(accept) ? 'text' : 'bytes'
}

/** Types under which JSON comes, also from services that do not know that they send it. */
const jsonTypes =
  /^(application\/(json|x-json|x-ndjson|ndjson|jsonl|javascript|octet-stream|x-www-form-urlencoded)|text\/(json|plain|javascript|x-json)|[^;]+\+json|binary\/octet-stream)$/
const textTypes = /^(text\/|[^;]*(json|xml|csv|yaml|javascript)|application\/(octet-stream|vnd\.ms-excel)|binary\/octet-stream)/

/** Judges an answer of 2xx by its head. @throws `source.no_content`, `source.partial`, `source.html`, `source.content_type` */
export function judgeHead(
  expects: Expectation,
  { status, headers }: { readonly status: number; readonly headers: HeadersByName },
  asked: HeadersByName,
  shown: ShownRequest,
): void {
  if (status === 206 && asked.range === undefined) {
    throw sourceErrors.partial(`${shown.service} sends a part of its answer (206), which nobody asked for`, {
      facts: { ...shown, range: headers['content-range'] },
      next: 'It is asked for again. If it goes on, look at the proxy or cache between here and the service.',
    })
  }
  if (expects === 'any') return
  if (status === 204 || status === 205) {
    throw sourceErrors.no_content(`${shown.service} answers that it has no content (${status})`, {
      facts: { ...shown, status },
      next: "It is asked for again. Where nothing is a good answer, say so: expects: 'any'.",
    })
  }
  const type = (headers['content-type'] ?? '').replace(/;.*/s, '').trim().toLowerCase()
  if (type === '' || expects === 'bytes') return
  if (type === 'text/html' || type === 'application/xhtml+xml') throw html(shown, '')
  if (!(expects === 'json' ? jsonTypes : textTypes).test(type)) {
    throw sourceErrors.content_type(`${shown.service} sends ${type} where ${expects === 'json' ? 'JSON' : 'text'} was asked for`, {
      facts: { ...shown, contentType: type },
      next: "Correct the URL or the header accept; expects: 'bytes' takes whatever comes.",
    })
  }
}

/** Of the beginning of a body, in characters: what is told by less is told at once. */
const judged = 64
/** More space than this is not looked through. */
const mostSpace = 64 * 1024

/** Whether so much of a body says what it is. */
export function saysEnough(expects: Expectation, start: Uint8Array): boolean {
  if (expects === 'any' || expects === 'bytes' || start.length >= mostSpace) return true
  const text = Buffer.from(start).toString().trimStart()
  const isPlain = expects === 'json' ? /^[{["]/ : /^[^<]/
  return isPlain.test(text) || text.length >= judged
}

/** How a value of JSON begins. A number is the whole of its line: `404 page not found` is not JSON. */
const jsonStart = /^(?:[{["]|-?\d[\d.eE+-]*\s*(?:$|[\r\n])|(?:true|false|null)(?:\s|$))/

/**
 * Judges the beginning of a body. @throws `source.empty`, `source.html`, `source.malformed`
 */
export function judgeStart(expects: Expectation, start: Uint8Array | undefined, shown: ShownRequest): void {
  if (expects === 'any') return
  const text = Buffer.from(start ?? [])
    .toString()
    .trimStart()
  if (start === undefined || start.length === 0 || (expects === 'json' && text === '' && start.length < mostSpace)) {
    throw sourceErrors.empty(`${shown.service} answers with an empty body`, {
      facts: { ...shown },
      next: "It is asked for again. Where nothing is a good answer, say so: expects: 'any'.",
    })
  }
  if (expects === 'bytes') return
  if (/^(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b/is.test(text.slice(0, 512))) throw html(shown, text)
  if (expects === 'json' && text !== '' && !jsonStart.test(text)) {
    throw sourceErrors.malformed(`${shown.service} answers with something that is not JSON`, {
      facts: { ...shown, body: text.slice(0, 200) },
      next: 'Look at the answer under "body". It is asked for again; where it is data of another kind, say so: expects: \'text\'.',
    })
  }
}

const html = (shown: ShownRequest, body: string) =>
  sourceErrors.html(`${shown.service} answers with a page of HTML instead of data`, {
    facts: { ...shown, ...(body === '' ? {} : { body: body.slice(0, 200) }) },
    next: 'It is under maintenance, wants a login, or the URL is that of its website. It is asked for again.',
  })
