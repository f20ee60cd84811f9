import { expect, test } from 'vitest'
import { quoteEndMarks } from './end-mark.ts'

async function through(...pieces: readonly string[]): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of quoteEndMarks(source(pieces))) parts.push(part)
  return Buffer.concat(parts).toString()
}
async function* source(pieces: readonly string[]) {
  yield* pieces
}

test.each([
  ['a line of its own', 'a\n\\.\nb\n', 'a\n"\\."\nb\n'],
  ['the first and the last line', '\\.\nb\n\\.', '"\\."\nb\n"\\."'],
  ['lines of Windows, and one after the other', '\\.\r\n\\.\r\nb\r\n', '"\\."\r\n"\\."\r\nb\r\n'],
  ['in quotes, on a line of its own', '"a\n\\.\nb"\n\\.\n', '"a\n\\.\nb"\n"\\."\n'],
  ['after a doubled quote', '"a""\n\\.\n"\n\\.\n', '"a""\n\\.\n"\n"\\."\n'],
  ['part of a value, or beside others', '\\.x\nx\\.\n\\.,1\n1,\\.\n\\\n', '\\.x\nx\\.\n\\.,1\n1,\\.\n\\\n'],
  ['none at all', '', ''],
])('%s, however the input is cut', async (_, csv, same) => {
  expect(await through(csv)).toBe(same)
  expect(await through(...csv)).toBe(same)
  for (let at = 1; at < csv.length; at++) expect(await through(csv.slice(0, at), csv.slice(at)), String(at)).toBe(same)
})
