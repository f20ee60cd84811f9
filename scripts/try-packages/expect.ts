/** @throws with both, where a text is not within another */
export function expectText(text: string, part: string): void {
  if (!text.includes(part)) throw new Error(`expected ${JSON.stringify(part)} in:\n${text}`)
}
