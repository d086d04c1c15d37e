/** The gateway knows where every subgraph of the zone is, and no other. @module */
import { parseConfig } from '@sez/platform/config'
import { expect, test } from 'vitest'
import { gatewayPort, logPort, subgraphPortOf, subgraphUrlsOf } from './ports.ts'
import { subgraphs } from './subgraphs.ts'

const urlsFor = (setting: string) =>
  subgraphUrlsOf(parseConfig({ SEZ_DATA_DIR: '/tmp/sez-ports-test', SEZ_SUBGRAPHS: setting }))

test('each subgraph of the zone has a port, and no process has that of another', () => {
  expect([...subgraphPortOf.keys()]).toEqual(subgraphs.map(({ name }) => name))
  const ports = [gatewayPort, logPort, ...subgraphPortOf.values()]
  expect(new Set(ports).size).toBe(ports.length)
})

test('without a setting the subgraphs are on this machine', () => {
  expect(urlsFor('').get('corridor')).toBe(`http://127.0.0.1:${subgraphPortOf.get('corridor')}`)
})

test('CONFIG_INVALID names what SEZ_SUBGRAPHS lacks, or has too much', () => {
  const all = [...subgraphPortOf.keys()].map((name) => `${name}=http://10.0.0.5/${name}`)
  expect(urlsFor(all.join()).get('entities')).toBe('http://10.0.0.5/entities')
  expect(() => urlsFor(all.slice(1).join())).toThrow(/lacks entities\./u)
  expect(() => urlsFor([...all, 'fiscal=http://10.0.0.5'].join())).toThrow(/names fiscal/u)
})
