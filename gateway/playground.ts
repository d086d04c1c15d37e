/** Serves the bundled playground from this origin alone, and builds it when it is stale. @module */
import { spawn } from 'node:child_process'
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { readdirSync, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SezError } from '@sez/core/errors'

/** One worked query of the zone; it becomes a tab that starts in `role`. */
export interface PlaygroundExample {
  readonly title: string
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>> | null
  readonly role: string
}

export interface Playground {
  /** Answers the request when it is the playground's; false leaves it untouched. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** Whether the bundle is there; until then `/` shows a page that reloads itself. */
  readonly ready: boolean
}

interface PlaygroundLog {
  warn(facts: object, message: string): void
}

/** Where {@link buildPlayground} leaves the bundle, and where `openPlayground` finds it. */
export const playgroundDist: string = fileURLToPath(new URL('./playground/dist', import.meta.url))

const examplesPath = '/playground/examples.json'

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.ttf': 'font/ttf',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
}

/**
 * The playground behind one HTTP server. It serves only files listed from `dist` when it was
 * found, looked up by their exact path, so a path can never lead out of that folder.
 */
export function openPlayground(options: {
  readonly dist?: string
  readonly examples: () => readonly PlaygroundExample[]
  readonly log: PlaygroundLog
}): Playground {
  const dist = options.dist ?? playgroundDist
  let bundle: Bundle | null = null

  const current = (): Bundle | null => {
    const builtAtMs = modifiedAtMs(join(dist, 'index.html'))
    if (builtAtMs === null) return (bundle = null)
    if (bundle?.builtAtMs !== builtAtMs) bundle = { builtAtMs, files: listBundle(dist) }
    return bundle
  }

  return {
    get ready() {
      return current() !== null
    },
    handle(request, response) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return false
      const path = pathOf(request)
      if (path === examplesPath) {
        answer(request, response, examplesReply(options.examples()))
        return true
      }
      // Every other path belongs to somebody else, and asks nothing of the disk.
      if (path !== '/' && !path.startsWith('/assets/')) return false
      const found = current()
      if (path === '/' && found === null) {
        answer(request, response, waitingReply(request))
        return true
      }
      const file = found?.files.get(path === '/' ? '/index.html' : path)
      if (file === undefined) return false
      sendFile(request, response, file, options.log)
      return true
    },
  }
}

interface Bundle {
  readonly builtAtMs: number
  /** By request path, from `/index.html` to `/assets/…`. */
  readonly files: ReadonlyMap<string, string>
}

interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

function modifiedAtMs(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null
}

function listBundle(dist: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const name = relative(dist, path).split(sep).join('/')
    if (entry.isFile() && !name.startsWith('.')) files.set(`/${name}`, path)
  }
  return files
}

function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '/'
  const end = url.search(/[?#]/)
  return end === -1 ? url : url.slice(0, end)
}

function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  log: PlaygroundLog,
): void {
  readFile(path).then(
    (body) => answer(request, response, fileReply(request, path, body)),
    (error: unknown) => {
      // A rebuild replaces assets; a page that was open keeps asking for the old ones.
      log.warn({ err: error, path }, 'a playground file vanished')
      answer(request, response, { status: 404, headers: {}, body: 'Not found. Reload the page.\n' })
    },
  )
}

function fileReply(request: IncomingMessage, path: string, body: Uint8Array): Reply {
  const extension = extname(path)
  const type = contentTypes[extension] ?? 'application/octet-stream'
  const page = extension === '.html'
  return {
    status: 200,
    headers: {
      'content-type': type,
      // Asset names carry a digest of their content; the page that names them must stay fresh.
      'cache-control': page ? 'no-cache' : 'public, max-age=31536000, immutable',
      ...(page ? pageHeaders(request) : {}),
    },
    body,
  }
}

function examplesReply(examples: readonly PlaygroundExample[]): Reply {
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
    body: JSON.stringify(examples),
  }
}

function waitingReply(request: IncomingMessage): Reply {
  return {
    status: 503,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'retry-after': '1',
      ...pageHeaders(request),
    },
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="1">
<meta name="color-scheme" content="light dark">
<title>SEZ playground</title>
<link rel="icon" href="data:,">
<style>body{font:16px/1.6 system-ui,sans-serif;margin:20vh auto;max-width:32em;padding:0 1em}</style>
<h1>The playground is being built</h1>
<p>It takes a few seconds, once. This page reloads itself; the API at <code>/graphql</code> answers
already.</p>
</html>
`,
  }
}

/** The editors inject style elements, hence the one unsafe word; scripts and workers are ours. */
function pageHeaders(request: IncomingMessage): Record<string, string> {
  const host = /^[\w.:[\]-]+$/.exec(request.headers.host ?? '')?.[0]
  // Older browsers do not count the socket of the same host as 'self'.
  const sockets = host === undefined ? '' : ` ws://${host} wss://${host}`
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "worker-src 'self'",
      "style-src 'self' 'unsafe-inline'",
      "font-src 'self' data:",
      "img-src 'self' data:",
      `connect-src 'self'${sockets}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
  }
}

function answer(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  const body = Buffer.from(reply.body)
  response.writeHead(reply.status, {
    'x-content-type-options': 'nosniff',
    ...reply.headers,
    'content-length': body.byteLength,
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/**
 * Builds the bundle when it is missing or older than its sources, in a child process.
 *
 * The new files come in under names of their own and the page that names them last, by rename:
 * a server reading `dist` meanwhile, a second build beside it, or a kill in the middle each leave
 * a page whose assets are all there.
 *
 * @throws {SezError} `PLAYGROUND_BUILD_FAILED` with the end of the bundler's output.
 */
export async function buildPlayground(
  options: { readonly root?: string; readonly signal?: AbortSignal } = {},
): Promise<{ readonly built: boolean }> {
  const root = options.root ?? dirname(playgroundDist)
  const dist = join(root, 'dist')
  const builtAtMs = modifiedAtMs(join(dist, 'index.html'))
  if (builtAtMs !== null && builtAtMs >= (await newestSourceMs(root))) return { built: false }
  const staging = join(dist, `.building-${process.pid}`)
  await rm(staging, { recursive: true, force: true })
  try {
    await bundle(root, staging, options.signal)
    await install(staging, dist)
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
  return { built: true }
}

async function newestSourceMs(root: string): Promise<number> {
  const sources = await readdir(join(root, 'src'), { recursive: true })
  const paths = [
    ...['index.html', 'vite.config.ts', 'package.json'].map((name) => join(root, name)),
    ...sources.filter((name) => !name.includes('.test.')).map((name) => join(root, 'src', name)),
  ]
  const times = await Promise.all(paths.map(async (path) => (await stat(path)).mtimeMs))
  return Math.max(...times)
}

async function bundle(root: string, staging: string, signal?: AbortSignal): Promise<void> {
  const manifest = createRequire(join(root, 'package.json')).resolve('vite/package.json')
  const vite = join(dirname(manifest), 'bin', 'vite.js')
  const child = spawn(
    process.execPath,
    [vite, 'build', '--outDir', staging, '--emptyOutDir', '--logLevel', 'error'],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
      ...(signal === undefined ? {} : { signal }),
    },
  )
  let output = ''
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-outputCharactersMax)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const failure = await new Promise<unknown>((settle) => {
    child.once('error', settle)
    child.once('close', (code) => settle(code === 0 ? null : (code ?? 'killed')))
  })
  if (failure !== null) {
    throw new SezError('PLAYGROUND_BUILD_FAILED', { output: output.trim() }, { cause: failure })
  }
}

const outputCharactersMax = 2_000

async function install(staging: string, dist: string): Promise<void> {
  const names = [...listBundle(staging).keys()].map((path) => path.slice(1))
  const old = modifiedAtMs(dist) === null ? [] : [...listBundle(dist).keys()]
  for (const name of names.toSorted((a, b) => Number(isPage(a)) - Number(isPage(b)))) {
    await mkdir(dirname(join(dist, name)), { recursive: true })
    await rename(join(staging, name), join(dist, name))
  }
  for (const path of old) {
    if (!names.includes(path.slice(1))) await rm(join(dist, path), { force: true })
  }
}

function isPage(name: string): boolean {
  return name.endsWith('.html')
}
