import type { Call } from './plan.ts'

/** Services answer in words or a short object. */
const shownOfAnswer = 300
const largestAnswer = 16_384

export interface PostAnswer {
  readonly status: number
  readonly retryAfter: string | null
  readonly text: string
}

/**
 * Posts a call and reads the beginning of its answer. No redirect is followed, so that neither the message nor a key goes to a host that
 * nobody has named.
 */
export async function post({ url, headers, body }: Call, signal: AbortSignal): Promise<PostAnswer> {
  const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal })
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    // What is told is short; a page of an error is not.
    text: (await beginningOf(response)).replaceAll(/\s+/g, ' ').trim().slice(0, shownOfAnswer),
  }
}

async function beginningOf(response: Response): Promise<string> {
  if (response.body === null) return ''
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of response.body) {
    parts.push(part)
    size += part.length
    if (size >= largestAnswer) break
  }
  return Buffer.concat(parts).subarray(0, largestAnswer).toString()
}
