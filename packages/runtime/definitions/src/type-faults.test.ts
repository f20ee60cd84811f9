import { expect, test } from 'vitest'
import { diagnosticsOf, typeFault } from './type-faults.ts'

const declared = { connection: ['api'], database: ['shop'], variable: ['mail_to'], secret: [], mailGroup: ['ops'] }
const faultOf = (output: string) => {
  const [first] = diagnosticsOf(output).placed
  if (first === undefined) throw new Error('nothing was read')
  return typeFault(first, declared)
}

test('what the compiler prints is read with its further lines, and what has no place is kept apart', () => {
  const output = "error TS5023: Unknown compiler option 'x'.\na (b)/c.ts(3,14): error TS2322: Type 'A' is wrong.\n  Because of B.\n"
  expect(diagnosticsOf(output)).toEqual({
    placed: [{ file: 'a (b)/c.ts', line: 3, column: 14, code: 2322, text: "Type 'A' is wrong.\n  Because of B." }],
    placeless: ["Unknown compiler option 'x'."],
  })
})

test('the sentence that a type of Sluice holds is the message, with the name that was meant', () => {
  const line = (kind: string, name: string) =>
    `a.ts(1,1): error TS2345: Argument of type '"${name}"' is not assignable to parameter of type '"this project declares no ${kind} \\"${name}\\""'.`
  expect(faultOf(line('connection', 'apii'))).toEqual({
    message: 'this project declares no connection "apii"',
    next: 'Did you mean "api"? Correct the name, or declare it under connections in the project\'s sluice.config.ts: declared is api.',
  })
  expect(faultOf(line('secret', 'key')).next).toContain('none is declared')
  expect(faultOf("a.ts(1,1): error TS2322: Type 'D' is not assignable to type '\"write a check for each store\"'.").message).toBe(
    'write a check for each store',
  )
})

test('a forgotten await, a name that was meant and a long type are told in few words', () => {
  expect(faultOf("a.ts(1,1): error TS2339: Property 'url' does not exist on type 'Promise<R>'.").next).toContain('Write await')
  expect(
    faultOf('a.ts(1,1): error TS2820: Type \'"apend"\' is not assignable to type \'"append"\'. Did you mean \'"append"\'?').next,
  ).toContain("Write 'append'")
  expect(faultOf(`a.ts(1,1): error TS2322: Type '${'x'.repeat(500)}' is not assignable to type 'B'.`).message.length).toBeLessThan(200)
})
