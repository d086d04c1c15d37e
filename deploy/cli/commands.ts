/** Every command of `sez`, in the order of the overview. A new one is one file and one entry here. @module */
import type { CommandGroup } from './command.ts'

export const sez: CommandGroup = {
  commands: [
    {
      name: 'zone',
      summary: 'run a zone in this process (npm start)',
      load: async () => (await import('./zone.ts')).zone,
    },
    {
      name: 'serve',
      summary: 'run one process of a zone of many',
      load: async () => (await import('./serve.ts')).serve,
    },
    {
      name: 'seed',
      summary: 'make the worked example in a development zone (npm start does it by itself)',
      load: async () => (await import('./seed.ts')).seed,
    },
    {
      name: 'reset',
      summary: 'forget the development zone: its data, its keys (npm run reset)',
      load: async () => (await import('./reset.ts')).reset,
    },
    {
      name: 'migrate',
      summary: 'apply what the database of DATABASE_URL lacks',
      load: async () => (await import('./migrate.ts')).migrate,
    },
    {
      name: 'archive',
      summary: 'take the oldest partitions of the zone log off into files that prove themselves',
      load: async () => (await import('./archive.ts')).archive,
    },
    {
      name: 'doctor',
      summary: 'check configuration, database, keys, clock, disk and versions; say what to do',
      load: async () => (await import('./doctor.ts')).doctor,
    },
    {
      name: 'operations',
      summary: 'list what the API can be asked; check and register what clients ask',
      load: async () => (await import('./operations.ts')).operations,
    },
    {
      name: 'supergraph',
      summary: 'check, compose and show the graph of this release or of others',
      load: async () => (await import('./supergraph.ts')).supergraph,
    },
    {
      name: 'keygen',
      summary: 'make a signing key and print its DID',
      load: async () => (await import('./keygen.ts')).keygen,
    },
    {
      name: 'canonicalize',
      summary: 'print the canonical form of a JSON document',
      load: async () => (await import('./canonicalize.ts')).canonicalize,
    },
    {
      name: 'digest',
      summary: 'print the digest of a JSON document, a signed document or a file',
      load: async () => (await import('./digest.ts')).digest,
    },
    {
      name: 'sign',
      summary: 'add a proof to a JSON document and print it',
      load: async () => (await import('./sign.ts')).sign,
    },
    {
      name: 'verify',
      summary:
        'verify a receipt, a proof, an exported or archived log, a zone itself or its restore',
      load: async () => (await import('./verify.ts')).verify,
    },
    {
      name: 'completion',
      summary: 'print a script that completes command lines of sez in a shell',
      load: async () => (await import('./completion.ts')).completion,
    },
  ],
}
