import { type Actor, type Instant, type Json, parseInstant } from '@sluice/core'
import type { Page } from '@sluice/engine'
import { z } from 'zod'

export const json = z.unknown().meta({ description: 'Any JSON value.' }) as z.ZodType<Json>
export const jsonObject: z.ZodType<Readonly<Record<string, Json>>> = z.record(z.string(), json)

export const whole = z.number().int()

/** The words of a union. A word that the union has and the list lacks is a compile error: an answer with it would not be described. */
export const oneOf = <Word extends string>(words: { readonly [W in Word]: W }): z.ZodType<Word, Word> => z.enum(words)

export const instant: z.ZodType<Instant> = z
  .number()
  .meta({ description: 'Milliseconds since 1970-01-01T00:00:00Z.', example: 1_795_228_200_000 })

export const actor = z
  .string()
  .meta({ description: 'owner, user:NAME, token:USER/NAME, or schedule.', example: 'user:ada' }) as unknown as z.ZodType<Actor>

/** The years 1 to 9999: what ISO-8601 writes with four digits, and every store of ours holds. */
const [earliest, end] = [Date.parse('0001-01-01T00:00:00Z'), Date.UTC(10_000, 0)]

/** What people and programs send: epoch milliseconds or ISO-8601 text, which is UTC unless it names an offset. */
export const instantInput = z
  .union([z.number().int(), z.string()])
  .transform((value, context): Instant => {
    const parsed = typeof value === 'number' ? value : /^\d{11,}$/.test(value) ? Number(value) : parseInstant(value)
    if (parsed !== undefined && parsed >= earliest && parsed < end) return parsed
    context.addIssue({ code: 'custom', message: 'expected a time such as 2026-11-21T03:30:00Z, or epoch milliseconds' })
    return z.NEVER
  })
  .meta({ type: 'string', format: 'date-time', description: 'ISO-8601, UTC unless it names an offset', example: '2026-11-21T03:30:00Z' })

/** Query parameters are text. */
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true')

/** A cursor that the list cannot have given is a mistake of whoever asks, and not a place in the list. */
export const cursorLike = (form: RegExp) =>
  z.string().regex(form, 'is not a cursor of this list: take the one that the page before answered').optional()

/** Descriptions of input fields appear in the OpenAPI document and in the help of commands: they are fragments in lower case. */
export const paging = {
  limit: z.coerce.number().int().min(1).max(500).default(50).describe('how many at most'),
  cursor: cursorLike(/^\d{1,18}$/).describe('the `next` of the page before'),
}

export const inProject = {
  project: z.string().min(1).optional().describe('may be left out where the name is unambiguous'),
}

/** Of an operation whose path names the project. */
export const ofProject = z.object({ project: z.string().describe('the project') })

export const pageOf = <Item>(item: z.ZodType<Item>): z.ZodType<Page<Item>> =>
  z.object({
    items: z.array(item),
    next: z.string().nullable().meta({ description: 'Cursor of the page after this one.' }),
  })

/** A list that always fits one page. */
export const onePage = <Item>(items: readonly Item[]): Page<Item> => ({ items, next: null })
