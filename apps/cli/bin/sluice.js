#!/usr/bin/env node
// Plain JavaScript, so that it also starts on an older Node: there it hands over to the Node 24 that npm installed.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major > 24 || (major === 24 && minor >= 12)) {
  // Stripping types and compiling is most of a short command's time: kept between runs, from the first file on.
  const { enableCompileCache } = await import('node:module')
  enableCompileCache()
  await import('../src/program/main.ts')
} else {
  const node = installedNode()
  if (node === undefined) {
    console.error(`Sluice needs Node 24.12 or newer and this is ${process.version}. Run "npm install" in the project, or install Node 24.`)
    process.exit(2)
  }
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)))
}

function installedNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  try {
    return createRequire(import.meta.url).resolve(`node-${platform}-${process.arch}/bin/node`)
  } catch {
    return undefined
  }
}
