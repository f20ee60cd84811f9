/**
 * Parses JSON and keeps every number as its source text, because longs and decimals exceed what a JavaScript number holds. Broken JSON
 * gives `{}`.
 */
export function parseExact(text: string): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown, context?: { readonly source?: string }) =>
      typeof value === 'number' ? (context?.source ?? String(value)) : value,
    )
  } catch {
    return {}
  }
}

/** A number of 16 digits or more, with a fraction or an exponent, or a negative zero; or a text that looks like one. */
const mayBeInexact = /\d{16}|\d[.eE]|-0/

/** Like `parseExact`, but a number that equals its source text may stay a number. Ten times faster, because it needs no reviver then. */
export function parseLossless(text: string): unknown {
  if (mayBeInexact.test(text)) return parseExact(text)
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

/** The JSON text with every number as a text, so that a reader that knows the type reads all digits. */
export function numbersAsText(json: string): string {
  return JSON.stringify(parseExact(json))
}

/** Not in TypeScript's library yet. */
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => object }

/** Parses JSON that is written again: `JSON.stringify` gives every number as it stood. Members of the name `without` are left out. */
export function parseKept(text: string, without?: string): unknown {
  return JSON.parse(text, (key, value: unknown, context?: { readonly source?: string }) => {
    if (key === without) return undefined
    return typeof value === 'number' ? rawJSON(context?.source ?? String(value)) : value
  })
}
