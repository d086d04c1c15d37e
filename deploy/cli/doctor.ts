/** `sez doctor`: what is wrong with this installation, and what to do about it. @module */
import { answer, exitCodes } from './arguments.ts'
import { type CommandIo, defineCommand } from './command.ts'
import { type Check, type Examined, examine, warn } from './examination.ts'

export const doctor = defineCommand({
  examples: [
    'sez doctor',
    'sez doctor --json',
    'DATABASE_URL=postgres://zone@db.example/zone sez doctor',
  ],
  notes: 'Nothing is changed. The exit code is 1 where a check fails; a warning is no failure.',
  async run(_, io) {
    const checks = await diagnose(io)
    const failed = checks.filter(({ status }) => status === 'fail').length
    answer(io, { healthy: failed === 0, checks }, textOf(checks))
    return failed === 0 ? exitCodes.valid : exitCodes.invalid
  },
})

/** Every check that applies here, made. */
async function diagnose(io: CommandIo): Promise<readonly Examined[]> {
  // Loaded here only: the help does without what the checks need.
  const machine = await import('./doctor-machine.ts')
  const zone = await import('./doctor-zone.ts')
  const now = (): Date => io.now()
  const secrets = zone.secretsOf(io)
  const { config, check } = zone.readConfig(io)
  const first = await examine([...machine.machineChecks(now), check], { secrets })
  if (config === null) return first
  const { dataDir, databaseUrl } = config
  const onEmbedded: readonly Check[] = [
    { name: 'platform', run: () => machine.checkPlatform(process.platform, process.arch) },
    { name: 'embedded server', run: () => zone.checkEmbedded(config) },
  ]
  const second = await examine(
    [
      { name: 'data folder', run: () => machine.checkFolder(dataDir) },
      { name: 'disk', run: () => machine.checkDisk(dataDir) },
      ...(databaseUrl === null ? onEmbedded : []),
      { name: 'zone key', run: () => zone.checkKey(config) },
      { name: 'port', run: (signal) => zone.checkPort(config, signal) },
      ...zone.issuerChecks(config, now),
    ],
    { secrets },
  )
  return [...first, ...second, ...(await diagnoseDatabase(config, { now, secrets }))]
}

type Config = NonNullable<ReturnType<typeof import('./doctor-zone.ts').readConfig>['config']>

async function diagnoseDatabase(
  config: Config,
  scope: { readonly now: () => Date; readonly secrets: readonly string[] },
): Promise<readonly Examined[]> {
  const { now } = scope
  const { addressesOf } = await import('./doctor-address.ts')
  let addresses: ReturnType<typeof addressesOf>
  try {
    addresses = addressesOf(config)
  } catch (error) {
    // Such as a password file that this user may not read.
    return examine([{ name: 'database', run: () => Promise.reject(error) }], scope)
  }
  const [direct] = addresses
  // An embedded server that does not run is started by the zone; there is nothing to ask yet.
  if (direct === undefined) return []
  const database = await import('./doctor-database.ts')
  const secrets = [...scope.secrets, ...addresses.flatMap(({ secret }) => secret ?? [])]
  const reached = await examine(
    addresses.map(({ name, url }) => database.reachCheck(name, url, now)),
    { secrets },
  )
  const checks = database.databaseChecks({ config, url: direct.url, now })
  if (reached[0]?.status !== 'fail') return [...reached, ...(await examine(checks, { secrets }))]
  const advice = 'Mend the database check above, then run sez doctor again.'
  const waiting = checks.map(({ name }) => ({ name, ...warn('not checked', advice) }))
  return [...reached, ...waiting]
}

function textOf(checks: readonly Examined[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length)) + 2
  const lines = checks.flatMap(({ name, status, found, advice }) => [
    `${status.padEnd(6)}${name.padEnd(width)}${found}`,
    ...(advice === null ? [] : [`${' '.repeat(6 + width)}→ ${advice}`]),
  ])
  const count = (status: string): number => checks.filter((each) => each.status === status).length
  const verdict = `${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} failed`
  return [...lines, '', verdict].join('\n')
}
