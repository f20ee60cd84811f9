import { requestErrors } from '@sluice/core'
import { createMiddleware } from 'hono/factory'

const deepest = 100

/** Refuses a URL that is not text: broken percent-encoding, and NUL, which no store of ours can hold. */
export const refuseBrokenUrl = createMiddleware(async (context, next) => {
  const { url } = context.req
  if (/%00/.test(url)) throw requestErrors.invalid('the URL holds a NUL character (%00)', { next: 'Leave it out.' })
  try {
    decodeURIComponent(url)
  } catch {
    throw requestErrors.invalid('the URL is not percent-encoded UTF-8', { next: 'Encode each part of it with encodeURIComponent.' })
  }
  await next()
})

/**
 * What travels in a body may be any JSON. NUL in one of its texts would be refused by PostgreSQL in words about bytes; what is nested
 * deeper than anybody means it would end the stack of whoever walks it. @throws `request.invalid` with the place
 */
export function refuseUnfitJson(body: unknown): void {
  const left: { readonly value: unknown; readonly place: readonly (string | number)[] }[] = [{ value: body, place: [] }]
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    const { value, place } = at
    if (typeof value === 'string' && value.includes('\0')) throw unfit(place, 'holds a NUL character')
    if (typeof value !== 'object' || value === null) continue
    if (place.length >= deepest) throw unfit(place.slice(0, 3), `is nested deeper than ${deepest} levels`)
    for (const [name, member] of Object.entries(value)) {
      if (name.includes('\0')) throw unfit(place, 'has a name that holds a NUL character')
      left.push({ value: member, place: [...place, name] })
    }
  }
}

const unfit = (place: readonly (string | number)[], what: string) =>
  requestErrors.invalid(`${place.join('.') || 'the body'} ${what}`, {
    facts: { faults: [{ in: 'json', field: place.join('.'), message: what }] },
    next: 'Correct the body of the request.',
  })
