import pc from 'picocolors'

/*
 * Text of others on a terminal: log lines, messages of errors, names, rows. A terminal obeys what it is sent, so a line of a log could move
 * the cursor, set the window's title, ring or hide what stands before it. Control codes are shown instead of sent, for good: nothing that a
 * person could want to see is left out. JSON keeps the text as it is; it spells the codes that JSON alone would send.
 */

/** C0 but for tab and line feed, DEL, C1; then what ends a line or turns the direction of the text around it. */
const unprintable = String.raw`[^\P{Cc}\t\n]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]`
const unprintables = new RegExp(unprintable, 'gu')
/** The colours of this program; no other sequence is its own. */
const ownOrUnprintable = new RegExp(`\u001b\\[(?:[12]|22|3[1-6]|39)m|${unprintable}`, 'gu')

/** Text of others: a control code is its picture (`␛`) or its number (`\x9b`). Line breaks stay. */
export const printable = (text: string): string => text.replaceAll('\r\n', '\n').replaceAll(unprintables, shown)

/** What a command prints, as the last thing before the terminal: only this program's own colours pass. */
export const printed = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replaceAll(ownOrUnprintable, (code) => (code.length > 1 && pc.isColorSupported ? code : [...code].map(shown).join('')))

/** JSON means the same with these spelt out. */
export const printedJson = (json: string): string => json.replaceAll(unprintables, (code) => `\\u${hex(code, 4)}`)

/** Unicode has a picture for C0 and DEL. */
function shown(code: string): string {
  const at = code.charCodeAt(0)
  if (at < 0x20) return String.fromCharCode(0x2400 + at)
  if (at === 0x7f) return '\u2421'
  if (at < 0x7f) return code
  return at < 0xa0 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`
}

const hex = (code: string, digits: number): string => code.charCodeAt(0).toString(16).padStart(digits, '0')
