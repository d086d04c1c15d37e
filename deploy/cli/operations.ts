/** `sez operations`: what the API can be asked, and whether clients ask it right. @module */
import { roles } from '@sez/core/roles'
import { answer, argumentsInvalid, exitCodes } from './arguments.ts'
import { type CommandGroup, defineCommand } from './command.ts'

const files = {
  name: 'FILE',
  about: 'a file with documents, a folder of *.graphql files, or - for stdin',
  min: 1,
  max: Infinity,
} as const

const list = defineCommand({
  options: {
    role: {
      value: 'ROLE',
      choices: roles,
      about: 'only what a caller with this role alone may ask',
    },
  },
  examples: ['sez operations list', 'sez operations list --role PARTNER --json'],
  async run({ options }, io) {
    const { listOperations } = await import('./operations-check.ts')
    const { fields, text } = listOperations(options.role)
    answer(io, { fields }, text)
    return exitCodes.valid
  },
})

const check = defineCommand({
  words: files,
  examples: [
    'sez operations check app/operations',
    "echo '{ zone { id } }' | sez operations check - --json",
  ],
  async run({ words }, io) {
    const { checkFiles, checkText } = await import('./operations-check.ts')
    const { operations, problems } = await checkFiles(words, io)
    answer(
      io,
      { valid: problems.length === 0, operations, problems },
      checkText(operations, problems),
    )
    return problems.length === 0 ? exitCodes.valid : exitCodes.invalid
  },
})

const register = defineCommand({
  options: {
    out: { value: 'FILE', required: true, about: 'the registry, made or added to' },
    replace: { about: 'let a document take the place of another of the same name' },
  },
  words: files,
  examples: [
    'sez operations register app/operations --out safelist.json',
    'sez operations register changed.graphql --out safelist.json --replace',
  ],
  async run({ options, words }, io) {
    if (options.out === '-') throw argumentsInvalid('--out names a file')
    const { registerFiles } = await import('./operations-register.ts')
    const done = await registerFiles(words, options, io)
    const text =
      `${options.out} holds ${done.operations} operations: ` +
      `${done.added.length} added, ${done.replaced.length} replaced.`
    answer(io, { file: options.out, ...done }, text)
    return exitCodes.valid
  },
})

export const operations: CommandGroup = {
  commands: [
    {
      name: 'list',
      summary: 'every root field of the API, with who may ask it',
      load: async () => list,
    },
    {
      name: 'check',
      summary: 'whether documents are valid, within the limits, and for whom',
      load: async () => check,
    },
    {
      name: 'register',
      summary: 'write checked documents into a registry of operations',
      load: async () => register,
    },
  ],
}
