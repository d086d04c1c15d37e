/** How `sez zone` opens a zone: its parts, its worked example, its playground, its invitations. @module */
import { invitations } from '../seed/examples.ts'
import { seedZone } from '../seed/seed.ts'
import { startZone, type Zone } from '../zone.ts'
import { answer } from './arguments.ts'
import { bundlePlayground } from './playground.ts'
import type { Opening, Setting } from './running.ts'

/** Begins to open a zone. */
export function openZone(setting: Setting): Opening {
  const { config, log, tell, signal } = setting
  const running = startZone(config, { log, onProgress: tell, signal })
  return { running, opened: running.then((zone) => furnish(zone, setting)) }
}

async function furnish(zone: Zone, setting: Setting): Promise<void> {
  const { config, tell, io, signal } = setting
  if (config.mode === 'development') {
    const bundled = bundlePlayground(setting)
    if (await seedZone(zone)) tell('a worked example zone')
    await bundled
    signal.throwIfAborted()
    if (!io.json) io.out(['', ...invitations(zone.url), ''].join('\n'))
  }
  const url = `${zone.url}/graphql`
  answer(io, { url }, `The zone answers at ${url}. Ctrl-C stops it.`)
}
