import { avro, csv, excel, type FileFormat, jsonFile, jsonLines, parquet } from '@sluice/author'
import { fileErrors } from '../errors.ts'
import { compressionOf } from './bytes/compression.ts'
import { memberName } from './bytes/unpack.ts'
import { openFile } from './folder/open-file.ts'
import type { FileAtHand } from './reader.ts'

/**
 * What a file is by its first bytes, where those say it, else by its name, or by that of the one file in a zip.
 * @throws `file.unsupported` where none of them does
 */
export async function recognise({ path, name }: FileAtHand): Promise<FileFormat> {
  const head = await headOf(path)
  const found =
    byBytes(head, name) ??
    byName(name) ??
    (compressionOf(Buffer.from(head, 'latin1')) === 'zip' ? byName(await memberName({ path, name })) : undefined)
  if (found !== undefined) return found
  throw fileErrors.unsupported(`${name}: neither its name nor its first bytes say of which format it is`, {
    facts: { file: name },
    next: 'Declare it: format: csv(), jsonLines(), excel(), ... of the source.',
  })
}

const looked = 4_096

async function headOf(path: string): Promise<string> {
  await using file = await openFile(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(looked), 0, looked, 0)
  return buffer.toString('latin1', 0, bytesRead)
}

/** Parquet (`PAR1`), Avro's object container (`Obj` 1), compound files (.xls), and archives that hold a workbook. */
function byBytes(head: string, name: string): FileFormat | undefined {
  if (head.startsWith('PAR1') || head.startsWith('PARE')) return parquet()
  if (head.startsWith('Obj\x01')) return avro()
  if (head.startsWith('\xD0\xCF\x11\xE0')) return excel()
  const isArchive = head.startsWith('PK\x03\x04')
  return isArchive && (/\[Content_Types\]\.xml|xl\/|_rels\//.test(head) || /\.xls[xb]$/i.test(name)) ? excel() : undefined
}

const byEnding: Readonly<Record<string, () => FileFormat>> = {
  csv: () => csv(),
  tsv: () => csv(),
  txt: () => csv(),
  json: () => jsonFile(),
  jsonl: () => jsonLines(),
  ndjson: () => jsonLines(),
  xlsx: () => excel(),
  xlsb: () => excel(),
  xls: () => excel(),
  parquet: () => parquet(),
  avro: () => avro(),
}

/** XML needs the path of its rows: it is declared. */
function byName(name: string): FileFormat | undefined {
  const plain = name.toLowerCase().replace(/\.(?:gz|zst|bz2|zip)$/, '')
  if (plain.endsWith('.xml')) {
    throw fileErrors.unsupported(`${name} is XML, of which the path of its rows has to be declared`, {
      facts: { file: name },
      next: "Name it: --rows /orders/order of sluice sources sniff, format: xml({ rows: '/orders/order' }) of a source.",
    })
  }
  return byEnding[plain.slice(plain.lastIndexOf('.') + 1)]?.()
}
