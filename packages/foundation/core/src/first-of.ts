/** `a, b and 3 more`: names for a sentence, so many of them at most. */
export function firstOf(names: readonly string[], most: number): string {
  const more = names.length - most
  return `${names.slice(0, most).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
