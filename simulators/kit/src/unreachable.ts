/** The end of a switch that has a case for each kind; TypeScript refuses it where one is missing. */
export function unreachable(value: never): never {
  throw new Error(`there is no case for ${JSON.stringify(value)}`)
}
