import { given } from '@sluice/core'
import type { Streamed } from '../endpoint/endpoint.ts'
import type { AccessWatch } from './access-ends.ts'

/** How an answer ended that went on: all of it was given, its reader left before that, or it broke off. */
export type StreamEnd = { readonly how: 'whole' | 'left' } | { readonly how: 'broken'; readonly error: unknown }

/** Told how an answer ended, before its reader sees the end. It does not throw. */
export type OnEnd = (end: StreamEnd) => Promise<void>

const untold: OnEnd = async () => undefined

/**
 * The answer of a stream. It breaks off, unfinished as whoever reads it sees, when access ends; a clean end would look like the whole of a
 * download. The watch lasts as long as the stream.
 */
export async function streamed(
  open: (signal: AbortSignal) => Promise<Streamed>,
  asked: AbortSignal,
  watch: AccessWatch,
  told: OnEnd = untold,
): Promise<Response> {
  const signal = AbortSignal.any([asked, watch.signal])
  const answer = await open(signal).catch((error: unknown) => {
    watch[Symbol.dispose]()
    throw error
  })
  return new Response(bodyOf(answer.chunks[Symbol.asyncIterator](), watch, told), { headers: headersOf(answer) })
}

type Chunks = AsyncIterator<string | Uint8Array> | Iterator<string | Uint8Array>

/** What an iterator gives, as long as access lasts. Whoever stops reading ends it. */
export function bodyOf(iterator: Chunks, watch: AccessWatch, told: OnEnd = untold): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let over = false
  const end = (): void => {
    over = true
    watch[Symbol.dispose]()
  }
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const breakOff = (): void => {
        if (over) return
        end()
        void told({ how: 'broken', error: watch.signal.reason })
        controller.error(watch.signal.reason)
        // What waits for its next chunk ends by the signal; what waits for nothing ends here.
        void Promise.resolve(iterator.return?.()).catch(() => undefined)
      }
      // Access may have ended while the stream was being opened.
      if (watch.signal.aborted) breakOff()
      else watch.signal.addEventListener('abort', breakOff, { once: true })
    },
    async pull(controller) {
      try {
        const { done, value } = await iterator.next()
        if (over) return
        if (done === true) {
          end()
          await told({ how: 'whole' })
          controller.close()
        } else controller.enqueue(typeof value === 'string' ? encoder.encode(value) : value)
      } catch (error) {
        if (over) return
        end()
        await told({ how: 'broken', error })
        throw error
      }
    },
    async cancel() {
      const left = !over
      end()
      if (left) await told({ how: 'left' })
      await iterator.return?.()
    },
  })
}

const headersOf = ({ contentType, fileName }: Streamed): Record<string, string> =>
  given({
    'content-type': contentType,
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'content-disposition': fileName === undefined ? undefined : `attachment; filename="${fileName.replaceAll(/[^\w.-]/g, '_')}"`,
  })
