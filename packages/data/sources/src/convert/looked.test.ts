import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { containerOf, longBytes, textBytes } from '../files/avro/testing/write.ts'
import { zipOf } from '../files/bytes/testing/zip.ts'
import { sniffFile } from './sniff-file.ts'

const folder = await mkdtemp(join(tmpdir(), 'sluice-looked-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

const many = Array.from({ length: 40_000 }, (_, at) => at + 1)
const part = (name: string, content: string) => ({ name, content: Buffer.from(content) })

const schema = {
  type: 'record',
  name: 'row',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'name', type: 'string' },
  ],
}
const blocks = Array.from({ length: 40 }, (_, block) => ({
  records: 1_000,
  content: Buffer.concat(many.slice(block * 1_000, (block + 1) * 1_000).flatMap((id) => [longBytes(id), textBytes(`name of ${id}`)])),
}))
const cells = many.map((id) => `<row><c><v>${id}</v></c><c t="inlineStr"><is><t>name of ${id}</t></is></c></row>`).join('')

/** Each goes on with what is not of its format: who looked at it would say so. */
const files = {
  'rows.avro': Buffer.concat([containerOf(schema, 'null', blocks), Buffer.from('not a block')]),
  'rows.json': Buffer.from(`{"rows":[${many.map((id) => `{"id":${id},"name":"name of ${id}"}`).join(',\n')},]] not JSON`),
  'rows.xml': Buffer.from(`<rows>${many.map((id) => `<row><id>${id}</id><name>name of ${id}</name></row>`).join('\n')}</other>`),
  'rows.xlsx': zipOf([
    part('_rels/.rels', '<Relationships><Relationship Id="a" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>'),
    part('xl/_rels/workbook.xml.rels', '<Relationships><Relationship Id="b" Type="x/worksheet" Target="sheet.xml"/></Relationships>'),
    part('xl/workbook.xml', '<workbook><sheets><sheet name="S" r:id="b"/></sheets></workbook>'),
    part('xl/sheet.xml', `<worksheet><sheetData>${cells}<row><c><v>broken</row></sheetData></worksheet>`),
  ]),
}

test.each(Object.entries(files))('a look at a large %s reads its beginning alone', async (name, bytes) => {
  const path = join(folder, name)
  await writeFile(path, bytes)
  const sniffed = await sniffFile(path, name.endsWith('.xml') ? { known: { kind: 'xml', rows: '/rows/row' } } : {})
  expect(sniffed.told).toEqual([expect.stringMatching(/^the first \d+ records were looked at, the rest was not$/)])
  const [id, text] = sniffed.columns
  expect([id?.type, text?.type], name).toEqual([name.endsWith('.avro') ? 'bigint' : 'integer', 'text'])
  expect(id?.values).toBeGreaterThan(5_000)
  expect(id?.values).toBeLessThan(many.length)
})
