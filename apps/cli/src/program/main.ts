// Who reads the output may leave (`| head`): what is written by others than `createOutput` (help, completion) is not wanted any more then.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

const [first, ...words] = process.argv.slice(2)

// A shell asks at each press of a key: nothing is loaded for it but the commands as plain data.
if (first === '__complete') {
  const [{ answer }, { commands, nouns }, { globalOptions }] = await Promise.all([
    import('../completion/answer.ts'),
    import('../commands/tree.ts'),
    import('../cli/global-options.ts'),
  ])
  process.stdout.write(await answer({ commands, nouns, everywhere: globalOptions }, words))
} else {
  await import('./run-line.ts')
}
