import { english } from './english.ts'
import { french } from './french.ts'
import type { Words } from './words.ts'

/** Of a language that there are no words in: English. */
export const wordsOf = (language: string): Words => (/^fr\b/i.test(language) ? french : english)
