/** Computes in slices, between which it hears that its parent has ended. */
const slice = (): void => {
  const until = performance.now() + 50
  while (performance.now() < until);
  setImmediate(slice)
}
process.on('disconnect', () => process.exit())
process.send?.('ready')
slice()
