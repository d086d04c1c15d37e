/** `sez supergraph`: the graph of this release, or one of other people's subgraphs. @module */
import { answer, exitCodes } from './arguments.ts'
import { type CommandGroup, defineCommand } from './command.ts'

const check = defineCommand({
  options: {
    against: {
      value: 'FILE',
      about:
        'the API that clients rely on, as SDL: a file, an address that ends in .graphql, or an API to ask',
    },
  },
  examples: [
    'sez supergraph check',
    'sez supergraph check --against deployed-api.graphql',
    'sez supergraph check --against https://zone.example/graphql --json',
  ],
  notes:
    'Without --against it is the last committed API, and breaks that the changelog names count not.',
  async run({ options }, io) {
    const { checkTree } = await import('./supergraph-check.ts')
    const report = await checkTree(options.against)
    const lines = [
      ...report.problems.map((problem) => `does not compose: ${problem}`),
      ...report.breaking.map((change) => `breaks clients: ${change}`),
      ...report.stale.map((file) => `stale: ${file} (npm run compose writes it)`),
    ]
    const text =
      lines.length === 0 ? 'The subgraphs compose; files and clients agree.' : lines.join('\n')
    answer(io, { valid: lines.length === 0, ...report }, text)
    return lines.length === 0 ? exitCodes.valid : exitCodes.invalid
  },
})

const compose = defineCommand({
  options: {
    config: {
      value: 'FILE',
      required: true,
      about: 'the subgraphs: their names and SDL files or addresses',
    },
    out: { value: 'FILE', about: 'where to write the supergraph; stdout without it' },
  },
  examples: [
    'sez supergraph compose --config shop.json --out supergraph.graphql',
    'sez supergraph compose --config shop.json --json',
  ],
  notes:
    'The configuration is JSON: {"subgraphs": {"products": "products.graphql", "reviews": "https://…/graphql"}}.\n' +
    'Files are sought beside it. An address is asked for its _service { sdl } and becomes the routing address.',
  async run({ options }, io) {
    const { composeConfigured } = await import('./supergraph-compose.ts')
    const { supergraph, api, subgraphs } = await composeConfigured(options.config, options.out)
    const text = options.out === null ? supergraph.trimEnd() : `${options.out} is written.`
    answer(io, { subgraphs, supergraph, api, file: options.out }, text)
    return exitCodes.valid
  },
})

const parts = ['api', 'subgraphs', 'access'] as const

const show = defineCommand({
  words: { name: 'PART', about: 'only this part', min: 0, max: 1, choices: parts },
  examples: ['sez supergraph show', 'sez supergraph show access --json'],
  async run({ words: [wanted] }, io) {
    const { readGraph, partText } = await import('./supergraph-show.ts')
    const graph = readGraph()
    const shown = parts.filter((part) => wanted === undefined || part === wanted)
    const text = shown.map((part) => partText(graph, part)).join('\n\n')
    answer(io, Object.fromEntries(shown.map((part) => [part, graph[part]])), text)
    return exitCodes.valid
  },
})

export const supergraph: CommandGroup = {
  commands: [
    {
      name: 'check',
      summary: 'whether the subgraphs compose, the files are fresh and clients unbroken',
      load: async () => check,
    },
    {
      name: 'compose',
      summary: 'compose subgraphs named in a file',
      load: async () => compose,
    },
    {
      name: 'show',
      summary: 'the API, the types of each subgraph, and the rules of access',
      load: async () => show,
    },
  ],
}
