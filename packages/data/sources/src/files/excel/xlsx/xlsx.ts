import type { Zip } from '../../bytes/zip.ts'
import { placeOfName } from '../references.ts'
import { Styles } from '../value.ts'
import type { DefinedName, Sheet, Workbook } from '../workbook.ts'
import { neededPart, partNamed, readXml, relationsOf } from './parts.ts'
import { isTrue, readSheet } from './sheet.ts'
import { TextRun } from './text-run.ts'

/** A workbook of Office Open XML (ECMA-376). Styles and shared texts are held in memory; sheets are read in pieces. */
export async function openXlsx(zip: Zip, path: string): Promise<Workbook> {
  const relations = await relationsOf(zip, path)
  const target = (type: string): string | undefined => relations.find((each) => each.type === type)?.target
  const book = await bookOf(zip, path)
  const sheets = book.sheets.map(({ relation, ...sheet }) => {
    const found = relations.find(({ id }) => id === relation)
    return { ...sheet, hasCells: found?.type === 'worksheet', part: found?.target ?? '' }
  })
  let content: { readonly styles: Styles; readonly texts: readonly string[] } | undefined
  return {
    kind: 'xlsx',
    sheets,
    names: namesOf(book.names, sheets),
    epoch: book.epoch,
    async read(sheet, sink) {
      content ??= { styles: await stylesOf(zip, target('styles')), texts: await textsOf(zip, target('sharedStrings')) }
      await readSheet(zip, sheets[sheet]?.part ?? '', { ...content, epoch: book.epoch }, sink)
    },
    [Symbol.asyncDispose]: () => zip[Symbol.asyncDispose](),
  }
}

interface Book {
  readonly sheets: { readonly name: string; readonly isHidden: boolean; readonly relation: string }[]
  readonly names: { readonly name: string; text: string }[]
  epoch: 1900 | 1904
}

async function bookOf(zip: Zip, path: string): Promise<Book> {
  const book: Book = { sheets: [], names: [], epoch: 1900 }
  let isName = false
  await readXml(zip, neededPart(zip, path), {
    open(name, tag) {
      if (name === 'workbookPr') {
        if (isTrue(tag.value('date1904'))) book.epoch = 1904
      } else if (name === 'sheet')
        book.sheets.push({
          name: tag.value('name') ?? '',
          isHidden: (tag.value('state') ?? 'visible') !== 'visible',
          // Of the attributes that are read, those which name relations alone have a prefix.
          relation: tag.valueEnding(':id') ?? tag.value('id') ?? '',
        })
      else if (name === 'definedName') {
        book.names.push({ name: tag.value('name') ?? '', text: '' })
        isName = true
      }
    },
    close(name) {
      if (name === 'definedName') isName = false
    },
    text(bytes, from, to) {
      const last = book.names.at(-1)
      if (isName && last !== undefined) last.text += bytes.toString('utf8', from, to)
    },
  })
  return book
}

export const namesOf = (
  names: readonly { readonly name: string; readonly text: string }[],
  sheets: readonly Sheet[],
): readonly DefinedName[] =>
  names.flatMap(({ name, text }) => {
    const place = placeOfName(text)
    const sheet = sheets.findIndex((each) => each.name.toLowerCase() === place?.sheet.toLowerCase())
    return place === undefined || sheet < 0 ? [] : [{ name, sheet, range: place.range }]
  })

async function stylesOf(zip: Zip, path: string | undefined): Promise<Styles> {
  const styles = new Styles()
  const part = path === undefined ? undefined : partNamed(zip, path)
  if (part === undefined) return styles
  let isOfCells = false
  await readXml(zip, part, {
    open(name, tag) {
      if (name === 'numFmt') styles.format(Number(tag.value('numFmtId')), tag.value('formatCode') ?? '')
      else if (name === 'cellXfs') isOfCells = true
      else if (name === 'xf' && isOfCells) styles.style(Number(tag.value('numFmtId') ?? 0))
    },
    close(name) {
      if (name === 'cellXfs') isOfCells = false
    },
    text: () => undefined,
  })
  return styles
}

async function textsOf(zip: Zip, path: string | undefined): Promise<readonly string[]> {
  const texts: string[] = []
  const part = path === undefined ? undefined : partNamed(zip, path)
  if (part === undefined) return texts
  const run = new TextRun()
  await readXml(zip, part, {
    open(name) {
      if (name === 'si') run.begin()
      else run.open(name)
    },
    close(name) {
      if (name === 'si') texts.push(run.text)
      else run.close(name)
    },
    text: (bytes, from, to) => run.take(bytes, from, to),
  })
  return texts
}
