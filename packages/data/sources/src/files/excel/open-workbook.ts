import { fileErrors } from '../../errors.ts'
import { openZip } from '../bytes/zip.ts'
import { openFile } from '../folder/open-file.ts'
import type { Workbook } from './workbook.ts'
import { openXls } from './xls/xls.ts'
import { openXlsb } from './xlsb/xlsb.ts'
import { relationsOf } from './xlsx/parts.ts'
import { openXlsx } from './xlsx/xlsx.ts'

/** An .xls is held in memory: those of Excel itself have some tens of megabytes. */
const mostXlsBytes = 536_870_912

/** By its first bytes, whatever its name says. */
export async function openWorkbook(path: string, bytes: number): Promise<Workbook> {
  const first = await firstBytes(path)
  if (first.subarray(0, 4).equals(Buffer.from('PK\x03\x04'))) return await openZipped(path)
  if (first.readUInt32BE(0) === 0xd0cf11e0) {
    if (bytes > mostXlsBytes)
      throw fileErrors.limit('an .xls of more than 512 MiB is not read', { facts: { bytes }, next: 'Save it as .xlsx.' })
    await using file = await openFile(path)
    return openXls(await file.readFile())
  }
  throw notWorkbook(first)
}

async function firstBytes(path: string): Promise<Buffer> {
  await using file = await openFile(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0)
  if (bytesRead < 8) throw fileErrors.damaged(bytesRead === 0 ? 'it is empty' : 'it is cut off', { next: 'Ask for the file again.' })
  return buffer.subarray(0, bytesRead)
}

async function openZipped(path: string): Promise<Workbook> {
  const zip = await openZip(path)
  try {
    const main = (await relationsOf(zip, '')).find(({ type }) => type === 'officeDocument')?.target
    if (main !== undefined && /\.bin$/i.test(main)) return await openXlsb(zip, main)
    if (main !== undefined && /(?:^|\/)(?:xl|workbook)[^/]*(?:\/|\.xml$)/i.test(main)) return await openXlsx(zip, main)
    throw zip.parts.has('content.xml')
      ? fileErrors.unsupported('it is a workbook of OpenDocument (.ods), which is not read', { next: 'Save it as .xlsx.' })
      : fileErrors.damaged('it is a ZIP file and not a workbook', {
          facts: { parts: [...zip.parts.keys()].slice(0, 20) },
          next: 'Declare what it is.',
        })
  } catch (thrown) {
    await zip[Symbol.asyncDispose]()
    throw thrown
  }
}

function notWorkbook(first: Buffer): Error {
  const text = first.toString('latin1').trimStart().toLowerCase()
  if (first.readUInt16BE(0) === 0x0908 || first.readUInt16BE(0) === 0x0904 || first.readUInt16BE(0) === 0x0902)
    return fileErrors.unsupported('it was written by Excel 5 or older, which is not read', {
      next: 'Open it with Excel or LibreOffice and save it as .xlsx.',
    })
  if (text.startsWith('<') || text.startsWith('ï»¿<'))
    return fileErrors.unsupported('it is a page of HTML or XML that is named as a workbook', {
      next: 'Open it with Excel or LibreOffice and save it as .xlsx.',
    })
  return fileErrors.damaged('it is not a workbook, by its first bytes', {
    next: 'Declare what it is (csv() for lines of text), or ask for the file again.',
  })
}
