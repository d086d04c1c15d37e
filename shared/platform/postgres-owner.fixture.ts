/**
 * A process that starts or joins the Postgres of a folder, says so in one line, and stays until its
 * input closes: `node postgres-owner.fixture.ts <dataDir>`.
 * @module
 */
import { openLog } from './log.ts'
import { startEmbeddedPostgres } from './postgres.ts'

const log = openLog({ level: 'silent', pretty: false })
const server = await startEmbeddedPostgres({ dataDir: process.argv[2] ?? '', log })
const { url, pid, port, cold, owned } = server
process.stdout.write(`${JSON.stringify({ url, pid, port, cold, owned })}\n`)
process.stdin.resume()
process.stdin.once('end', () => void server[Symbol.asyncDispose]().then(() => process.exit(0)))
