import { inputErrors } from '@sluice/core'

/** The one place where a name becomes part of a statement. `quoteIdentifier('a', 'b')` is `"a"."b"`. */
export function quoteIdentifier(...parts: readonly string[]): string {
  return parts.map(quotePart).join('.')
}

function quotePart(part: string): string {
  if (part === '' || part.includes('\0')) {
    throw inputErrors.invalid('an SQL identifier must not be empty or hold a NUL character', {
      facts: { identifier: part },
      next: 'Give another name.',
    })
  }
  if (Buffer.byteLength(part) > 63) {
    throw inputErrors.invalid(`the SQL identifier "${part}" is longer than 63 bytes, PostgreSQL would cut it`, {
      facts: { identifier: part },
      next: 'Give a shorter name.',
    })
  }
  return `"${part.replaceAll('"', '""')}"`
}

/** For the few statements that take no parameters (CREATE ROLE, SET, NOTIFY ...). */
export function quoteLiteral(text: string): string {
  if (text.includes('\0')) throw inputErrors.invalid('an SQL text must not hold a NUL character', { next: 'Remove the NUL character.' })
  const quoted = `'${text.replaceAll("'", "''")}'`
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted
}
