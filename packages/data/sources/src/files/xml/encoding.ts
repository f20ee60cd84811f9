import type { Encoding, XmlFormat } from '@sluice/author'
import { fileErrors } from '../../errors.ts'
import type { TextSample } from '../bytes/text-file.ts'
import type { FileAtHand } from '../reader.ts'

const encodings: Readonly<Record<string, Encoding>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'utf-8',
  'iso-8859-1': 'iso-8859-1',
  latin1: 'iso-8859-1',
  'windows-1252': 'windows-1252',
  cp1252: 'windows-1252',
  big5: 'big5',
}

/**
 * What a document is written in: as its source says, as its bytes say (a mark, or the zeros of UTF-16), as it declares itself, else UTF-8
 * (XML 1.0, 4.3.3).
 * @throws `file.unsupported` for an encoding that is not read
 */
export function encodingOfXml(file: FileAtHand, { encoding }: XmlFormat, { head, found }: TextSample): Encoding {
  if (encoding !== undefined) return encoding
  if (found.mark || found.encoding.startsWith('utf-16')) return found.encoding
  const declared = /^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']/
    .exec(head.toString('latin1', 0, 1024))?.[1]
    ?.toLowerCase()
  // What is not UTF-16 by its bytes was written anew by a program that left the declaration as it was.
  if (declared === undefined || declared.startsWith('utf-16')) return 'utf-8'
  const known = encodings[declared]
  if (known !== undefined) return known
  throw fileErrors.unsupported(`${file.name} says that it is written in ${declared}, which is not read.`, {
    facts: { file: file.name, encoding: declared },
    next: 'Have it written in UTF-8.',
  })
}
