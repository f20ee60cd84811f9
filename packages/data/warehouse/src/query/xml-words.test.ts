import { expect, test } from 'vitest'
import { refuseXml } from './xml-words.ts'

test.each([
  "select xmlparse(document '<a/>')",
  "select '<a/>'::xml",
  "select cast('<a/>' as XML)",
  `select '<a/>'::pg_catalog."xml"`,
  String.raw`select '<a/>'::U&"\0078ml"`,
  "select xml '<a/>'",
  "select xpath('/a', '<a/>')",
  "select * from json_to_record('{}') as r(a xml[])",
  "select * from xmltable('/a' passing :doc columns b text)",
  'with a as (select /* quiet */ XmlElement(name foo)) table a',
])('%s is refused', (statement) => {
  expect(() => refuseXml(statement)).toThrow(/may not use/)
})

test.each([
  'select \'xmlparse\', xml_report, "Xmlfile" from reports -- xml',
  'select $$ xml $$, u & 1 from u',
  String.raw`select U&"caf\00e9"`.replace(String.raw`\00e9`, 'e'),
])('%s reads no XML', (statement) => {
  expect(() => refuseXml(statement)).not.toThrow()
})
