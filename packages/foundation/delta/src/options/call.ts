import { type Form, refused } from './form.ts'
import { taken } from './taken.ts'

/** One argument of a call. An optional one may be left out or `undefined`. */
export interface Argument<Value> {
  readonly need: 'required' | 'optional'
  readonly name: string
  readonly form: Form<NonNullable<Value>>
}

export type Arguments<Given extends readonly unknown[]> = { readonly [K in keyof Given]-?: Argument<Given[K]> }

export const argument = <Value>(name: string, form: Form<Value>): Argument<Value> => ({
  need: 'required',
  name,
  form: form as Form<NonNullable<Value>>,
})
export const optionalArgument = <Value>(name: string, form: Form<Value>): Argument<Value | undefined> => ({
  need: 'optional',
  name,
  form: form as Form<NonNullable<Value>>,
})

/** Throws `option.invalid` unless these are the arguments of the call. */
export function checkArguments(call: string, expected: readonly Argument<unknown>[], given: readonly unknown[]): void {
  if (given.length > expected.length)
    throw refused(`${call}()`, `got ${given.length} arguments`, `It takes ${expected.map(({ name }) => name).join(', ') || 'none'}.`)
  for (const [index, { need, name, form }] of expected.entries()) {
    const value = given[index]
    if (value !== undefined) form(value, `${call}: ${name}`)
    else if (need === 'required')
      throw refused(`${call}()`, `lacks the argument ${name}`, `Call ${call}(${expected.map((e) => e.name).join(', ')}).`)
  }
}

/** A public call that checks its arguments before it does anything. */
export function checked<Given extends readonly unknown[], Result>(
  call: string,
  expected: Arguments<Given>,
  act: (...given: Given) => Promise<Result>,
): (...given: Given) => Promise<Result> {
  return async (...given) => {
    const own = given.map((value, index) => taken(value, `${call}: ${(expected as readonly Argument<unknown>[])[index]?.name}`))
    checkArguments(call, expected as readonly Argument<unknown>[], own)
    return await act(...(own as unknown as Given))
  }
}
