import { configErrors, type SluiceError } from '@sluice/core'

/**
 * What a state can be opened on. Elsewhere PostgreSQL or DuckDB has no package. Windows has not what our promises rest on: the rights of
 * files close the state to other accounts, and what a task leaves behind is ended with its group of processes.
 */
const systems: Readonly<Record<string, readonly string[]>> = { linux: ['x64', 'arm64'], darwin: ['arm64', 'x64'] }

/** Pure: why nothing can be executed on a system; `undefined` where it can. */
export function systemFault(platform: string, arch: string): SluiceError | undefined {
  if (systems[platform]?.includes(arch) === true) return undefined
  return configErrors.system(`Sluice does not run on ${platform === 'win32' ? 'Windows' : platform} (${arch})`, {
    facts: { platform, arch },
    next:
      platform === 'win32'
        ? 'Run it in WSL 2 (wsl --install), which is Linux. From here, --url asks a server that runs elsewhere.'
        : 'Run it on Linux or macOS, x64 or arm64. From here, --url asks a server that runs elsewhere.',
  })
}
