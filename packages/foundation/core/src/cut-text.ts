/** A text of about `most` characters: of a longer one its beginning, its end, and between them how much was left out. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text
  const tail = Math.floor(most / 4)
  let [from, to] = [most - tail, text.length - tail]
  if (isHigh(text.charCodeAt(from - 1))) from--
  if (isHigh(text.charCodeAt(to - 1))) to++
  return `${text.slice(0, from)} [... ${(to - from).toLocaleString('en-US')} characters left out ...] ${text.slice(to)}`
}

/** The first half of a surrogate pair, which no cut parts. */
const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00
